//! Batches become bytes.

use bytes::Bytes;

use super::{
    ADD, DROP_PRODUCER, DROP_QUEUE, DROP_SUBSCRIBER, DROP_SUBSCRIPTION, MARK, OFFER, PRODUCER,
    PUBLISH, PUT_QUEUE, PUT_SUBSCRIPTION, QUEUE, REMOVE, SUBSCRIBER, SUBSCRIPTION, TOPIC, VERSION,
};
use crate::model::{
    Batch, Change, Container, Envelope, SubscriptionKey, SubscriptionRecord, coding::Put,
};

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
