//! A message in a line or on its way to a consumer, and what is known of it.

use std::sync::Arc;

use relaismq_openwire::{ConsumerId, Message, MessageDispatch, MessageId, Value};

use crate::{
    engine::state::{account::Share, common::Part},
    model::{StoredMessage, sequence},
};

/// A message of a line.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// The order within the line.
    pub(crate) sequence: u64,
    pub(crate) body: Body,
    /// What its message takes in memory.
    pub(crate) bytes: usize,
    /// Deliveries before this one, as far as the broker knows.
    pub(crate) counter: i32,
    /// It may have been delivered before the broker's last start: see [`crate::engine::messages::suspects`].
    pub(crate) suspect: bool,
    /// The store has it (or will, once confirmed).
    pub(crate) stored: bool,
    /// The store knows (or will, once it has it) that it may have been seen: see [`crate::engine::lines::marking`].
    pub(crate) offered: bool,
    /// The store has confirmed what it was to confirm.
    pub(crate) confirmed: bool,
    /// What it has in common with its copies in other lines.
    pub(crate) part: Option<Part>,
}

/// Where the message is.
#[derive(Clone, Debug)]
pub(crate) enum Body {
    Here(Arc<Message>),
    /// Only the store has it: see [`crate::engine::giving::away`].
    Away(Box<Stub>),
}

/// What has to be known of a message that is not there.
#[derive(Clone, Debug)]
pub(crate) struct Stub {
    id: Option<MessageId>,
    expiration: i64,
    persistent: bool,
}

/// About what an entry takes whose message is not there.
const STUB: usize = 200;

impl Entry {
    pub(crate) const fn new(sequence: u64, message: Arc<Message>, bytes: usize) -> Self {
        let body = Body::Here(message);
        let (suspect, stored, offered, confirmed) = (false, false, false, true);
        Self { sequence, body, bytes, counter: 0, suspect, stored, offered, confirmed, part: None }
    }

    /// Of a message that the store had when the broker started, and that somebody had before.
    pub(crate) fn only_stored(sequence: u64) -> Self {
        let body = Body::Away(Box::new(Stub { id: None, expiration: 0, persistent: true }));
        let (suspect, stored, offered, confirmed) = (true, true, true, true);
        let (bytes, counter) = (0, 0);
        Self { sequence, body, bytes, counter, suspect, stored, offered, confirmed, part: None }
    }

    /// Nothing if only the store has it.
    pub(crate) const fn message(&self) -> Option<&Arc<Message>> {
        match &self.body {
            Body::Here(message) => Some(message),
            Body::Away(_) => None,
        }
    }

    pub(crate) const fn message_mut(&mut self) -> Option<&mut Arc<Message>> {
        match &mut self.body {
            Body::Here(message) => Some(message),
            Body::Away(_) => None,
        }
    }

    pub(crate) const fn is_away(&self) -> bool {
        matches!(self.body, Body::Away(_))
    }

    /// May be dispatched.
    pub(crate) const fn is_ready(&self) -> bool {
        self.confirmed && !self.is_away()
    }

    /// Nothing is lost if only the store has it for a while.
    pub(crate) const fn can_be_read_again(&self) -> bool {
        self.stored && self.is_ready() && self.counter == 0
    }

    /// What it takes in memory counts there from now on.
    pub(crate) fn count_in(&mut self, memory: &mut Share) {
        match &mut self.part {
            Some(part) => memory.add_part(part),
            None => memory.add(self.held()),
        }
    }

    /// It does not count there any more.
    pub(crate) fn leave(&mut self, memory: &mut Share) {
        match &mut self.part {
            Some(part) => memory.take_part(part),
            None => memory.take(self.held()),
        }
    }

    const fn held(&self) -> usize {
        if self.is_away() { STUB } else { self.bytes }
    }

    pub(crate) fn id(&self) -> Option<&MessageId> {
        match &self.body {
            Body::Here(message) => message.message_id.as_ref(),
            Body::Away(stub) => stub.id.as_ref(),
        }
    }

    pub(crate) fn is_persistent(&self) -> bool {
        match &self.body {
            Body::Here(message) => message.persistent,
            Body::Away(stub) => stub.persistent,
        }
    }

    pub(crate) fn is_expired(&self, unix_ms: i64) -> bool {
        let expiration = match &self.body {
            Body::Here(message) => message.expiration,
            Body::Away(stub) => stub.expiration,
        };
        expiration > 0 && expiration <= unix_ms
    }

    /// It outlives the process, so the store has to know that somebody may have seen it.
    pub(crate) fn needs_offer(&self) -> bool {
        self.stored && !self.offered && self.is_persistent()
    }

    /// Leaves the message to the store. It must count nowhere meanwhile; so with [`Self::fetch`].
    pub(crate) fn let_go(&mut self) {
        if let (Body::Here(message), true) = (&self.body, self.stored && self.confirmed) {
            let Message { message_id, expiration, persistent, .. } = &**message;
            let (id, expiration, persistent) = (message_id.clone(), *expiration, *persistent);
            self.body = Body::Away(Box::new(Stub { id, expiration, persistent }));
            self.part = None;
        }
    }

    /// The store has been asked for it.
    pub(crate) fn fetch(&mut self, message: Arc<Message>) {
        self.body = Body::Here(message);
    }

    /// As a consumer is sent it.
    pub(crate) fn dispatch(&self, consumer: &ConsumerId) -> Option<MessageDispatch> {
        let mut message = self.message()?.clone();
        if self.suspect {
            // Properties that cannot be read are left as they are.
            drop(Arc::make_mut(&mut message).set_property("redeliveryDelay", Value::Long(0)));
        }
        Some(MessageDispatch {
            consumer_id: Some(consumer.clone()),
            destination: message.destination.clone(),
            message: Some(message),
            redelivery_counter: self.counter.saturating_add(i32::from(self.suspect)),
            ..MessageDispatch::default()
        })
    }
}

/// What the store held when the broker started.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Inherited {
    /// Messages up to this sequence.
    pub(crate) through: u64,
    /// All that was given to consumers is marked ([`crate::engine::lines::marking`]); otherwise anything may have
    /// been.
    pub(crate) offers_known: bool,
}

impl Inherited {
    pub(crate) const fn is_suspect(self, stored: &StoredMessage) -> bool {
        sequence::arrival(stored.sequence) <= self.through && (stored.offered || !self.offers_known)
    }
}
