//! Virtual topics: what is sent to one is copied to queues, one for each group of consumers.

use std::collections::BTreeSet;

use relaismq_openwire::{Destination, destination::Kind};

use crate::engine::{
    Engine,
    state::{
        destinations::{Target, Topic},
        slab::LineId,
        subscription::Role,
    },
};

/// Topics whose messages are copied to queues named `Consumer.`, a name, `.` and the topic.
const PREFIX: &str = "VirtualTopic.";

impl Engine {
    /// The virtual topic that a queue takes part in, if that exists.
    pub(crate) fn topic_of(&mut self, queue: &Destination) -> Option<&mut Topic> {
        let (_, topic) = split(queue)?;
        let topic = self.destinations.find_topic(&Destination::topic(topic))?;
        self.destinations.topic_mut(topic)
    }

    /// The queues that take part in a topic.
    pub(crate) fn queues_of(&self, topic: &Destination) -> Vec<(Destination, LineId)> {
        if topic.kind != Kind::Topic || !topic.name.starts_with(PREFIX) {
            return Vec::new();
        }
        let takes_part =
            |name: &Destination| split(name).is_some_and(|(_, it)| it == topic.name.as_str());
        let queues = self.destinations.by_name.iter().filter(|(name, _)| takes_part(name));
        let lines = queues.filter_map(|(name, target)| match target {
            Target::Queue(line) => Some((name.clone(), *line)),
            Target::Topic(_) => None,
        });
        lines.collect()
    }

    /// Queues by which consumers of patterns take part in a virtual topic that is new.
    pub(crate) fn new_queues_for(&self, topic: &Destination) -> BTreeSet<Destination> {
        if !topic.name.starts_with(PREFIX) {
            return BTreeSet::new();
        }
        let expectant = self.destinations.expectant.iter();
        let queues = expectant
            .filter_map(|sub| self.subscriptions.get(sub.0))
            .filter(|it| it.role == Role::Queue)
            .flat_map(|it| it.parts.iter().filter_map(|part| queue_for(part, topic)));
        queues.collect()
    }

    /// Queues by which a new consumer of a pattern takes part in the virtual topics that exist.
    pub(crate) fn new_queues_under(&self, pattern: &Destination) -> Vec<Destination> {
        if !pattern.is_pattern() || split(pattern).is_none() {
            return Vec::new();
        }
        let queues = self.destinations.names().filter_map(|topic| queue_for(pattern, topic));
        queues.collect()
    }
}

/// The topic that a queue takes part in, and the name before it.
fn split(queue: &Destination) -> Option<(&str, &str)> {
    let (consumer, topic) = queue.name.strip_prefix("Consumer.")?.split_once('.')?;
    (queue.kind == Kind::Queue && topic.starts_with(PREFIX)).then_some((consumer, topic))
}

/// The queue by which a consumer of a pattern like `Consumer.Z.VirtualTopic.>` takes part in a topic.
fn queue_for(pattern: &Destination, topic: &Destination) -> Option<Destination> {
    let (consumer, over) = split(pattern).filter(|(consumer, _)| *consumer != "*")?;
    let covered = topic.kind == Kind::Topic
        && topic.name.starts_with(PREFIX)
        && Destination::topic(over).covers(&topic.name);
    covered.then(|| Destination::queue(format!("Consumer.{consumer}.{}", topic.name)))
}
