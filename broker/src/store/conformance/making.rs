//! Changes and containers in few words, and what a store has of them.

use bytes::Bytes;

use super::Opener;
use crate::{
    model::{
        Batch, Change, Container, ContainerSummary, Envelope, Recovered, SubscriptionKey,
        SubscriptionRecord,
    },
    store::Store,
};

pub(super) fn recovered(open: &mut Opener<'_>) -> Box<dyn Store> {
    let mut store = open();
    store.recover().unwrap();
    store
}

pub(super) fn all(store: &mut Box<dyn Store>, container: &Container) -> Vec<u64> {
    let page = store.page(container, 0, usize::MAX, usize::MAX).unwrap();
    page.iter().map(|message| message.sequence).collect()
}

/// Those that may have been given out.
pub(super) fn offered(store: &mut Box<dyn Store>, container: &Container) -> Vec<u64> {
    let page = store.page(container, 0, usize::MAX, usize::MAX).unwrap();
    page.iter().filter(|message| message.offered).map(|message| message.sequence).collect()
}

pub(super) fn counts(recovered: &Recovered) -> Vec<(Container, u64)> {
    let summaries = recovered.containers.iter().cloned();
    let mut counts: Vec<_> =
        summaries.map(|ContainerSummary { container, count, .. }| (container, count)).collect();
    counts.sort();
    counts
}

pub(super) fn synced(changes: Vec<Change>) -> Batch {
    Batch { changes, sync: true }
}

pub(super) fn queue(name: &str) -> Container {
    Container::Queue(name.into())
}

pub(super) fn key(name: &str) -> SubscriptionKey {
    SubscriptionKey { client_id: "client".into(), name: name.into() }
}

pub(super) fn backlog(name: &str) -> Container {
    Container::Subscription(key(name))
}

pub(super) fn record(name: &str, selector: Option<&str>) -> SubscriptionRecord {
    let selector = selector.map(str::to_owned);
    SubscriptionRecord { key: key(name), topic: "prices.>".into(), selector, no_local: false }
}

pub(super) fn add(name: &str, sequence: u64, body: &str) -> Change {
    add_to(queue(name), sequence, body)
}

/// What lasts: one message of a queue, or one published for one subscription.
pub(super) fn add_to(container: Container, sequence: u64, body: &str) -> Change {
    let blob = Bytes::copy_from_slice(body.as_bytes());
    match container {
        Container::Subscription(key) => publish_for(vec![key], sequence, blob),
        container => {
            let envelope = Envelope::default();
            Change::Add { container, sequence, envelope, blob, transient: false }
        }
    }
}

/// A message of the topic "prices.all".
pub(super) fn publish(names: &[&str], sequence: u64, body: &str) -> Change {
    let keys = names.iter().map(|name| key(name)).collect();
    publish_for(keys, sequence, Bytes::copy_from_slice(body.as_bytes()))
}

fn publish_for(subscriptions: Vec<SubscriptionKey>, sequence: u64, blob: Bytes) -> Change {
    let envelope = Envelope::default();
    Change::Publish { topic: "prices.all".into(), subscriptions, sequence, envelope, blob }
}

pub(super) fn remove_for(name: &str, sequence: u64) -> Change {
    Change::Remove { container: backlog(name), sequence }
}

pub(super) fn transient(name: &str, sequence: u64) -> Change {
    let (blob, envelope) = (Bytes::from_static(b"spilled"), Envelope::default());
    Change::Add { container: queue(name), sequence, envelope, blob, transient: true }
}

pub(super) fn remove(name: &str, sequence: u64) -> Change {
    Change::Remove { container: queue(name), sequence }
}

pub(super) fn offer(name: &str, first: u64, last: u64) -> Change {
    Change::Offer { container: queue(name), first, last }
}

pub(super) fn producer(name: &str, sequence: i64) -> Change {
    Change::ProducerSequence { producer: name.into(), sequence }
}
