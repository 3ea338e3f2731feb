//! What durable subscriptions have of the messages of topics, each of which is kept once.
//!
//! A backlog is a set of sequences; neighbours take next to nothing in it. A message that no backlog
//! has any more is told to whoever removed it from the last one.

use std::collections::{BTreeMap, BTreeSet};

use roaring::RoaringTreemap;

use super::format::checkpoint::KnownBacklog;

/// All of them, by the numbers of containers.
#[derive(Debug, Default)]
pub(super) struct Backlogs {
    topics: BTreeMap<u32, BTreeMap<u32, Backlog>>,
    /// Which topics each subscription has something of.
    subscriptions: BTreeMap<u32, BTreeSet<u32>>,
}

/// What one subscription has of one topic.
#[derive(Debug, Default)]
struct Backlog {
    waiting: RoaringTreemap,
    offered: RoaringTreemap,
}

/// What nobody has any more of a topic.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unwanted {
    Some(Vec<u64>),
    All,
}

impl Backlogs {
    /// How many messages a subscription has.
    pub(super) fn count(&self, subscription: u32) -> u64 {
        self.of(subscription).map(|(_, backlog)| backlog.waiting.len()).sum()
    }

    /// The topic of a message in the backlog of a subscription.
    pub(super) fn topic(&self, subscription: u32, sequence: u64) -> Option<u32> {
        let mut with = self.of(subscription).filter(|(_, it)| it.waiting.contains(sequence));
        with.next().map(|(topic, _)| topic)
    }

    /// The first messages behind this one, each with its topic and whether it may have been given out.
    pub(super) fn list(&self, subscription: u32, after: u64, most: usize) -> Vec<(u64, u32, bool)> {
        let Some(from) = after.checked_add(1) else { return Vec::new() };
        let mut listed = Vec::new();
        for (topic, backlog) in self.of(subscription) {
            let mut waiting = backlog.waiting.iter();
            waiting.advance_to(from);
            let of_topic = waiting.take(most);
            listed.extend(of_topic.map(|it| (it, topic, backlog.offered.contains(it))));
        }
        listed.sort_unstable();
        listed.truncate(most);
        listed
    }

    /// Nothing else waits between the first and the last.
    pub(super) fn are_neighbours(
        &self,
        (topic, subscription): (u32, u32),
        first: u64,
        last: u64,
    ) -> bool {
        let backlog = self.topics.get(&topic).and_then(|it| it.get(&subscription));
        backlog.is_some_and(|it| it.waiting.range_cardinality(first + 1..last) == 0)
    }

    pub(super) fn give(&mut self, topic: u32, sequence: u64, to: impl Iterator<Item = u32>) {
        let backlogs = self.topics.entry(topic).or_default();
        for subscription in to {
            backlogs.entry(subscription).or_default().waiting.insert(sequence);
            self.subscriptions.entry(subscription).or_default().insert(topic);
        }
    }

    /// From these subscriptions; returns what none has any more.
    pub(super) fn take(
        &mut self,
        topic: u32,
        (first, last): (u64, u64),
        from: impl Iterator<Item = u32>,
    ) -> Vec<u64> {
        let mut taken = BTreeSet::new();
        for subscription in from {
            let backlog = self.topics.get_mut(&topic).and_then(|it| it.get_mut(&subscription));
            let Some(backlog) = backlog else { continue };
            let mut waiting = backlog.waiting.iter();
            waiting.advance_to(first);
            taken.extend(waiting.take_while(|&sequence| sequence <= last));
            backlog.waiting.remove_range(first..=last);
            backlog.offered.remove_range(first..=last);
            if backlog.waiting.is_empty() {
                self.forget(topic, subscription);
            }
        }
        self.unwanted(topic, taken)
    }

    pub(super) fn offer(&mut self, subscription: u32, first: u64, last: u64) {
        let topics = self.subscriptions.get(&subscription).into_iter().flatten();
        for topic in topics {
            let backlog = self.topics.get_mut(topic).and_then(|it| it.get_mut(&subscription));
            let Some(Backlog { waiting, offered }) = backlog else { continue };
            let mut seen = waiting.iter();
            seen.advance_to(first);
            offered.extend(seen.take_while(|&sequence| sequence <= last));
        }
    }

    /// A subscription is gone; returns what no other one has, by topic.
    pub(super) fn drop_subscription(&mut self, subscription: u32) -> Vec<(u32, Unwanted)> {
        let topics = self.subscriptions.get(&subscription).cloned().unwrap_or_default();
        let mut unwanted = Vec::with_capacity(topics.len());
        for topic in topics {
            let backlog = self.topics.get_mut(&topic).and_then(|it| it.remove(&subscription));
            self.forget(topic, subscription);
            let gone = match (self.topics.contains_key(&topic), backlog) {
                (false, _) => Unwanted::All,
                (true, backlog) => {
                    let waiting = backlog.unwrap_or_default().waiting;
                    Unwanted::Some(self.unwanted(topic, waiting))
                }
            };
            unwanted.push((topic, gone));
        }
        unwanted
    }

    /// For a checkpoint.
    pub(super) fn known(&self) -> Vec<KnownBacklog> {
        let all = self.topics.iter().flat_map(|(&topic, it)| it.iter().map(move |it| (topic, it)));
        let known = all.map(|(topic, (&subscription, backlog))| KnownBacklog {
            topic,
            subscription,
            waiting: backlog.waiting.clone(),
            offered: backlog.offered.clone(),
        });
        known.collect()
    }

    pub(super) fn from_known(known: Vec<KnownBacklog>) -> Self {
        let mut found = Self::default();
        for KnownBacklog { topic, subscription, waiting, offered } in known {
            found.subscriptions.entry(subscription).or_default().insert(topic);
            let backlogs = found.topics.entry(topic).or_default();
            backlogs.insert(subscription, Backlog { waiting, offered });
        }
        found
    }

    fn of(&self, subscription: u32) -> impl Iterator<Item = (u32, &Backlog)> {
        let topics = self.subscriptions.get(&subscription).into_iter().flatten();
        topics.filter_map(move |topic| {
            let backlog = self.topics.get(topic)?.get(&subscription)?;
            Some((*topic, backlog))
        })
    }

    /// A subscription has nothing of a topic any more.
    fn forget(&mut self, topic: u32, subscription: u32) {
        if let Some(backlogs) = self.topics.get_mut(&topic) {
            backlogs.remove(&subscription);
            if backlogs.is_empty() {
                self.topics.remove(&topic);
            }
        }
        if let Some(topics) = self.subscriptions.get_mut(&subscription) {
            topics.remove(&topic);
            if topics.is_empty() {
                self.subscriptions.remove(&subscription);
            }
        }
    }

    /// Those that are in no backlog.
    fn unwanted(&self, topic: u32, of: impl IntoIterator<Item = u64>) -> Vec<u64> {
        let backlogs = self.topics.get(&topic);
        let is_wanted = |sequence: u64| {
            backlogs.is_some_and(|it| it.values().any(|one| one.waiting.contains(sequence)))
        };
        of.into_iter().filter(|&sequence| !is_wanted(sequence)).collect()
    }
}
