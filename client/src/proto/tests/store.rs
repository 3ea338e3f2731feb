//! What a pair of brokers shares: messages, the highest sequence of each producer, and a list of
//! everything that a client did wrong.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use relaismq_openwire::{Command, Message, MessageId, ProducerId};

/// A message in a queue.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    pub(super) message: Arc<Message>,
    pub(super) counter: i32,
    /// Dispatched, and not given back.
    pub(super) in_flight: bool,
    pub(super) broker_sequence: i64,
}

#[derive(Debug, Default)]
pub(super) struct Store {
    pub(super) queues: BTreeMap<String, Vec<Stored>>,
    pub(super) dead: Vec<Arc<Message>>,
    pub(super) acknowledged: Vec<MessageId>,
    sequences: HashMap<ProducerId, i64>,
    broker_sequence: i64,
    /// Everything that producers ever stored.
    pub(super) stored: Vec<MessageId>,
    /// Sends dropped as duplicates.
    pub(super) duplicates: usize,
    /// What a real broker would have objected to.
    pub(super) violations: Vec<String>,
}

impl Store {
    pub(super) fn object(&mut self, what: &str, command: &Command) {
        self.violations.push(format!("{what}: {command:?}"));
    }

    /// Keeps a message, unless it is a duplicate: not above the highest that this producer has stored.
    pub(super) fn keep(&mut self, message: &Arc<Message>) {
        let id = message.message_id.clone().unwrap_or_default();
        let last = self.sequences.entry(id.producer_id.unwrap_or_default()).or_default();
        if id.producer_sequence_id <= *last {
            self.duplicates += 1;
            return;
        }
        *last = id.producer_sequence_id;
        self.stored.extend(message.message_id.clone());
        let queue = message.destination.as_ref().unwrap().name.to_string();
        self.put(&queue, message.clone());
    }

    pub(super) fn put(&mut self, queue: &str, message: Arc<Message>) {
        self.broker_sequence += 1;
        let broker_sequence = self.broker_sequence;
        let stored = Stored { message, counter: 0, in_flight: false, broker_sequence };
        self.queues.entry(queue.to_owned()).or_default().push(stored);
    }

    /// Ids in a queue, in order, as producer sequences.
    pub(super) fn sequences(&self, queue: &str) -> Vec<i64> {
        let stored = self.queues.get(queue).into_iter().flatten();
        stored.map(|it| it.message.message_id.as_ref().unwrap().producer_sequence_id).collect()
    }

    /// The next message that nobody has.
    pub(super) fn take(&mut self, queue: &str) -> Option<Stored> {
        let stored = self.queues.get_mut(queue)?.iter_mut().find(|it| !it.in_flight)?;
        stored.in_flight = true;
        Some(stored.clone())
    }

    pub(super) fn remove(&mut self, queue: &str, id: &MessageId) -> Option<Stored> {
        let queue = self.queues.get_mut(queue)?;
        let place = queue.iter().position(|it| it.message.message_id.as_ref() == Some(id))?;
        Some(queue.remove(place))
    }

    /// Nobody has it any more; it may have been seen.
    pub(super) fn give_back(&mut self, queue: &str, id: &MessageId, counts: bool) {
        let queue = self.queues.get_mut(queue).into_iter().flatten();
        for stored in queue.filter(|it| it.message.message_id.as_ref() == Some(id)) {
            stored.in_flight = false;
            stored.counter += i32::from(counts);
        }
    }
}
