//! Durable subscriptions, and which of them somebody uses.

use std::collections::BTreeMap;

use relaismq_openwire::Destination;

use crate::{
    engine::state::{
        destinations::matches,
        slab::{LineId, SubId},
    },
    model::{SubscriptionKey, SubscriptionRecord},
};

#[derive(Debug)]
pub(crate) struct Durable {
    pub(crate) record: SubscriptionRecord,
    /// Of its topic.
    pub(crate) parts: Vec<Destination>,
    pub(crate) line: LineId,
    pub(crate) active: Option<SubId>,
}

/// All durable subscriptions of the broker.
#[derive(Debug, Default)]
pub(crate) struct Durables {
    pub(crate) by_key: BTreeMap<SubscriptionKey, Durable>,
}

impl Durables {
    pub(crate) fn line(&self, key: &SubscriptionKey) -> Option<LineId> {
        self.by_key.get(key).map(|durable| durable.line)
    }

    /// Backlogs that get a topic's messages.
    pub(crate) fn lines_for(&self, topic: &Destination) -> Vec<LineId> {
        let of_topic = self.by_key.values().filter(|durable| durable.covers(topic));
        of_topic.map(|durable| durable.line).collect()
    }

    pub(crate) fn deactivate(&mut self, sub: SubId) {
        for durable in self.by_key.values_mut() {
            durable.active.take_if(|active| *active == sub);
        }
    }
}

impl Durable {
    fn covers(&self, topic: &Destination) -> bool {
        self.parts.iter().any(|part| matches(part, topic))
    }
}
