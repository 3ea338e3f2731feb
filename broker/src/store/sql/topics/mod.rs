//! Who has which message of a topic left. A message is one row; each durable subscription has a mark
//! in that topic, and exceptions above it. All of it is known here, so that a message's row goes with
//! the last one that has it left, and the marks move as ActiveMQ's do.

mod mark;

use std::collections::{BTreeMap, BTreeSet};

use relaismq_openwire::Text;

pub(super) use self::mark::Mark;

use super::progress::Progress;
use crate::model::SubscriptionKey;

/// All topics with durable subscriptions.
#[derive(Clone, Debug, Default)]
pub(super) struct Topics {
    numbers: BTreeMap<SubscriptionKey, u32>,
    keys: BTreeMap<u32, SubscriptionKey>,
    topics: BTreeMap<Text, Topic>,
    /// The topics that a subscription has a mark in.
    marked: BTreeMap<u32, BTreeSet<Text>>,
    /// Of every message, its topic, and how many subscriptions have it left.
    live: BTreeMap<u64, (Text, u32)>,
}

#[derive(Clone, Debug, Default)]
struct Topic {
    ids: BTreeSet<u64>,
    marks: BTreeMap<u32, Mark>,
}

impl Topics {
    /// What was found in the database; the counts follow from it. Returns the messages that nobody has
    /// left.
    pub(super) fn load(
        numbers: BTreeMap<SubscriptionKey, u32>,
        marks: BTreeMap<(Text, u32), Mark>,
        ids: impl IntoIterator<Item = (Text, u64)>,
    ) -> (Self, Vec<u64>) {
        let keys = numbers.iter().map(|(key, &number)| (number, key.clone())).collect();
        let mut topics = Self { numbers, keys, ..Self::default() };
        for ((topic, number), mark) in marks {
            topics.marked.entry(number).or_default().insert(topic.clone());
            topics.topics.entry(topic).or_default().marks.insert(number, mark);
        }
        for (topic, id) in ids {
            topics.topics.entry(topic).or_default().ids.insert(id);
        }
        let mut dead = Vec::new();
        for (name, topic) in &mut topics.topics {
            topic.forget_absent();
            for (id, left) in topic.left() {
                if left == 0 {
                    topic.ids.remove(&id);
                    dead.push(id);
                } else {
                    topics.live.insert(id, (name.clone(), left));
                }
            }
        }
        (topics, dead)
    }

    /// A subscription's number; a new one gets the next.
    pub(super) fn number(&mut self, key: &SubscriptionKey) -> u32 {
        if let Some(number) = self.known(key) {
            return number;
        }
        let number = self.keys.keys().next_back().map_or(1, |highest| highest + 1);
        self.numbers.insert(key.clone(), number);
        self.keys.insert(number, key.clone());
        number
    }

    pub(super) fn known(&self, key: &SubscriptionKey) -> Option<u32> {
        self.numbers.get(key).copied()
    }

    pub(super) fn key(&self, number: u32) -> Option<&SubscriptionKey> {
        self.keys.get(&number)
    }

    pub(super) fn subscriptions(&self) -> impl Iterator<Item = (&SubscriptionKey, u32)> {
        self.numbers.iter().map(|(key, &number)| (key, number))
    }

    pub(super) fn mark(&self, topic: &Text, number: u32) -> Option<&Mark> {
        self.topics.get(topic)?.marks.get(&number)
    }

    /// The topics in which a subscription has a mark.
    pub(super) fn topics_of(&self, number: u32) -> impl Iterator<Item = &Text> {
        self.marked.get(&number).into_iter().flatten()
    }

    /// Gives a subscription a mark in a topic if it has none: it has left what comes from `next` on.
    pub(super) fn begin(&mut self, topic: &Text, number: u32, next: u64, progress: &mut Progress) {
        if !self.marked.entry(number).or_default().insert(topic.clone()) {
            return;
        }
        let place = self.topics.entry(topic.clone()).or_default();
        for id in place.ids.range(next..) {
            if let Some((_, left)) = self.live.get_mut(id) {
                *left += 1;
            }
        }
        place.marks.insert(number, Mark { next, except: BTreeSet::new() });
        progress.begin(topic, number);
    }

