//! A message that was accepted finds its way into lines.

use std::sync::Arc;

use bytes::Bytes;
use relaismq_openwire::{Destination, Message};

use super::{
    Engine,
    buried::Cause,
    destinations::{Target, Topic},
    entry::Entry,
    ids::{LineId, SubId, TopicId},
    outcome::Then,
    properties::Selectable,
    queue::Filter,
    send::Route,
};
use crate::model::Container;

/// A message on its way into lines.
#[derive(Debug)]
pub(super) struct Arrival {
    pub(super) sequence: u64,
    pub(super) message: Arc<Message>,
    /// As stores keep it; encoded once for all lines.
    pub(super) blob: Option<Bytes>,
    /// What it takes in memory.
    pub(super) bytes: usize,
    /// Not to be dispatched before what it was committed with is durable.
    held: bool,
}

impl Engine {
    /// Into every line that it belongs in. What has to wait for the store is in `self.then`.
    pub(super) fn deliver(&mut self, message: Arc<Message>, route: Route, held: bool) {
        let parts = match route {
            Route::Own => return self.deliver_here(message, held),
            Route::Parts(parts) => parts,
        };
        for part in parts {
            let mut copy = message.clone();
            if copy.destination.as_ref() != Some(&part) {
                let copy = Arc::make_mut(&mut copy);
                copy.original_destination = copy.destination.replace(part);
            }
            self.deliver_here(copy, held);
        }
    }

    /// To the destination that the message names.
    fn deliver_here(&mut self, message: Arc<Message>, held: bool) {
        let Some(destination) = &message.destination else { return };
        // Between a send and its commit the destination may have gone and has to be made again.
        let target = match self.destinations.find(destination) {
            Some(target) => target,
            None if self.ensure_destination(destination).is_ok() => {
                match self.destinations.find(destination) {
                    Some(target) => target,
                    None => return,
                }
            }
            None => return,
        };
        match target {
            Target::Queue(line) => self.deliver_to_queue(line, message, held),
            Target::Topic(topic) => self.deliver_to_topic(topic, message, held),
        }
    }

    fn deliver_to_queue(&mut self, line: LineId, message: Arc<Message>, held: bool) {
        if self.is_over(&message) {
            self.dead_letter(&message, &Cause::Expired, held);
            return;
        }
        let mut arrival = self.arrival(message, held);
        self.enter(line, &mut arrival);
    }

    fn deliver_to_topic(&mut self, id: TopicId, message: Arc<Message>, held: bool) {
        self.copy_to_virtual_queues(id, &message, held);
        let Some(topic) = self.destinations.topic(id) else { return };
        let Topic { subscribers, durables, .. } = topic;
        if subscribers.is_empty() && durables.is_empty() {
            return;
        }
        if self.is_over(&message) {
            self.dead_letter(&message, &Cause::Expired, held);
            return;
        }
        let (subscribers, durables) = (subscribers.clone(), durables.clone());
        let mut arrival = self.arrival(message, held);
        for line in durables {
            if self.destinations.line(line).is_some_and(|it| it.filter.accepts(&arrival.message)) {
                self.enter(line, &mut arrival);
            }
        }
        for sub in subscribers {
            self.publish(sub, &mut arrival);
        }
    }

    fn publish(&mut self, sub: SubId, arrival: &mut Arrival) {
        let Some(subscription) = self.subscriptions.get(sub.0) else { return };
        if let Some(line) = subscription.lines.first().copied()
            && subscription.wants(&arrival.message)
        {
            self.enter(line, arrival);
        }
    }

    /// Something of the broker's own, for some subscribers only.
    pub(super) fn publish_to(&mut self, subscribers: &[SubId], message: Message) {
        let mut arrival = self.arrival(Arc::new(message), false);
        for sub in subscribers {
            self.publish(*sub, &mut arrival);
        }
    }

    fn copy_to_virtual_queues(&mut self, id: TopicId, message: &Arc<Message>, held: bool) {
        let queues = self.destinations.topic(id).map(|it| it.queues.clone()).unwrap_or_default();
        for (queue, line) in queues {
            let mut copy = message.clone();
            let inner = Arc::make_mut(&mut copy);
            inner.original_destination = inner.destination.replace(queue);
            self.deliver_to_queue(line, copy, held);
        }
    }

    /// A dead letter, without further checks.
    pub(super) fn deliver_dead(&mut self, queue: &Destination, message: Message, held: bool) {
        if let Some(line) = self.queue(queue) {
            let mut arrival = self.arrival(Arc::new(message), held);
            self.enter(line, &mut arrival);
        }
    }

    /// Numbers and stamps a message, before anybody shares it.
    fn arrival(&mut self, mut message: Arc<Message>, held: bool) -> Arrival {
        self.last_sequence += 1;
        let sequence = self.last_sequence;
        let inner = Arc::make_mut(&mut message);
        inner.broker_in_time = self.now.unix_ms;
        if let Some(id) = &mut inner.message_id {
            id.broker_sequence_id = i64::try_from(sequence).unwrap_or(i64::MAX);
        }
        let bytes = message.footprint();
        Arrival { sequence, message, blob: None, bytes, held }
    }

    const fn is_over(&self, message: &Message) -> bool {
        message.expiration > 0 && message.expiration <= self.now.unix_ms
    }

    /// Puts a message into a line. When memory is full it goes to the store only.
    fn enter(&mut self, id: LineId, arrival: &mut Arrival) {
        let room = self.room_in(id);
        let Some(line) = self.destinations.line(id) else { return };
        let kept = line.container.is_some();
        let lasting = line.container.as_ref().is_some_and(Container::is_lasting);
        let durable = lasting && arrival.message.persistent;
        let mut full = kept && (line.tail.exists || line.memory.bytes() >= room);
        let fits = line.memory.has_room_for(arrival.bytes);
        if full && !durable && self.hold_back(id) && fits {
            full = false;
        }
        let stored = (durable || full) && self.keep(id, arrival, !durable);
        let given =
            durable && !full && self.settings.marks && self.will_be_given(id, &arrival.message);
        if durable {
            self.foresee(id, arrival.sequence, given);
        }
        let marks = self.needs_marks(id);
        let Some(line) = self.destinations.line_mut(id) else { return };
        let waits = durable || arrival.held;
        if full && stored {
            line.tail.add(arrival.sequence);
            self.then.push(Then::Spilled(id, arrival.sequence, arrival.bytes));
        } else {
            line.push(Entry {
                stored,
                offered: given || !marks,
                confirmed: !waits,
                ..Entry::new(arrival.sequence, arrival.message.clone(), arrival.bytes)
            });
        }
        self.discard_unwished(id);
        if waits {
            self.batch.sync |= durable;
            self.then.push(Then::Ready(id, arrival.sequence));
        } else {
            self.dispatch(id);
        }
    }
}

impl Filter {
    fn accepts(&self, message: &Message) -> bool {
        let own = || {
            let producer = message.producer_id.as_ref().map(|id| &id.connection_id);
            self.not_from.as_ref().is_some_and(|not| producer == Some(&not.value))
        };
        !own() && self.selector.as_ref().is_none_or(|it| it.matches(&Selectable(message)))
    }
}
