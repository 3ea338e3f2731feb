//! What is known of the database without asking it: everything but the messages of queues, which may be
//! many more than fit into memory.

use std::collections::{BTreeMap, BTreeSet};

use super::marks::Marks;
use super::topics::Topics;
use crate::model::{Container, SubscriptionKey, SubscriptionRecord};

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
    /// Under which name a container's marks are kept; nothing is kept for what does not last.
    pub(super) fn marks_name(&self, container: &Container) -> Option<String> {
        match container {
            Container::Queue(name) => Some(queue(name)),
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

/// A topic as the tables name it.
pub(super) fn topic(name: &str) -> String {
    format!("{TOPIC}{name}")
}

pub(super) const QUEUE: &str = "queue://";
pub(super) const TOPIC: &str = "topic://";
