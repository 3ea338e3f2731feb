//! The log on disks that lose things, and what the Raft library asks of it.

mod crashes;
mod damage;

use std::sync::Arc;

use bytes::Bytes;
use openraft::EntryPayload;

use super::*;
use crate::{
    replica::{
        entry::log_id,
        trouble::{Result, Trouble},
        types::{Entry, Proposal, Vote},
    },
    store::disk::{
        Disk,
        simulated::{Random, SimulatedDisk, Survival},
    },
};

/// So small that a few entries fill one.
const SEGMENT_BYTES: u64 = 2048;

fn open(disk: &SimulatedDisk) -> Result<Journal> {
    let disk: Arc<dyn Disk> = Arc::new(disk.clone());
    Journal::open(disk, SEGMENT_BYTES)
}

fn entry(term: u64, index: u64, len: usize) -> Entry {
    let bytes = Bytes::from(vec![index.to_le_bytes()[0] ^ term.to_le_bytes()[0]; len]);
    Entry { log_id: log_id(term, index), payload: EntryPayload::Normal(Proposal(bytes)) }
}

fn entries(term: u64, indexes: std::ops::Range<u64>, len: usize) -> Vec<Entry> {
    indexes.map(|index| entry(term, index, len)).collect()
}

fn all(journal: &Journal) -> Vec<Entry> {
    journal.read(0, u64::MAX, usize::MAX).unwrap()
}

#[test]
fn entries_come_back_also_after_a_restart() {
    let disk = SimulatedDisk::default();
    let mut journal = open(&disk).unwrap();
    assert!(journal.is_blank());
    let expected = entries(1, 0..50, 100);
    for piece in expected.chunks(7) {
        journal.append(piece.to_vec()).unwrap();
    }
    journal.save_vote(Vote::new(3, 7)).unwrap();
    assert_eq!(all(&journal), expected);
    drop(journal);
    let journal = open(&disk).unwrap();
    assert_eq!(all(&journal), expected);
    assert_eq!((journal.last(), journal.vote()), (Some(log_id(1, 49)), Some(Vote::new(3, 7))));
    assert_eq!(journal.read(10, 40, 1000).unwrap().len(), 4, "as many as fit");
    assert_eq!(journal.read(10, 40, 1).unwrap().len(), 1, "one at least");
}

#[test]
fn what_is_taken_back_is_replaced_by_what_follows() {
    let disk = SimulatedDisk::default();
    for truncated_at in [0, 1, 13, 14, 29, 30] {
        let disk = disk.now().crash(Survival::Everything, &mut Random(1));
        let mut journal = open(&disk).unwrap();
        journal.append(entries(1, 0..30, 100)).unwrap();
        journal.truncate(truncated_at).unwrap();
        let kept = entries(1, 0..truncated_at, 100);
        assert_eq!(all(&journal), kept);
        let newer = entries(2, truncated_at..truncated_at + 20, 60);
        journal.append(newer.clone()).unwrap();
        let expected = [kept, newer].concat();
        assert_eq!(all(&journal), expected);
        drop(journal);
        assert_eq!(all(&open(&disk).unwrap()), expected);
    }
}

#[test]
fn what_is_purged_is_gone_and_its_files_with_it() {
    for purged in [0, 5, 29, 40] {
        let disk = SimulatedDisk::default();
        let mut journal = open(&disk).unwrap();
        journal.append(entries(1, 0..30, 100)).unwrap();
        journal.purge(log_id(1, purged)).unwrap();
        let expected = entries(1, purged + 1..30, 100);
        assert_eq!(all(&journal), expected);
        assert_eq!(journal.purged(), Some(log_id(1, purged)));
        drop(journal);
        let mut journal = open(&disk).unwrap();
        assert_eq!(all(&journal), expected);
        let next = journal.last().unwrap().index + 1;
        assert_eq!(next, 30.max(purged + 1));
        journal.append(entries(2, next..next + 3, 100)).unwrap();
        drop(journal);
        assert_eq!(all(&open(&disk).unwrap()).len() as u64, expected.len() as u64 + 3);
        let files = disk.files().iter().filter(|name| name.contains("segment-")).count();
        assert!(purged < 29 || files <= 2, "{:?}", disk.files());
    }
}

#[test]
fn entries_that_do_not_follow_are_refused() {
    let mut journal = open(&SimulatedDisk::default()).unwrap();
    journal.append(entries(1, 5..8, 10)).unwrap();
    assert!(matches!(journal.append(entries(1, 9..10, 10)), Err(Trouble::Io(_))));
    assert!(journal.append(entries(1, 8..9, 10)).is_err(), "nothing is known after an error");
}

#[test]
fn after_a_sync_that_failed_nothing_is_promised_any_more() {
    let disk = SimulatedDisk::default();
    let mut journal = open(&disk).unwrap();
    journal.append(entries(1, 0..3, 10)).unwrap();
    disk.fail_sync_after(0);
    assert!(journal.append(entries(1, 3..4, 10)).is_err());
    disk.repair();
    assert!(journal.append(entries(1, 4..5, 10)).is_err());
    assert!(journal.save_vote(Vote::new(9, 9)).is_err());
}
