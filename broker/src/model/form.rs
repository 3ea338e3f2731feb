//! Batches as bytes: how brokers that keep the same messages tell each other of them.
//!
//! Numbers are little-endian; a text, or what is sized, is its length in bytes (u32) and itself. Whoever keeps or
//! sends it sees to it that it comes back as it was: there is no checksum in it.
//! ```text
//! version u8 = 1
//! batches, each: number of changes u32, sync u8
//! ..   changes, each a byte that says what, then
//!  1   add               place, sequence u64, envelope, transient u8, blob sized
//!  2   publish           topic text, sequence u64, envelope, blob sized, subscriptions u32, each two texts
//!  3   offer             place, first u64, last u64
//!  4   remove            place, sequence u64
//!  5   put subscription  client id, name, topic: texts; has a selector u8, selector text, no local u8
//!  6   drop subscription client id, name: texts
//!  7   put queue         text
//!  8   drop queue        text
//!  9   drop subscriber   number u64
//! 10   producer          text, sequence u64 (two's complement)
//! 11   drop producer     text
//! 12   mark              name text, bytes sized
//! place      1 queue: text; 2 subscription: two texts; 3 topic: text; 4 subscriber: number u64
//! envelope   has a producer u8, then has it a connection u8, that as text, value u64, session u64; sequence u64, expiration u64,
//!            priority u8
//! ```

use bytes::Bytes;
use relaismq_openwire::{ProducerId, Text};

use super::{
    Batch, Change, Container, Envelope, SubscriptionKey, SubscriptionRecord,
    coding::{Put, Take},
};

/// Why bytes are no batches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// They were written by a newer release.
    #[error(
        "batches in the form {0} were written by another release; this one knows form {VERSION}"
    )]
    Version(u8),
    /// They are not what any release writes.
    #[error("what should be batches cannot be read at byte {at}")]
    Malformed {
        /// The place of the first change that cannot be read.
        at: usize,
    },
}

/// The batches in the order given.
#[must_use]
pub fn encode(batches: &[Batch]) -> Bytes {
    let weight: usize = batches.iter().map(Batch::weight).sum();
    let mut out = Vec::with_capacity(weight + 1);
    out.u8(VERSION);
    for batch in batches {
        out.u32(u32::try_from(batch.changes.len()).unwrap_or(u32::MAX));
        out.u8(batch.sync.into());
        batch.changes.iter().for_each(|change| put_change(&mut out, change));
    }
    out.into()
}

/// What was encoded. Blobs share the memory of `bytes`.
///
/// # Errors
/// [`FormError`] if these are no batches.
pub fn decode(bytes: &Bytes) -> Result<Vec<Batch>, FormError> {
    let mut reader = Reader { whole: bytes, fields: Take(bytes) };
    let malformed = |reader: &Reader<'_>| FormError::Malformed { at: reader.at() };
    match reader.fields.u8() {
        Some(VERSION) => {}
        Some(other) => return Err(FormError::Version(other)),
        None => return Err(malformed(&reader)),
    }
    let mut batches = Vec::new();
    while !reader.fields.is_at_end() {
        let batch = reader.batch();
        batches.push(batch.ok_or_else(|| malformed(&reader))?);
    }
    Ok(batches)
}

fn put_change(out: &mut Vec<u8>, change: &Change) {
    match change {
        Change::Add { container, sequence, envelope, blob, transient } => {
            out.u8(ADD);
            put_place(out, container);
            out.u64(*sequence);
            put_envelope(out, envelope);
            out.u8((*transient).into());
            out.sized(blob);
        }
        Change::Publish { topic, subscriptions, sequence, envelope, blob } => {
            out.u8(PUBLISH);
            out.text(topic);
            out.u64(*sequence);
            put_envelope(out, envelope);
            out.sized(blob);
            out.u32(u32::try_from(subscriptions.len()).unwrap_or(u32::MAX));
            subscriptions.iter().for_each(|key| put_key(out, key));
        }
        Change::Offer { container, first, last } => {
            out.u8(OFFER);
            put_place(out, container);
            out.u64(*first);
            out.u64(*last);
        }
        Change::Remove { container, sequence } => {
            out.u8(REMOVE);
            put_place(out, container);
            out.u64(*sequence);
        }
        other => put_record(out, other),
    }
}

