//! Any series of commits, page reads and restarts gives what the reference gives.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::model::{SubscriptionKey, SubscriptionRecord};
use crate::store::faulty::Disk;

#[derive(Clone, Debug)]
enum Step {
    Commit(Vec<Batch>),
    Page { container: Container, after: u64, max_count: usize, max_bytes: usize },
    Restart { close: bool },
}

fn key(n: u8) -> SubscriptionKey {
    SubscriptionKey { client_id: "c".into(), name: n.to_string() }
}

fn container() -> impl Strategy<Value = Container> {
    (0..6_u8).prop_map(|n| match n {
        0..4 => Container::Queue(n.to_string()),
        _ => Container::Subscription(key(n)),
    })
}

fn change() -> impl Strategy<Value = Change> {
    let blob = vec(any::<u8>(), 0..40).prop_map(Bytes::from);
    let add = (container(), 1..40_u64, blob, any::<bool>());
    prop_oneof![
        6 => add.prop_map(|(container, sequence, blob, transient)| {
            // A sequence is either durable or transient for ever, as the broker's are.
            let sequence = sequence * 2 + u64::from(transient);
            Change::Add { container, sequence, blob, transient }
        }),
        6 => (container(), 1..82_u64)
            .prop_map(|(container, sequence)| Change::Remove { container, sequence }),
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
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let batch = vec(change(), 0..8).prop_map(|changes| Batch { changes, sync: true });
    prop_oneof![
        8 => vec(batch, 0..4).prop_map(Step::Commit),
        4 => (container(), 0..90_u64, 0..20_usize, 0..300_usize).prop_map(
            |(container, after, max_count, max_bytes)| {
                Step::Page { container, after, max_count, max_bytes }
            }
        ),
        1 => any::<bool>().prop_map(|close| Step::Restart { close }),
    ]
}

fn sorted(mut recovered: Recovered) -> Recovered {
    recovered.containers.sort_by(|a, b| a.container.cmp(&b.container));
    recovered.subscriptions.sort_by(|a, b| a.key.cmp(&b.key));
    recovered.producers.sort();
    // A transient message's sequence may be forgotten with it.
    Recovered { last_sequence: 0, ..recovered }
}

fn check(steps: Vec<Step>, write_buffer_bytes: u64) {
    let dir = TempDir::new().unwrap();
    let start = || options(dir.path()).write_buffer_bytes(write_buffer_bytes).open().unwrap();
    let disk = Disk::new();
    let (mut real, mut reference) = (start(), disk.open());
    assert_eq!(real.recover().unwrap(), reference.recover().unwrap());
    for step in steps {
        match step {
            Step::Commit(batches) => {
                real.commit(&batches).unwrap();
                reference.commit(&batches).unwrap();
            }
            Step::Page { container, after, max_count, max_bytes } => {
                let read = real.page(&container, after, max_count, max_bytes).unwrap();
                let expected = reference.page(&container, after, max_count, max_bytes).unwrap();
                assert_eq!(read, expected);
            }
            Step::Restart { close } => {
                if close {
                    real.close().unwrap();
                    reference.close().unwrap();
                }
                drop(real);
                (real, reference) = (start(), disk.open());
                let expected = sorted(reference.recover().unwrap());
                assert_eq!(sorted(real.recover().unwrap()), expected);
            }
        }
    }
}

/// `PROPTEST_CASES` in the environment sets another number.
fn config(cases: u32) -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").map_or(cases, |more| more.parse().unwrap());
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config(24))]

    #[test]
    fn behaves_like_the_reference(steps in vec(step(), 1..40)) {
        check(steps, 16 << 20);
    }
}

proptest! {
    #![proptest_config(config(8))]

    #[test]
    fn behaves_like_the_reference_with_tables_written_all_the_time(
        steps in vec(step(), 1..40)
    ) {
        check(steps, 1);
    }
}
