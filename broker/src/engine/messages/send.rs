//! A message comes in: may it, and what does its producer hear?

use std::sync::Arc;

use relaismq_openwire::{Destination, Message, ProducerAck};

use crate::engine::{
    Engine,
    io::Link,
    settings::WhenFull,
    state::{
        client::Route,
        destinations::{Target, Topic},
        fits,
        outcomes::{Answer, Then},
        refusal::{Refusal, Reply},
    },
};

impl Engine {
    pub(crate) fn send(
        &mut self,
        link: Link,
        message: Arc<Message>,
        answer_to: Option<i32>,
    ) -> Result<Reply, Refusal> {
        let transaction = message.transaction_id.clone();
        let sent = self.progress_of(link, &message);
        let outcome = self.accept(link, message, answer_to);
        if let (Err(refusal), Some(id)) = (&outcome, &transaction) {
            self.break_transaction(link, id, refusal.message());
        } else if outcome.is_err()
            && let Some((producer, sequence)) = sent
        {
            self.note_refused(&producer, sequence);
        }
        outcome
    }

    fn accept(
        &mut self,
        link: Link,
        mut message: Arc<Message>,
        answer_to: Option<i32>,
    ) -> Result<Reply, Refusal> {
        let route = self.resolve(link, &mut message)?;
        let answer = self.answer_to(link, &message, answer_to);
        if message.transaction_id.is_some() {
            self.enlist(link, message, route)?;
            self.answer(link, answer);
            return Ok(Reply::Later);
        }
        if self.is_repeated(link, &message) {
            self.answer_with(&message, link, answer);
            return Ok(Reply::Later);
        }
        let noted = self.progress_of(link, &message);
        if self.deliver(message, route, false) {
            self.work.sends = Some(link);
            self.note_progress(noted);
            self.work.later(Then::Answer(link, answer));
        } else {
            self.answer(link, answer);
        }
        Ok(Reply::Later)
    }

    /// Where the message goes. Destinations that are new are made.
    fn resolve(&mut self, link: Link, message: &mut Arc<Message>) -> Result<Route, Refusal> {
        if message.message_id.as_ref().is_none_or(|id| id.producer_id.is_none()) {
            return Err(Refusal::jms("the message has no id"));
        }
        let client = self.clients.get_mut(link);
        let client = client.ok_or_else(|| Refusal::order("no connection"))?;
        let known = message.producer_id.as_ref().and_then(|id| client.producers.get_mut(id));
        let producer = known.ok_or_else(|| Refusal::jms("the message names no open producer"))?;
        if message.destination.is_none() {
            let fixed = producer.info.destination.clone();
            let fixed = fixed.ok_or_else(|| Refusal::destination("no destination"))?;
            Arc::make_mut(message).destination = Some(fixed);
        }
        let Some(destination) = &message.destination else {
            return Err(Refusal::destination("no destination"));
        };
        let known = producer.target(destination).filter(|it| self.destinations.is_there(*it));
        if let Some(target) = known.or_else(|| self.destinations.find_one(destination)) {
            if known.is_none() {
                producer.note_target(destination, target);
            }
            fits::check_message(&self.limits, message)?;
            self.check_room(message, target)?;
            return Ok(Route::Own(target));
        }
        self.resolve_parts(message, destination)
    }

    fn resolve_parts(
        &mut self,
        message: &Message,
        destination: &Destination,
    ) -> Result<Route, Refusal> {
        let parts = destination.parts();
        if parts.is_empty() {
            return Err(Refusal::destination("a destination without a name"));
        }
        // One small frame must not become more than all of its client's transactions may be.
        let limit = self.settings.transaction_bytes;
        if parts.len() > 1 && message.footprint().saturating_mul(parts.len()) > limit {
            return Err(Refusal::resources(format!("copies of a message may take {limit} bytes")));
        }
        fits::check_message(&self.limits, message)?;
        for part in &parts {
            self.check_target(part)?;
        }
        for part in &parts {
            self.ensure_destination(part)?;
            if let Some(target) = self.destinations.find(part) {
                self.check_room(message, target)?;
            }
        }
        Ok(Route::Parts(parts))
    }

    /// Senders who do not wait for room are told here that there is none: a store without disk has a
    /// limit of its own, and what is temporary has memory only.
    fn check_room(&mut self, message: &Message, target: Target) -> Result<(), Refusal> {
        let refuses = self.settings.when_full == WhenFull::Refuse;
        let container = match target {
            Target::Queue(line) => {
                let stored = self.destinations.line(line).is_some_and(|it| it.container.is_some());
                if !stored && self.is_too_full(line) && !self.hold_back(line) && refuses {
                    let memory = self.settings.queue_memory_bytes;
                    let text = "memory is short: a temporary queue may hold";
                    return Err(Refusal::resources(format!("{text} {memory} bytes")));
                }
                stored
            }
            Target::Topic(topic) => {
                let kept = |it: &Topic| !it.durables.is_empty();
                message.persistent && self.destinations.topic(topic).is_some_and(kept)
            }
        };
        if container && message.transaction_id.is_none() && self.refuses_for_a_moment() {
            return Err(Refusal::resources("the store is full"));
        }
        match self.settings.store_bytes {
            Some(limit) if refuses && container && self.stored_bytes >= limit => {
                Err(Refusal::resources(format!("the store's limit of {limit} bytes is reached")))
            }
            _ => Ok(()),
        }
    }

    /// A response if the producer wants one, else its window, if it has one: the size that it has
    /// counted itself.
    fn answer_to(&self, link: Link, message: &Message, answer_to: Option<i32>) -> Answer {
        if let Some(command) = answer_to {
            return Answer::Response(command);
        }
        let id = message.producer_id.as_ref();
        let client = self.clients.get(link);
        let window = id.zip(client).and_then(|(id, client)| client.producers.get(id));
        if window.is_none_or(|producer| producer.info.window_size <= 0) {
            return Answer::Silence;
        }
        let size = i32::try_from(window_size(message)).unwrap_or(i32::MAX);
        let ack = ProducerAck { producer_id: id.cloned(), size, ..ProducerAck::default() };
        Answer::Window(Box::new(ack))
    }
}

/// What a message takes of its producer's window, as ActiveMQ's clients count it.
fn window_size(message: &Message) -> usize {
    let length = |bytes: &Option<bytes::Bytes>| bytes.as_ref().map_or(0, bytes::Bytes::len);
    1024 + length(&message.content) + length(&message.marshalled_properties)
}