/// What is about no single message.
fn put_record(out: &mut Vec<u8>, change: &Change) {
    match change {
        Change::PutSubscription(record) => put_subscription(out, record),
        Change::DropSubscription(key) => {
            out.u8(DROP_SUBSCRIPTION);
            put_key(out, key);
        }
        Change::PutQueue(name) => put_named(out, PUT_QUEUE, name),
        Change::DropQueue(name) => put_named(out, DROP_QUEUE, name),
        Change::DropSubscriber(number) => {
            out.u8(DROP_SUBSCRIBER);
            out.u64(*number);
        }
        Change::ProducerSequence { producer, sequence } => {
            put_named(out, PRODUCER, producer);
            out.put(&sequence.to_le_bytes());
        }
        Change::DropProducer(producer) => put_named(out, DROP_PRODUCER, producer),
        Change::Mark { name, bytes } => {
            put_named(out, MARK, name);
            out.sized(bytes);
        }
        Change::Add { .. }
        | Change::Publish { .. }
        | Change::Offer { .. }
        | Change::Remove { .. } => {}
    }
}

fn put_named(out: &mut Vec<u8>, kind: u8, name: &str) {
    out.u8(kind);
    out.text(name);
}

fn put_subscription(out: &mut Vec<u8>, record: &SubscriptionRecord) {
    out.u8(PUT_SUBSCRIPTION);
    put_key(out, &record.key);
    out.text(&record.topic);
    out.u8(record.selector.is_some().into());
    out.text(record.selector.as_deref().unwrap_or_default());
    out.u8(record.no_local.into());
}

fn put_place(out: &mut Vec<u8>, container: &Container) {
    match container {
        Container::Queue(name) => put_named(out, QUEUE, name),
        Container::Topic(name) => put_named(out, TOPIC, name),
        Container::Subscription(key) => {
            out.u8(SUBSCRIPTION);
            put_key(out, key);
        }
        Container::Subscriber(number) => {
            out.u8(SUBSCRIBER);
            out.u64(*number);
        }
    }
}

fn put_key(out: &mut Vec<u8>, key: &SubscriptionKey) {
    out.text(&key.client_id);
    out.text(&key.name);
}

fn put_envelope(out: &mut Vec<u8>, envelope: &Envelope) {
    out.u8(envelope.producer.is_some().into());
    if let Some(producer) = &envelope.producer {
        out.u8(producer.connection_id.is_some().into());
        out.text(producer.connection_id.as_deref().unwrap_or_default());
        out.put(&producer.value.to_le_bytes());
        out.put(&producer.session_id.to_le_bytes());
    }
    out.put(&envelope.producer_sequence.to_le_bytes());
    out.put(&envelope.expiration.to_le_bytes());
    out.put(&envelope.priority.to_le_bytes());
}

/// Reads from front to back; `None` if it is not what it should be.
struct Reader<'a> {
    whole: &'a Bytes,
    fields: Take<'a>,
}