    /// A message that these subscriptions have left, and the others in its topic have not.
    pub(super) fn publish(
        &mut self,
        topic: &Text,
        wanted: &BTreeSet<u32>,
        id: u64,
        progress: &mut Progress,
    ) {
        for &number in wanted {
            self.begin(topic, number, id, progress);
        }
        let Some(place) = self.topics.get_mut(topic) else { return };
        place.ids.insert(id);
        self.live.insert(id, (topic.clone(), u32::try_from(wanted.len()).unwrap_or(u32::MAX)));
        for (&number, mark) in &mut place.marks {
            if wanted.contains(&number) {
                if id < mark.next {
                    mark.reach_back(id, &place.ids, number, progress);
                    progress.moved(topic, number);
                }
            } else if id >= mark.next {
                mark.leave_out(id, number, progress);
                if mark.advance(&place.ids, number, progress) {
                    progress.moved(topic, number);
                }
            }
        }
    }

    /// A subscription has a message no more. Says whether it had.
    pub(super) fn remove(&mut self, number: u32, id: u64, progress: &mut Progress) -> bool {
        let Some((topic, _)) = self.live.get(&id) else { return false };
        let topic = topic.clone();
        let Some(place) = self.topics.get_mut(&topic) else { return false };
        let Some(mark) = place.marks.get_mut(&number).filter(|mark| mark.has(id)) else {
            return false;
        };
        mark.leave_out(id, number, progress);
        if mark.advance(&place.ids, number, progress) {
            progress.moved(&topic, number);
        }
        self.release(id, progress);
        true
    }

    /// A subscription is gone; returns its number.
    pub(super) fn drop(&mut self, key: &SubscriptionKey, progress: &mut Progress) -> Option<u32> {
        let number = self.numbers.remove(key)?;
        self.keys.remove(&number);
        for topic in self.marked.remove(&number).unwrap_or_default() {
            let Some(place) = self.topics.get_mut(&topic) else { continue };
            let Some(mark) = place.marks.remove(&number) else { continue };
            let left: Vec<u64> = mark.left(&place.ids).collect();
            for id in left {
                self.release(id, progress);
            }
        }
        progress.drop(number, key);
        Some(number)
    }

    /// Ids that a subscription has left, in order.
    pub(super) fn page(&self, number: u32, after: u64, most: usize) -> Vec<u64> {
        let mut ids = Vec::new();
        for topic in self.topics_of(number) {
            let Some(place) = self.topics.get(topic) else { continue };
            let Some(mark) = place.marks.get(&number) else { continue };
            let first = mark.next.max(after.saturating_add(1));
            let left = place.ids.range(first..).filter(|id| !mark.except.contains(id));
            ids.extend(left.take(most));
        }
        ids.sort_unstable();
        ids.truncate(most);
        ids
    }

    /// How many messages a subscription has left.
    pub(super) fn count(&self, number: u32) -> u64 {
        let of_topic = |topic: &Text| {
            let place = self.topics.get(topic)?;
            let mark = place.marks.get(&number)?;
            let all = place.ids.range(mark.next..).count();
            Some(all.saturating_sub(mark.except.len()) as u64)
        };
        self.topics_of(number).filter_map(of_topic).sum()
    }

    fn release(&mut self, id: u64, progress: &mut Progress) {
        let Some((topic, left)) = self.live.get_mut(&id) else { return };
        *left = left.saturating_sub(1);
        if *left > 0 {
            return;
        }
        if let Some(place) = self.topics.get_mut(topic) {
            place.ids.remove(&id);
            for (&number, mark) in &mut place.marks {
                mark.forget(id, number, progress);
            }
        }
        self.live.remove(&id);
        progress.dead.push(id);
    }
}

impl Topic {
    /// Of each message, how many subscriptions have it left.
    fn left(&self) -> Vec<(u64, u32)> {
        let mut nexts: Vec<u64> = self.marks.values().map(|mark| mark.next).collect();
        nexts.sort_unstable();
        let mut counts: BTreeMap<u64, u32> = self
            .ids
            .iter()
            .map(|&id| {
                let begun = nexts.partition_point(|&next| next <= id);
                (id, u32::try_from(begun).unwrap_or(u32::MAX))
            })
            .collect();
        for id in self.marks.values().flat_map(|mark| &mark.except) {
            if let Some(count) = counts.get_mut(id) {
                *count = count.saturating_sub(1);
            }
        }
        counts.into_iter().collect()
    }

    /// Exceptions for messages that are gone, or below the mark, say nothing.
    fn forget_absent(&mut self) {
        let ids = &self.ids;
        for mark in self.marks.values_mut() {
            let next = mark.next;
            mark.except.retain(|id| *id >= next && ids.contains(id));
        }
    }
}

#[cfg(test)]
mod tests;
