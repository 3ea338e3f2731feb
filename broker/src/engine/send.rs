//! A message comes in.

use std::sync::Arc;

use relaismq_openwire::{Destination, Message, ProducerAck, destination::Kind, encode_stored};

use super::{
    Engine, Reply,
    io::Link,
    outcome::Then,
    queue::{Entry, LineId, weight},
    refuse::Refusal,
    subscription::Role,
};
use crate::model::Change;

/// Topics whose messages are copied to queues named `Consumer.*.` and the topic.
const VIRTUAL_PREFIX: &str = "VirtualTopic.";

impl Engine {
    pub(super) fn send(
        &mut self,
        link: Link,
        message: Arc<Message>,
        answer_to: Option<i32>,
    ) -> Result<Reply, Refusal> {
        let targets = self.targets(link, &message)?;
        let window = self.window(link, &message, answer_to);
        if message.transaction_id.is_some() {
            self.enlist(link, message, targets)?;
            if let Some(ack) = window {
                self.send_to(link, ack);
            }
            return Ok(Reply::Done);
        }
        if self.is_repeated(link, &message) {
            // Answered when what was sent the first time is durable.
            self.batch.sync = true;
            self.then.extend(answer_to.map(|command| Then::Respond(link, command)));
            return Ok(Reply::Later);
        }
        let stored = self.route(&message, &targets);
        if stored {
            self.note_producer(link, &message);
            self.then.extend(window.map(|ack| Then::Acknowledge(link, ack)));
            self.then.extend(answer_to.map(|command| Then::Respond(link, command)));
            return Ok(Reply::Later);
        }
        if let Some(ack) = window {
            self.send_to(link, ack);
        }
        Ok(Reply::Done)
    }

    /// Where the message goes, checked.
    fn targets(&mut self, link: Link, message: &Message) -> Result<Vec<Destination>, Refusal> {
        let client = self.clients.get(&link).ok_or_else(|| Refusal::state("no connection"))?;
        let known = message.producer_id.as_ref().and_then(|id| client.producers.get(id));
        let producer = known.ok_or_else(|| Refusal::jms("the message names no open producer"))?;
        let destination = message.destination.as_ref().or(producer.destination.as_ref());
        let destination = destination.ok_or_else(|| Refusal::destination("no destination"))?;
        if !destination.is_composite() && self.destinations.exists(destination) {
            return Ok(vec![destination.clone()]);
        }
        let parts = destination.parts();
        if parts.is_empty() {
            return Err(Refusal::destination("a destination without a name"));
        }
        for part in &parts {
            self.check_target(part)?;
        }
        for part in &parts {
            self.ensure_destination(part)?;
        }
        self.check_room()?;
        Ok(parts)
    }

    fn check_room(&self) -> Result<(), Refusal> {
        match self.settings.store_bytes {
            Some(limit) if self.stored_bytes > limit => {
                Err(Refusal::resources(format!("the store's limit of {limit} bytes is reached")))
            }
            _ => Ok(()),
        }
    }

    /// After a reconnect a client sends again what was not answered; some of it is stored.
    pub(super) fn is_repeated(&mut self, link: Link, message: &Message) -> bool {
        if !message.persistent || !self.clients.get(&link).is_some_and(|client| client.reconnected)
        {
            return false;
        }
        let id = message.message_id.as_ref();
        id.and_then(|id| Some((id.producer_id.as_ref()?, id.producer_sequence_id))).is_some_and(
            |(producer, sequence)| {
                self.remembered.highest(producer).is_some_and(|highest| sequence <= highest)
            },
        )
    }

    pub(super) fn note_producer(&mut self, link: Link, message: &Message) {
        if !self.clients.get(&link).is_some_and(|client| client.fault_tolerant) {
            return;
        }
        let Some(id) = &message.message_id else { return };
        if let Some(producer) = &id.producer_id {
            self.remember_sequence(producer, id.producer_sequence_id);
            self.then.push(Then::Sent(producer.clone(), id.producer_sequence_id));
        }
    }

    /// The size that the client itself counted, if it waits for its window.
    fn window(&self, link: Link, message: &Message, answer_to: Option<i32>) -> Option<ProducerAck> {
        let id = message.producer_id.as_ref()?;
        let producer = self.clients.get(&link)?.producers.get(id)?;
        if producer.window <= 0 || answer_to.is_some() {
            return None;
        }
        let size = i32::try_from(weight(message)).unwrap_or(i32::MAX);
        Some(ProducerAck { producer_id: Some(id.clone()), size, ..ProducerAck::default() })
    }

