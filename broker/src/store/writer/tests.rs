use std::sync::mpsc::Receiver;

use bytes::Bytes;

use super::*;
use crate::model::{Change, Envelope};
use crate::store::faulty::{Disk, Fault};
use crate::store::memory::MemoryStore;

type Events = Receiver<Vec<StoreEvent>>;

fn spawn(store: impl Store + 'static, limits: GroupLimits) -> (StoreWriter, Events) {
    let (sender, events) = channel();
    let deliver = move |group| drop(sender.send(group));
    let open = move || Ok(Box::new(store) as Box<dyn Store>);
    let writer = StoreWriter::open(open, limits, deliver).unwrap();
    let first = events.recv().unwrap();
    assert!(matches!(first[..], [StoreEvent::Recovered(_)]), "{first:?}");
    (writer, events)
}

fn queue() -> Container {
    Container::Queue("orders".into())
}

fn add(sequence: u64, len: usize) -> Batch {
    let blob = Bytes::from(vec![7; len]);
    let change = Change::Add {
        container: queue(),
        sequence,
        envelope: Envelope::default(),
        blob,
        transient: false,
    };
    Batch { changes: vec![change], sync: true }
}

fn remove(sequence: u64) -> Batch {
    Batch { changes: vec![Change::Remove { container: queue(), sequence }], sync: true }
}

/// By somebody who has not heard of any failure.
fn commit(writer: &StoreWriter, ticket: u64, batch: Batch) {
    writer.commit(Ticket(ticket), batch, Ticket(0));
}

/// Answers as short words, until the thread is gone.
fn words(events: &Events) -> Vec<String> {
    events.iter().flatten().map(|event| word(&event)).collect()
}

fn word(event: &StoreEvent) -> String {
    match event {
        StoreEvent::Stored(t) => format!("stored {}", t.0),
        StoreEvent::StoreFailed(t, e, _) if e.is_final() => format!("failed {}", t.0),
        StoreEvent::StoreFailed(t, ..) => format!("full {}", t.0),
        StoreEvent::Paged(t, page) => format!("paged {}: {}", t.0, page.len()),
        StoreEvent::PageFailed(t, _) => format!("no page {}", t.0),
        StoreEvent::Recovered(_) => "recovered".into(),
        StoreEvent::OpenFailed(_) => "not opened".into(),
        StoreEvent::Closed => "closed".into(),
        StoreEvent::CloseFailed(_) => "not closed".into(),
    }
}

#[test]
fn answers_in_the_order_of_the_requests_and_pages_see_what_came_before_them() {
    let (writer, events) = spawn(MemoryStore::new(), GroupLimits::default());
    commit(&writer, 1, add(1, 10));
    writer.page(Ticket(2), queue(), 0, 10, 1000);
    commit(&writer, 3, add(2, 10));
    writer.page(Ticket(4), queue(), 0, 10, 1000);
    writer.close();
    let expected = ["stored 1", "paged 2: 1", "stored 3", "paged 4: 2", "closed"];
    assert_eq!(words(&events), expected);
}

// Consumers of a backlog wait for these, and must not wait for all that producers have sent.
#[test]
fn marks_of_what_is_given_overtake_what_waits_to_be_kept() {
    let disk = Disk::new();
    disk.plan(Fault::FreezeSync(1));
    let (writer, events) = spawn(disk.open(), GroupLimits { max_batches: 1, max_bytes: 1 });
    commit(&writer, 1, add(1, 10));
    while !disk.is_frozen() {
        std::thread::yield_now();
    }
    commit(&writer, 2, add(2, 10));
    commit(&writer, 3, add(3, 10));
    let mark = Change::Offer { container: queue(), first: 1, last: 1 };
    commit(&writer, 4, Batch { changes: vec![mark], sync: false });
    disk.thaw();
    writer.close();
    assert_eq!(words(&events), ["stored 1", "stored 4", "stored 2", "stored 3", "closed"]);
}

/// Beside a burst of messages that are not for the disk, an honest client's confirmations took seconds.
#[test]
fn whoever_waits_for_the_disk_overtakes_what_is_not_for_it_but_drops_it_last() {
    let disk = Disk::new();
    disk.plan(Fault::FreezeSync(1));
    let (writer, events) = spawn(disk.open(), GroupLimits { max_batches: 1, max_bytes: 1 });
    commit(&writer, 1, add(1, 10));
    while !disk.is_frozen() {
        std::thread::yield_now();
    }
    let transient = |sequence| {
        let blob = vec![7; 100_000].into();
        let add = Change::Add {
            container: queue(),
            sequence,
            envelope: Envelope::default(),
            blob,
            transient: true,
        };
        Batch { changes: vec![add], sync: false }
    };
    for sequence in 2..=4 {
        commit(&writer, sequence, transient(sequence));
    }
    commit(&writer, 5, add(5, 10));
    let drop_queue = Change::DropQueue("orders".into());
    commit(&writer, 6, Batch { changes: vec![drop_queue], sync: true });
    writer.page(Ticket(7), queue(), 0, 10, usize::MAX);
    disk.thaw();
    writer.close();
    let expected = [1, 2, 5, 3, 4, 6].map(|n| format!("stored {n}"));
    assert_eq!(words(&events), [&expected[..], &["paged 7: 0".into(), "closed".into()]].concat());
}

