//! What one commit removes from backlogs and marks in them, gathered: many subscriptions take the same
//! message, and one takes many messages that follow each other.

use std::collections::BTreeMap;

use super::backlogs::Backlogs;
use super::format::body::Body;

/// Gathered while a commit is planned.
#[derive(Debug, Default)]
pub(super) struct Taking {
    /// Published by this commit: sequence and topic.
    published: BTreeMap<u64, u32>,
    /// Topic, subscription, sequence.
    taken: Vec<(u32, u32, u64)>,
    /// First and last, subscription.
    offered: Vec<((u64, u64), u32)>,
    /// None of the marks is for a higher sequence.
    marked_through: u64,
}

impl Taking {
    /// Before the message is added: marks that were made before are not for it.
    pub(super) fn publish(&mut self, sequence: u64, topic: u32, body: &mut Body) {
        if sequence <= self.marked_through {
            self.write_marks(body);
        }
        self.published.insert(sequence, topic);
    }

    /// The topic of a message that this commit publishes.
    pub(super) fn published(&self, sequence: u64) -> Option<u32> {
        self.published.get(&sequence).copied()
    }

    pub(super) fn take(&mut self, topic: u32, subscription: u32, sequence: u64) {
        self.taken.push((topic, subscription, sequence));
    }

    pub(super) fn offer(&mut self, subscription: u32, first: u64, last: u64) {
        if first <= last {
            self.marked_through = self.marked_through.max(last);
            self.offered.push(((first, last), subscription));
        }
    }

    /// Into the body, marks first.
    pub(super) fn write(&mut self, backlogs: &Backlogs, body: &mut Body) {
        self.write_marks(body);
        let taken = by_range(self.ranges(backlogs));
        for ((topic, first, last), subscriptions) in taken {
            body.take(topic, (first, last), &subscriptions);
        }
    }

    fn write_marks(&mut self, body: &mut Body) {
        self.marked_through = 0;
        let offered = by_range(std::mem::take(&mut self.offered));
        for ((first, last), subscriptions) in offered {
            body.offer_each((first, last), &subscriptions);
        }
    }

    /// Stretches of what each subscription takes, between which nothing else waits for it.
    fn ranges(&mut self, backlogs: &Backlogs) -> Vec<((u32, u64, u64), u32)> {
        let mut taken = std::mem::take(&mut self.taken);
        taken.sort_unstable();
        taken.dedup();
        let mut ranges: Vec<((u32, u64, u64), u32)> = Vec::with_capacity(taken.len());
        for (topic, subscription, sequence) in taken {
            let before =
                ranges.last_mut().filter(|((of, ..), it)| (*of, *it) == (topic, subscription));
            match before {
                Some(((_, _, last), _))
                    if self.published.range(*last + 1..sequence).next().is_none()
                        && backlogs.are_neighbours((topic, subscription), *last, sequence) =>
                {
                    *last = sequence;
                }
                _ => ranges.push(((topic, sequence, sequence), subscription)),
            }
        }
        ranges
    }
}

/// The subscriptions of each range, in ascending order.
fn by_range<R: Ord>(all: Vec<(R, u32)>) -> BTreeMap<R, Vec<u32>> {
    let mut found: BTreeMap<R, Vec<u32>> = BTreeMap::new();
    for (range, subscription) in all {
        found.entry(range).or_default().push(subscription);
    }
    for subscriptions in found.values_mut() {
        subscriptions.sort_unstable();
        subscriptions.dedup();
    }
    found
}
