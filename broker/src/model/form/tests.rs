//! Any batches there and back, and any bytes.

use proptest::collection::vec;
use proptest::prelude::*;

use bytes::Bytes;
use relaismq_openwire::ProducerId;

use super::*;
use crate::model::{Batch, Change, Container, Envelope, SubscriptionKey, SubscriptionRecord};

fn text() -> impl Strategy<Value = String> {
    "[a-z\u{0}é💬]{0,6}"
}

fn key() -> impl Strategy<Value = SubscriptionKey> {
    (text(), text()).prop_map(|(client, name)| SubscriptionKey {
        client_id: (&*client).into(),
        name: (&*name).into(),
    })
}

fn place() -> impl Strategy<Value = Container> {
    prop_oneof![
        text().prop_map(|name| Container::Queue((&*name).into())),
        text().prop_map(|name| Container::Topic((&*name).into())),
        key().prop_map(Container::Subscription),
        any::<u64>().prop_map(Container::Subscriber),
    ]
}

fn envelope() -> impl Strategy<Value = Envelope> {
    let producer = proptest::option::of((proptest::option::of(text()), any::<i64>(), any::<i64>()));
    (producer, any::<i64>(), any::<i64>(), any::<i8>()).prop_map(
        |(producer, producer_sequence, expiration, priority)| Envelope {
            producer: producer.map(|(connection, value, session_id)| ProducerId {
                connection_id: connection.map(|id| (&*id).into()),
                value,
                session_id,
            }),
            producer_sequence,
            expiration,
            priority,
        },
    )
}

fn bytes() -> impl Strategy<Value = Bytes> {
    vec(any::<u8>(), 0..40).prop_map(Bytes::from)
}

fn message() -> impl Strategy<Value = Change> {
    let add = (place(), any::<u64>(), envelope(), bytes(), any::<bool>());
    let publish = (text(), vec(key(), 0..4), any::<u64>(), envelope(), bytes());
    prop_oneof![
        add.prop_map(|(container, sequence, envelope, blob, transient)| Change::Add {
            container,
            sequence,
            envelope,
            blob,
            transient
        }),
        publish.prop_map(|(topic, subscriptions, sequence, envelope, blob)| Change::Publish {
            topic: (&*topic).into(),
            subscriptions,
            sequence,
            envelope,
            blob
        }),
        (place(), any::<u64>(), any::<u64>()).prop_map(|(container, first, last)| Change::Offer {
            container,
            first,
            last
        }),
        (place(), any::<u64>())
            .prop_map(|(container, sequence)| Change::Remove { container, sequence }),
    ]
}

fn record() -> impl Strategy<Value = Change> {
    let subscription = (key(), text(), proptest::option::of(text()), any::<bool>());
    prop_oneof![
        subscription.prop_map(|(key, topic, selector, no_local)| {
            Change::PutSubscription(SubscriptionRecord { key, topic, selector, no_local })
        }),
        key().prop_map(Change::DropSubscription),
        text().prop_map(Change::PutQueue),
        text().prop_map(Change::DropQueue),
        any::<u64>().prop_map(Change::DropSubscriber),
        (text(), any::<i64>())
            .prop_map(|(producer, sequence)| Change::ProducerSequence { producer, sequence }),
        text().prop_map(Change::DropProducer),
        (text(), bytes()).prop_map(|(name, bytes)| Change::Mark { name, bytes }),
    ]
}

fn batches() -> impl Strategy<Value = Vec<Batch>> {
    let change = prop_oneof![message(), record()];
    let batch = (vec(change, 0..6), any::<bool>());
    vec(batch.prop_map(|(changes, sync)| Batch { changes, sync }), 0..5)
}

proptest! {
    #[test]
    fn batches_come_back(batches in batches()) {
        prop_assert_eq!(decode(&encode(&batches)), Ok(batches));
    }

    #[test]
    fn what_is_cut_short_is_no_other_batch(batches in batches(), cut in any::<prop::sample::Index>()) {
        let whole = encode(&batches);
        let cut = cut.index(whole.len());
        // Between two batches nothing is missing that could be noticed here.
        match decode(&whole.slice(..cut)) {
            Ok(fewer) => prop_assert!(batches.starts_with(&fewer)),
            Err(FormError::Malformed { at }) => prop_assert!(at <= cut),
            Err(FormError::Version(_)) => prop_assert!(false, "it has a version"),
        }
    }

    #[test]
    fn any_bytes_are_batches_or_an_error(bytes in vec(any::<u8>(), 0..200)) {
        let bytes = Bytes::from(bytes);
        if let Ok(batches) = decode(&bytes) {
            prop_assert_eq!(decode(&encode(&batches)), Ok(batches));
        }
    }

    #[test]
    fn a_damaged_byte_never_panics(batches in batches(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = encode(&batches).to_vec();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        drop(decode(&bytes.into()));
    }
}

#[test]
fn another_version_is_named() {
    assert_eq!(decode(&Bytes::from_static(&[9, 0])), Err(FormError::Version(9)));
    assert_eq!(decode(&Bytes::new()), Err(FormError::Malformed { at: 0 }));
    let blob = Bytes::from_static(&[VERSION, 1, 0, 0, 0, 0, 77, 0, 0, 0, 0]);
    assert_eq!(decode(&blob), Err(FormError::Malformed { at: 7 }));
}