/// A master that has lost its lock writes nothing more into a store that may soon be another one's.
#[test]
fn what_waits_when_the_store_is_given_up_is_neither_written_nor_answered() {
    let disk = Disk::new();
    disk.plan(Fault::FreezeSync(1));
    let (writer, events) = spawn(disk.open(), GroupLimits { max_batches: 1, max_bytes: 1 });
    commit(&writer, 1, add(1, 10));
    while !disk.is_frozen() {
        std::thread::yield_now();
    }
    commit(&writer, 2, add(2, 10));
    let mark = Change::Offer { container: queue(), first: 1, last: 1 };
    commit(&writer, 3, Batch { changes: vec![mark], sync: false });
    writer.close();
    writer.abandon();
    disk.thaw();
    assert_eq!(words(&events), ["stored 1"]);
    let left = disk.open().recover().unwrap();
    assert_eq!(left.containers.iter().map(|it| it.count).collect::<Vec<_>>(), [1]);
}

#[test]
fn what_gathers_while_the_disk_works_shares_one_sync() {
    let disk = Disk::new();
    disk.plan(Fault::FreezeSync(1));
    let (writer, events) = spawn(disk.open(), GroupLimits::default());
    commit(&writer, 1, add(1, 10));
    while !disk.is_frozen() {
        std::thread::yield_now();
    }
    for n in 2..=50 {
        commit(&writer, n, add(n, 10));
    }
    assert!(writer.pending_bytes() >= 50 * 10);
    disk.thaw();
    assert_eq!(events.recv().unwrap().len(), 1);
    assert_eq!(events.recv().unwrap().len(), 49);
    assert_eq!(disk.syncs(), 2);
    assert_eq!(writer.pending_bytes(), 0);
}

#[test]
fn a_group_stays_within_its_limits() {
    let disk = Disk::new();
    disk.plan(Fault::FreezeSync(1));
    let limits = GroupLimits { max_batches: 3, max_bytes: usize::MAX };
    let (writer, events) = spawn(disk.open(), limits);
    commit(&writer, 0, add(1, 10));
    while !disk.is_frozen() {
        std::thread::yield_now();
    }
    (1..=7).for_each(|n| commit(&writer, n, add(n + 1, 10)));
    disk.thaw();
    drop(writer);
    let sizes: Vec<usize> = events.iter().map(|group| group.len()).collect();
    assert_eq!(sizes, [1, 3, 3, 1]);
}

// Those that come behind it would otherwise be kept before it when it is tried again.
#[test]
fn what_is_added_behind_a_batch_that_found_no_room_finds_none_either_until_that_is_known() {
    let disk = Disk::new();
    disk.plan(Fault::FreezeSync(1));
    disk.plan(Fault::FullAbove(1000));
    let (writer, events) = spawn(disk.open(), GroupLimits::default());
    commit(&writer, 1, add(1, 10));
    while !disk.is_frozen() {
        std::thread::yield_now();
    }
    commit(&writer, 2, add(2, 5000));
    commit(&writer, 3, remove(1));
    commit(&writer, 4, add(4, 10));
    writer.commit(Ticket(5), add(5, 10), Ticket(2));
    commit(&writer, 6, remove(5));
    commit(&writer, 7, add(7, 10));
    disk.thaw();
    writer.close();
    let expected = ["stored 1", "full 2", "stored 3", "full 4", "stored 5", "stored 6", "full 7"];
    assert_eq!(words(&events), [&expected[..], &["closed"]].concat());
}

#[test]
fn after_a_failed_sync_nothing_is_tried_again() {
    let disk = Disk::new();
    disk.plan(Fault::FailSyncAndLose(2));
    let (writer, events) = spawn(disk.open(), GroupLimits { max_batches: 1, max_bytes: 1 });
    (1..=3).for_each(|n| commit(&writer, n, add(n, 10)));
    writer.page(Ticket(4), queue(), 0, 10, 1000);
    writer.close();
    let expected = ["stored 1", "failed 2", "failed 3", "no page 4", "not closed"];
    assert_eq!(words(&events), expected);
    assert_eq!(disk.syncs(), 2);
}

#[test]
fn a_store_that_panics_is_answered_as_a_failure() {
    struct Explosive;
    impl Store for Explosive {
        fn recover(&mut self) -> Result<Recovered, StoreError> {
            Ok(Recovered::default())
        }
        fn commit(&mut self, _: &[Batch]) -> Result<(), StoreError> {
            panic!("as planned")
        }
        fn page(
            &mut self,
            _: &Container,
            _: u64,
            _: usize,
            _: usize,
        ) -> Result<Vec<StoredMessage>, StoreError> {
            Ok(Vec::new())
        }
        fn close(&mut self) -> Result<(), StoreError> {
            Ok(())
        }
    }
    let (writer, events) = spawn(Explosive, GroupLimits::default());
    commit(&writer, 1, add(1, 10));
    writer.page(Ticket(2), queue(), 0, 1, 1);
    writer.close();
    assert_eq!(words(&events), ["failed 1", "no page 2", "not closed"]);
}

#[test]
fn dropping_the_handle_finishes_what_was_handed_in_without_a_clean_mark() {
    let disk = Disk::new();
    let (writer, events) = spawn(disk.open(), GroupLimits::default());
    commit(&writer, 1, add(1, 10));
    drop(writer);
    assert_eq!(words(&events), ["stored 1"]);
    let recovered = disk.open().recover().unwrap();
    assert_eq!((recovered.last_sequence, recovered.offers_known), (1, false));
}
