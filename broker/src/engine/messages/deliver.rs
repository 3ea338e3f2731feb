//! A message that was accepted finds its way into lines.

use std::sync::Arc;

use relaismq_openwire::{Destination, Message};

use crate::engine::{
    Engine,
    lines::arriving::Arrival,
    state::{
        buried::Cause,
        client::Route,
        destinations::{Target, Topic},
        slab::{LineId, TopicId},
    },
};

impl Engine {
    /// Into every line that it belongs in. True if the store has to answer before all of that is
    /// done, or before it is seen.
    pub(crate) fn deliver(&mut self, message: Arc<Message>, route: Route, held: bool) -> bool {
        let parts = match route {
            Route::Own(target) => return self.deliver_here(message, Some(target), held),
            Route::Parts(parts) => parts,
        };
        let mut waits = false;
        for part in parts {
            let mut copy = message.clone();
            if copy.destination.as_ref() != Some(&part) {
                let copy = Arc::make_mut(&mut copy);
                copy.original_destination = copy.destination.replace(part);
            }
            waits |= self.deliver_here(copy, None, held);
        }
        waits
    }

    /// To the destination that the message names.
    fn deliver_here(&mut self, message: Arc<Message>, known: Option<Target>, held: bool) -> bool {
        let Some(destination) = &message.destination else { return false };
        let known = known.filter(|it| self.destinations.is_there(*it));
        match known.or_else(|| self.target(destination)) {
            Some(Target::Queue(line)) => self.deliver_to_queue(line, message, held),
            Some(Target::Topic(topic)) => self.deliver_to_topic(topic, message, held),
            None => false,
        }
    }

    /// Between a send and its commit the destination may have gone and has to be made again.
    fn target(&mut self, destination: &Destination) -> Option<Target> {
        self.destinations.find(destination).or_else(|| {
            self.ensure_destination(destination).ok()?;
            self.destinations.find(destination)
        })
    }

    fn deliver_to_queue(&mut self, line: LineId, message: Arc<Message>, held: bool) -> bool {
        if self.is_over(&message) {
            return self.dead_letter(&message, &Cause::Expired, held);
        }
        let mut arrival = Arrival { several: false, ..self.arrival(message, held) };
        self.enter(line, &mut arrival)
    }

    fn deliver_to_topic(&mut self, id: TopicId, message: Arc<Message>, held: bool) -> bool {
        let mut waits = self.copy_to_virtual_queues(id, &message, held);
        self.note_published(id);
        let Some(topic) = self.destinations.topic(id) else { return waits };
        let Topic { subscribers, durables, .. } = topic;
        if subscribers.is_empty() && durables.is_empty() {
            return waits;
        }
        if self.is_over(&message) {
            return self.dead_letter(&message, &Cause::Expired, held) || waits;
        }
        let (subscribers, durables) = (subscribers.clone(), durables.clone());
        let mut arrival = self.arrival(message, held);
        if subscribers.len() + durables.len() > 1 {
            self.share(&mut arrival);
        }
        for line in durables {
            if self.destinations.line(line).is_some_and(|it| it.filter.accepts(&arrival.message)) {
                waits |= self.enter(line, &mut arrival);
            }
        }
        for sub in subscribers {
            waits |= self.publish(sub, &mut arrival);
        }
        waits
    }

    fn note_published(&mut self, id: TopicId) {
        if let Some(topic) = self.destinations.topic_mut(id) {
            topic.tally.came();
            self.tally.came();
        }
    }

    fn copy_to_virtual_queues(&mut self, id: TopicId, message: &Arc<Message>, held: bool) -> bool {
        let mut waits = false;
        let queues = self.destinations.topic(id).map(|it| it.queues.clone()).unwrap_or_default();
        for (queue, line) in queues {
            let mut copy = message.clone();
            let inner = Arc::make_mut(&mut copy);
            inner.original_destination = inner.destination.replace(queue);
            waits |= self.deliver_to_queue(line, copy, held);
        }
        waits
    }

    const fn is_over(&self, message: &Message) -> bool {
        message.expiration > 0 && message.expiration <= self.now.unix_ms
    }
}
