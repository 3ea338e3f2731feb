//! Bytes become batches again, if they are some.

use bytes::Bytes;
use relaismq_openwire::{ProducerId, Text};

use super::{
    ADD, DROP_PRODUCER, DROP_QUEUE, DROP_SUBSCRIBER, DROP_SUBSCRIPTION, FormError, MARK, OFFER,
    PRODUCER, PUBLISH, PUT_QUEUE, PUT_SUBSCRIPTION, QUEUE, REMOVE, SUBSCRIBER, SUBSCRIPTION, TOPIC,
    VERSION,
};
use crate::model::{
    Batch, Change, Container, Envelope, SubscriptionKey, SubscriptionRecord, coding::Take,
};

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

/// Bytes of the smallest change, and of the smallest key.
const LEAST_CHANGE: usize = 5;
const LEAST_KEY: usize = 8;
