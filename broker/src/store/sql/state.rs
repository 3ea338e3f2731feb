//! What is known of the database without asking it: everything but the messages of queues, which may be
//! many more than fit into memory.

use std::collections::{BTreeMap, BTreeSet};

use super::marks::Marks;
use super::topics::Topics;
use crate::model::{Container, SubscriptionKey, SubscriptionRecord, sequence};

/// As of the last commit, or of the one that is being planned.
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    pub(super) topics: Topics,
    pub(super) records: BTreeMap<SubscriptionKey, SubscriptionRecord>,
    pub(super) producers: BTreeMap<String, i64>,
    /// Producers whose progress is told by a message that is there, and by nothing else.
    pub(super) unsaved: BTreeSet<String>,
    pub(super) marks: BTreeMap<String, Marks>,
    pub(super) last_sequence: u64,
}

impl State {
    /// Under which name the marks of a container are kept, for those with such a sequence; nothing is kept for
    /// what does not last.
    pub(super) fn marks_name(&self, container: &Container, sequence: u64) -> Option<String> {
        match container {
            Container::Queue(name) => Some(marks_of(&queue(name), sequence)),
            Container::Subscription(key) => {
                self.topics.known(key).map(|number| format!("subscription {number}"))
            }
            Container::Topic(_) | Container::Subscriber(_) => None,
        }
    }
}

/// A queue as the tables name it.
pub(super) fn queue(name: &str) -> String {
    format!("{QUEUE}{name}")
}

/// Under which name a queue's marks are kept: neighbours in one priority are none by their ids.
pub(super) fn marks_of(queue: &str, sequence: u64) -> String {
    match sequence::priority(sequence) {
        Some(priority) => format!("priority {priority} of {queue}"),
        None => queue.to_owned(),
    }
}

/// Under all names.
pub(super) fn all_marks_of(queue: &str) -> impl Iterator<Item = String> + '_ {
    let sequences = (0..=9).map(|priority| sequence::by_priority(0, priority));
    std::iter::once(0).chain(sequences).map(move |sequence| marks_of(queue, sequence))
}

/// A topic as the tables name it.
pub(super) fn topic(name: &str) -> String {
    format!("{TOPIC}{name}")
}

pub(super) const QUEUE: &str = "queue://";
pub(super) const TOPIC: &str = "topic://";