    /// Into every line that it belongs in. True if something waits for the store.
    pub(super) fn route(&mut self, message: &Arc<Message>, targets: &[Destination]) -> bool {
        let mut stored = false;
        for target in targets {
            let mut copy = message.clone();
            if message.destination.as_ref() != Some(target) {
                let copy = Arc::make_mut(&mut copy);
                copy.original_destination = copy.destination.replace(target.clone());
            }
            stored |= if target.kind.is_queue() {
                self.route_to_queue(copy, target)
            } else {
                self.route_to_topic(&copy, target)
            };
        }
        stored
    }

    fn is_expired(&self, message: &Message) -> bool {
        message.expiration > 0 && message.expiration <= self.now.unix_ms
    }

    fn route_to_queue(&mut self, message: Arc<Message>, target: &Destination) -> bool {
        let Some(line) = self.queue(target) else { return false };
        if self.is_expired(&message) {
            self.dead_letter(&message, super::dead_letter::Cause::Expired);
            return false;
        }
        self.enter(line, message, 0)
    }

    fn route_to_topic(&mut self, message: &Arc<Message>, target: &Destination) -> bool {
        let mut stored = self.copy_to_virtual_queues(message, target);
        let Some(topic) = self.destinations.topics.get(target) else { return stored };
        let (subscribers, durables) = (topic.subscribers.clone(), topic.durables.clone());
        if self.is_expired(message) {
            return stored;
        }
        for line in durables {
            if self.durables.wants(line, message) {
                stored |= self.enter(line, message.clone(), 0);
            }
        }
        for sub in subscribers {
            let Some(subscription) = self.subscription(sub) else { continue };
            if subscription.role != Role::Topic || !subscription.wants(message) {
                continue;
            }
            let Some(line) = subscription.lines.first().copied() else { continue };
            self.enter(line, message.clone(), 0);
        }
        stored
    }

    fn copy_to_virtual_queues(&mut self, message: &Arc<Message>, topic: &Destination) -> bool {
        if topic.kind != Kind::Topic || !topic.name.starts_with(VIRTUAL_PREFIX) {
            return false;
        }
        let pattern = Destination::queue(format!("Consumer.*.{}", topic.name));
        let mut stored = false;
        for queue in self.destinations.queues.keys().cloned().collect::<Vec<_>>() {
            if super::routing::matches(&pattern, &queue) {
                let mut copy = message.clone();
                let inner = Arc::make_mut(&mut copy);
                inner.original_destination = inner.destination.replace(queue.clone());
                stored |= self.route_to_queue(copy, &queue);
            }
        }
        stored
    }

    /// Puts a message into a line. True if it waits for the store.
    pub(super) fn enter(&mut self, id: LineId, mut message: Arc<Message>, counter: i32) -> bool {
        let sequence = self.next_sequence();
        self.stamp(&mut message, sequence);
        let memory = self.memory_for_a_line();
        let Some(line) = self.destinations.line(id) else { return false };
        let durable = message.persistent && line.container.is_some();
        let mut full = line.container.is_some() && (line.tail.exists || line.bytes >= memory);
        if full && !durable && self.sender.is_some_and(|sender| self.hold_back(sender, id)) {
            full = false;
        }
        if durable || full {
            self.keep(id, &message, sequence, !durable);
        }
        let Some(line) = self.destinations.line(id) else { return false };
        if full {
            line.tail.exists = true;
            line.tail.last = sequence;
        } else {
            line.push(Entry { sequence, message, counter, stored: durable, ready: !durable });
        }
        if durable {
            self.batch.sync = true;
            self.then.push(Then::Ready(id, sequence));
        } else {
            self.dispatch(id);
        }
        durable
    }

    fn stamp(&self, message: &mut Arc<Message>, sequence: u64) {
        let message = Arc::make_mut(message);
        message.broker_in_time = self.now.unix_ms;
        message.transaction_id = None;
        if let Some(id) = &mut message.message_id {
            id.broker_sequence_id = i64::try_from(sequence).unwrap_or(i64::MAX);
        }
    }

    fn keep(&mut self, id: LineId, message: &Message, sequence: u64, transient: bool) {
        let container = self.destinations.line(id).and_then(|line| line.container.clone());
        let Some(container) = container else { return };
        match encode_stored(message) {
            Ok(blob) => {
                self.stored_bytes += blob.len() as u64;
                self.change(Change::Add { container, sequence, blob, transient });
            }
            // What a peer could send in tight encoding always fits the loose one.
            Err(error) => tracing::error!(%error, "a message cannot be stored"),
        }
    }

    /// The store need not keep it any longer.
    pub(super) fn unkeep(&mut self, id: LineId, entry: &Entry) {
        if !entry.stored {
            return;
        }
        let container = self.destinations.line(id).and_then(|line| line.container.clone());
        if let Some(container) = container {
            self.stored_bytes = self.stored_bytes.saturating_sub(entry.bytes() as u64);
            self.change(Change::Remove { container, sequence: entry.sequence });
        }
    }
}