impl Reader<'_> {
    fn at(&self) -> usize {
        self.whole.len() - self.fields.0.len()
    }

    fn batch(&mut self) -> Option<Batch> {
        let count = self.fields.count(LEAST_CHANGE)?;
        let sync = self.fields.flag()?;
        let changes = (0..count).map(|_| self.change()).collect::<Option<_>>()?;
        Some(Batch { changes, sync })
    }

    fn change(&mut self) -> Option<Change> {
        Some(match self.fields.u8()? {
            ADD => Change::Add {
                container: self.place()?,
                sequence: self.fields.u64()?,
                envelope: self.envelope()?,
                transient: self.fields.flag()?,
                blob: self.sized()?,
            },
            PUBLISH => Change::Publish {
                topic: self.fields.text()?.into(),
                sequence: self.fields.u64()?,
                envelope: self.envelope()?,
                blob: self.sized()?,
                subscriptions: self.keys()?,
            },
            OFFER => Change::Offer {
                container: self.place()?,
                first: self.fields.u64()?,
                last: self.fields.u64()?,
            },
            REMOVE => Change::Remove { container: self.place()?, sequence: self.fields.u64()? },
            other => self.record(other)?,
        })
    }

    fn record(&mut self, kind: u8) -> Option<Change> {
        Some(match kind {
            PUT_SUBSCRIPTION => Change::PutSubscription(self.subscription()?),
            DROP_SUBSCRIPTION => Change::DropSubscription(self.key()?),
            PUT_QUEUE => Change::PutQueue(self.name()?),
            DROP_QUEUE => Change::DropQueue(self.name()?),
            DROP_SUBSCRIBER => Change::DropSubscriber(self.fields.u64()?),
            PRODUCER => {
                Change::ProducerSequence { producer: self.name()?, sequence: self.signed()? }
            }
            DROP_PRODUCER => Change::DropProducer(self.name()?),
            MARK => Change::Mark { name: self.name()?, bytes: self.sized()? },
            _ => return None,
        })
    }

    fn subscription(&mut self) -> Option<SubscriptionRecord> {
        let (key, topic) = (self.key()?, self.name()?);
        let has_selector = self.fields.flag()?;
        let selector = Some(self.name()?).filter(|_| has_selector);
        Some(SubscriptionRecord { key, topic, selector, no_local: self.fields.flag()? })
    }

    fn place(&mut self) -> Option<Container> {
        Some(match self.fields.u8()? {
            QUEUE => Container::Queue(self.fields.text()?.into()),
            SUBSCRIPTION => Container::Subscription(self.key()?),
            TOPIC => Container::Topic(self.fields.text()?.into()),
            SUBSCRIBER => Container::Subscriber(self.fields.u64()?),
            _ => return None,
        })
    }

    fn key(&mut self) -> Option<SubscriptionKey> {
        Some(SubscriptionKey {
            client_id: self.fields.text()?.into(),
            name: self.fields.text()?.into(),
        })
    }

    fn keys(&mut self) -> Option<Vec<SubscriptionKey>> {
        let count = self.fields.count(LEAST_KEY)?;
        (0..count).map(|_| self.key()).collect()
    }

    fn envelope(&mut self) -> Option<Envelope> {
        let producer = if self.fields.flag()? { Some(self.producer()?) } else { None };
        Some(Envelope {
            producer,
            producer_sequence: self.signed()?,
            expiration: self.signed()?,
            priority: self.fields.array().map(i8::from_le_bytes)?,
        })
    }

    fn producer(&mut self) -> Option<ProducerId> {
        Some(ProducerId {
            connection_id: self.connection()?,
            value: self.signed()?,
            session_id: self.signed()?,
        })
    }

    fn connection(&mut self) -> Option<Option<Text>> {
        let is_there = self.fields.flag()?;
        let id = self.fields.text()?;
        Some(is_there.then(|| id.into()))
    }

    fn signed(&mut self) -> Option<i64> {
        self.fields.array().map(i64::from_le_bytes)
    }

    fn name(&mut self) -> Option<String> {
        self.fields.text().map(str::to_owned)
    }

    fn sized(&mut self) -> Option<Bytes> {
        self.fields.sized().map(|found| self.whole.slice_ref(found))
    }
}

const VERSION: u8 = 1;
const ADD: u8 = 1;
const PUBLISH: u8 = 2;
const OFFER: u8 = 3;
const REMOVE: u8 = 4;
const PUT_SUBSCRIPTION: u8 = 5;
const DROP_SUBSCRIPTION: u8 = 6;
const PUT_QUEUE: u8 = 7;
const DROP_QUEUE: u8 = 8;
const DROP_SUBSCRIBER: u8 = 9;
const PRODUCER: u8 = 10;
const DROP_PRODUCER: u8 = 11;
const MARK: u8 = 12;
const QUEUE: u8 = 1;
const SUBSCRIPTION: u8 = 2;
const TOPIC: u8 = 3;
const SUBSCRIBER: u8 = 4;
/// Bytes of the smallest change, and of the smallest key.
const LEAST_CHANGE: usize = 5;
const LEAST_KEY: usize = 8;

#[cfg(test)]
mod tests;
