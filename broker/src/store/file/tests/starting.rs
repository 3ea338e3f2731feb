//! What a start costs after a kill. The queue that was left may be as deep as the disk is large.

use super::*;

const SEGMENT: u64 = 64 << 10;
/// So large that a start does not make one, but a small one.
const LARGE_SEGMENT: u64 = 8 << 20;

/// What a start did.
#[derive(Debug, PartialEq, Eq)]
struct Start {
    syncs: u64,
    bytes_read: u64,
}

/// Fills a queue and kills its owner; then the start.
fn start_with(messages: u64, segment: u64) -> Start {
    let disk = SimulatedDisk::default();
    let mut store = open_simulated(&disk, segment, 1).unwrap();
    store.recover().unwrap();
    for sequence in 1..=messages {
        store.commit(&synced(vec![add(sequence, 1000)])).unwrap();
    }
    drop(store);
    let before = disk.costs();
    let mut store = open_simulated(&disk, segment, 2).unwrap();
    let recovered = store.recover().unwrap();
    let after = disk.costs();
    assert_eq!(recovered.containers.iter().map(|it| it.count).sum::<u64>(), messages);
    let first = store.page(&queue(), 0, 1, usize::MAX).unwrap();
    assert_eq!(first.first().map(|it| it.sequence), (messages > 0).then_some(1));
    Start { syncs: after.0 - before.0, bytes_read: after.1 - before.1 }
}

/// The log since the last checkpoint is read, and its end looked at; a checkpoint is due with each new segment as
/// long as it is small beside that.
#[test]
fn a_start_reads_no_more_of_a_deep_queue_than_of_a_short_one() {
    for messages in [100, 1000, 4000] {
        let start = start_with(messages, SEGMENT);
        assert!(start.bytes_read <= 4 * SEGMENT, "{messages} messages: {start:?}");
    }
}

/// Each may take as long as a disk that is busy with what was written before the kill. Of the store's folder and
/// of its name; of the segments that were read; of a new segment, its pieces and its name; of the checkpoint and
/// its name.
#[test]
fn a_start_waits_for_few_syncs() {
    let cases =
        [(0, SEGMENT), (100, SEGMENT), (1000, SEGMENT), (4000, SEGMENT), (100, LARGE_SEGMENT)];
    for (messages, segment) in cases {
        let start = start_with(messages, segment);
        assert!(start.syncs <= 8, "{messages} messages: {start:?}");
    }
}
