//! What is applied, frozen and installed; and what the Raft library asks of a log and a state machine.

mod crashes;
mod suite;

use std::{path::Path, sync::Arc};

use bytes::Bytes;
use openraft::{EntryPayload, Membership};

use super::*;
use crate::{
    model::{Batch, Change, Container, Envelope, form},
    replica::{
        entry::log_id,
        types::{Entry, Member, Proposal},
    },
    store::{
        Store,
        disk::{Disk, simulated::SimulatedDisk},
    },
};

const SEGMENT_BYTES: u64 = 16 << 10;

fn contents(disk: &Arc<dyn Disk>) -> Contents {
    Contents::open_with(disk.clone(), Path::new("(simulated)"), true, Some(SEGMENT_BYTES)).unwrap()
}

fn shared(disk: &SimulatedDisk) -> Arc<dyn Disk> {
    Arc::new(disk.clone())
}

fn queue() -> Container {
    Container::Queue("orders".into())
}

fn add(sequence: u64, len: usize) -> Change {
    let blob = Bytes::from(vec![sequence.to_le_bytes()[0]; len]);
    let envelope = Envelope::default();
    Change::Add { container: queue(), sequence, envelope, blob, transient: false }
}

fn proposal(index: u64, changes: Vec<Change>) -> Entry {
    let bytes = form::encode(&[Batch { changes, sync: true }]);
    Entry { log_id: log_id(1, index), payload: EntryPayload::Normal(Proposal(bytes)) }
}

fn members(index: u64) -> Entry {
    let member = Member { name: "a".into(), address: "127.0.0.1:1".into() };
    let nodes = [(7, member)];
    let members = Membership::new(vec![[7].into()], std::collections::BTreeMap::from(nodes));
    Entry { log_id: log_id(1, index), payload: EntryPayload::Membership(members) }
}

fn sequences(contents: &mut Contents) -> Vec<u64> {
    let page = contents.store().unwrap().page(&queue(), 0, usize::MAX, usize::MAX).unwrap();
    page.iter().map(|message| message.sequence).collect()
}

#[test]
fn what_is_applied_and_up_to_where_is_one_thing() {
    let disk = shared(&SimulatedDisk::default());
    let mut first = contents(&disk);
    first.apply([members(0), proposal(1, vec![add(1, 10), add(2, 10)])].into_iter()).unwrap();
    let remove = Change::Remove { container: queue(), sequence: 1 };
    first.apply([proposal(2, vec![remove])].into_iter()).unwrap();
    drop(first);
    let mut second = contents(&disk);
    assert_eq!(second.applied(), Some(log_id(1, 2)));
    assert_eq!(second.membership().voter_ids().collect::<Vec<_>>(), [7]);
    assert_eq!(sequences(&mut second), [2]);
}

#[test]
fn a_snapshot_is_as_the_store_was_whatever_happens_to_that_later() {
    let (from, to) = (shared(&SimulatedDisk::default()), shared(&SimulatedDisk::default()));
    let mut source = contents(&from);
    for index in 0..60 {
        source.apply([proposal(index, vec![add(index + 1, 1000)])].into_iter()).unwrap();
    }
    let (files, meta) = (source.freeze().unwrap(), source.meta());
    for index in 60..200 {
        let remove = Change::Remove { container: queue(), sequence: index - 59 };
        source.apply([proposal(index, vec![remove, add(index + 1, 1000)])].into_iter()).unwrap();
        source.store().unwrap().tidy().unwrap();
    }
    let mut target = contents(&to);
    target.apply([proposal(0, vec![add(500, 10)])].into_iter()).unwrap();
    target.install(&meta, files).unwrap();
    assert_eq!(sequences(&mut target), (1..=60).collect::<Vec<_>>());
    assert_eq!(target.applied(), Some(log_id(1, 59)));
    target.apply([proposal(60, vec![add(61, 10)])].into_iter()).unwrap();
    drop(target);
    assert_eq!(sequences(&mut contents(&to)), (1..=61).collect::<Vec<_>>());
    let left = from.list("").unwrap();
    assert!(left.iter().all(|entry| !entry.name.starts_with("frozen-")), "{left:?}");
}

#[test]
fn a_snapshot_that_is_not_what_it_says_is_refused() {
    let (from, to) = (shared(&SimulatedDisk::default()), shared(&SimulatedDisk::default()));
    let mut source = contents(&from);
    source.apply([proposal(0, vec![add(1, 10)])].into_iter()).unwrap();
    let (files, mut meta) = (source.freeze().unwrap(), source.meta());
    meta.last_log_id = Some(log_id(1, 9));
    let refused = contents(&to).install(&meta, files).unwrap_err().to_string();
    assert!(refused.contains("holds another state than it says"), "{refused}");
}
