//! Any series of commits, page reads and restarts gives what the reference gives.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::model::sequence::by_priority;
use crate::model::{Envelope, SubscriptionKey, SubscriptionRecord};
use crate::store::memory::MemoryStore;

#[derive(Clone, Debug)]
enum Step {
    Commit(Vec<Batch>),
    Page { container: Container, after: u64, max_count: usize, max_bytes: usize },
    Tidy,
    Restart { close: bool },
}

fn key(n: u8) -> SubscriptionKey {
    SubscriptionKey { client_id: "c".into(), name: n.to_string().into() }
}

fn container() -> impl Strategy<Value = Container> {
    (0..6_u8).prop_map(|n| match n {
        0..4 => Container::Queue(n.to_string().into()),
        _ => Container::Subscription(key(n)),
    })
}

/// One of the queues is in the order of priorities.
fn placed(container: &Container, sequence: u64) -> u64 {
    if *container == Container::Queue("3".into()) {
        return by_priority(sequence, i8::try_from(sequence * 7 % 10).unwrap());
    }
    sequence
}

fn change() -> impl Strategy<Value = Change> {
    let blob = (any::<u8>(), 0..1500_usize).prop_map(|(byte, len)| Bytes::from(vec![byte; len]));
    let add = (container(), 1..40_u64, blob, any::<bool>());
    prop_oneof![
        6 => add.prop_map(|(container, sequence, blob, transient)| {
            // A sequence is either durable or transient for ever, as the broker's are.
            let sequence = sequence * 2 + u64::from(transient);
            let envelope = Envelope::default();
            let sequence = placed(&container, sequence);
            Change::Add { container, sequence, envelope, blob, transient }
        }),
        3 => (1..4_u8, 0..3_u8, 0..1500_usize).prop_map(|(who, topic, len)| {
            let subscriptions = (4..6).filter(|n| who & (1 << (n - 4)) != 0).map(key).collect();
            let (envelope, blob) = (Envelope::default(), Bytes::from(vec![who; len]));
            let topic = topic.to_string().into();
            Change::Publish { topic, subscriptions, sequence: 0, envelope, blob }
        }),
        2 => (container(), 1..140_u64, 1..140_u64)
            .prop_map(|(container, first, last)| {
                let (first, last) = (placed(&container, first), placed(&container, last));
                Change::Offer { container, first, last }
            }),
        6 => (container(), 1..140_u64)
            .prop_map(|(container, sequence)| {
                let sequence = placed(&container, sequence);
                Change::Remove { container, sequence }
            }),
        1 => (0..4_u8).prop_map(|n| Change::PutQueue(n.to_string())),
        1 => (0..4_u8).prop_map(|n| Change::DropQueue(n.to_string())),
        1 => (4..6_u8, any::<bool>()).prop_map(|(n, no_local)| {
            let selector = no_local.then(|| "a = 1".to_owned());
            let topic = "t".into();
            Change::PutSubscription(SubscriptionRecord { key: key(n), topic, selector, no_local })
        }),
        1 => (4..6_u8).prop_map(|n| Change::DropSubscription(key(n))),
        1 => (0..3_u8, -5..5_i64).prop_map(|(n, sequence)| {
            Change::ProducerSequence { producer: n.to_string(), sequence }
        }),
        1 => (0..3_u8).prop_map(|n| Change::DropProducer(n.to_string())),
        1 => (0..3_u8, any::<u8>()).prop_map(|(n, byte)| {
            Change::Mark { name: n.to_string(), bytes: Bytes::from(vec![byte; n.into()]) }
        }),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let batch =
        (vec(change(), 0..8), any::<bool>()).prop_map(|(changes, sync)| Batch { changes, sync });
    prop_oneof![
        8 => vec(batch, 0..4).prop_map(Step::Commit),
        4 => (container(), 0..90_u64, 0..20_usize, 0..3000_usize).prop_map(
            |(container, after, max_count, max_bytes)| {
                let after = placed(&container, after);
                Step::Page { container, after, max_count, max_bytes }
            }
        ),
        2 => Just(Step::Tidy),
        1 => any::<bool>().prop_map(|close| Step::Restart { close }),
    ]
}

/// Short enough to be shown.
fn in_short(page: &[StoredMessage]) -> Vec<(u64, bool, usize, u64)> {
    let sum = |blob: &Bytes| blob.iter().map(|&byte| u64::from(byte)).sum();
    page.iter().map(|m| (m.sequence, m.offered, m.blob.len(), sum(&m.blob))).collect()
}

fn sorted(mut recovered: Recovered) -> Recovered {
    recovered.containers.sort_by(|a, b| a.container.cmp(&b.container));
    recovered.subscriptions.sort_by(|a, b| a.key.cmp(&b.key));
    recovered.producers.sort();
    // Whether what is gone had a priority, a store may remember or not.
    recovered.containers.iter_mut().for_each(|it| it.prioritized = false);
    recovered.marks.sort();
    // A transient message's sequence may be forgotten with it, and the system lives on.
    Recovered { last_sequence: 0, offers_known: true, ..recovered }
}

/// What is published has a sequence that nothing else ever has.
fn number(steps: &mut [Step]) {
    let batches = steps.iter_mut().filter_map(|step| match step {
        Step::Commit(batches) => Some(batches),
        _ => None,
    });
    let mut next = 82;
    for change in batches.flatten().flat_map(|batch| &mut batch.changes) {
        if let Change::Publish { sequence, .. } = change {
            *sequence = next;
            next += 2;
        }
    }
}

fn check(mut steps: Vec<Step>, seed: u64) {
    number(&mut steps);
    let simulated = SimulatedDisk::default();
    let start = || open_simulated(&simulated, SEGMENT_BYTES, seed).unwrap();
    let mut reference = MemoryStore::new();
    let mut real = start();
    assert_eq!(real.recover().unwrap(), Recovered { offers_known: true, ..Recovered::default() });
    for step in steps {
        match step {
            Step::Commit(batches) => {
                real.commit(&batches).unwrap();
                reference.commit(&batches).unwrap();
            }
            Step::Page { container, after, max_count, max_bytes } => {
                let read = real.page(&container, after, max_count, max_bytes).unwrap();
                let expected = reference.page(&container, after, max_count, max_bytes).unwrap();
                assert_eq!(in_short(&read), in_short(&expected));
            }
            Step::Tidy => while real.tidy().unwrap() == Some(Duration::ZERO) {},
            Step::Restart { close } => {
                if close {
                    real.close().unwrap();
                }
                drop(real);
                real = start();
                let expected = sorted(reference.recover().unwrap());
                assert_eq!(sorted(real.recover().unwrap()), expected);
            }
        }
    }
}

/// So small that a few commits fill one.
const SEGMENT_BYTES: u64 = 16 << 10;

/// `PROPTEST_CASES` in the environment sets another number.
fn config(cases: u32) -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").map_or(cases, |more| more.parse().unwrap());
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config(64))]

    #[test]
    fn behaves_like_the_reference(steps in vec(step(), 1..60), seed in any::<u64>()) {
        check(steps, seed);
    }
}
