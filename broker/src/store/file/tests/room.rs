//! Room: on a full disk, below a limit, and given back.

use super::*;
use crate::store::disk::Disk;
use crate::store::disk::simulated::{Random, Survival};

const SEGMENT_BYTES: u64 = 64 << 10;

fn simulated(disk: &SimulatedDisk) -> FileStore {
    let mut store = open_simulated(disk, SEGMENT_BYTES, 3).unwrap();
    store.recover().unwrap();
    store
}

/// Adds messages until one is refused; returns the last that was taken.
fn fill(store: &mut FileStore, from: u64, len: usize) -> u64 {
    for sequence in from.. {
        match store.commit(&synced(vec![add(sequence, len)])) {
            Ok(()) => {}
            Err(StoreError::Full { detail, .. }) => {
                assert!(detail.contains("are free"), "{detail}");
                return sequence - 1;
            }
            Err(other) => panic!("{other}"),
        }
    }
    unreachable!()
}

fn used(disk: &SimulatedDisk) -> u64 {
    disk.files().iter().map(|file| disk.read(file).len() as u64).sum()
}

fn settle(store: &mut FileStore) {
    for _ in 0..10_000 {
        if store.tidy().unwrap().is_none() {
            return;
        }
    }
    panic!("it never settles");
}

#[test]
fn when_room_is_short_adding_is_refused_and_removing_is_not() {
    let dir = TempDir::new().unwrap();
    recovered(dir.path()).commit(&synced(vec![add(1, 10), add(2, 10)])).unwrap();
    let mut store = options(dir.path()).reserve_bytes(u64::MAX / 2).open().unwrap();
    store.recover().unwrap();
    let full = store.commit(&synced(vec![add(3, 10), remove(2)])).unwrap_err();
    assert!(matches!(full, StoreError::Full { .. }), "{full}");
    assert_eq!(sequences(&mut store), [1, 2]);
    store.commit(&synced(vec![remove(1)])).unwrap();
    assert_eq!(sequences(&mut store), [2]);
    store.close().unwrap();
}

/// A prepared transaction is as large as its messages; what stores remember themselves is small.
#[test]
fn when_room_is_short_what_is_remembered_is_refused_if_it_is_large() {
    let dir = TempDir::new().unwrap();
    recovered(dir.path()).commit(&synced(vec![add(1, 10)])).unwrap();
    let mut store = options(dir.path()).reserve_bytes(u64::MAX / 2).open().unwrap();
    store.recover().unwrap();
    let mark = |len| Change::Mark { name: "a".to_owned(), bytes: vec![1; len].into() };
    let full = store.commit(&synced(vec![mark(2000)])).unwrap_err();
    assert!(matches!(full, StoreError::Full { .. }), "{full}");
    store.commit(&synced(vec![mark(100)])).unwrap();
    store.commit(&synced(vec![mark(0)])).unwrap();
    store.close().unwrap();
}

/// Small messages, whose removals take more room in the log than they had, and large ones; first in
/// first out, and in an order that empties no segment before the end.
#[test]
fn a_full_disk_can_be_drained_and_filled_again_and_again() {
    let disks =
        [(512 << 10, 16 << 10, 10), (1 << 20, 16 << 10, 1000), (3 << 20, 64 << 10, 100_000)];
    for (room, segment_bytes, len) in disks {
        for step in [1, 7] {
            let disk = SimulatedDisk::with_room(room);
            let mut store = open_simulated(&disk, segment_bytes, 3).unwrap();
            store.recover().unwrap();
            let (mut next, mut least) = (1, u64::MAX);
            for _ in 0..3 {
                let last = fill(&mut store, next, len);
                // With the header of each commit.
                least = least.min((last + 1 - next) * (len as u64 + 70));
                for first in 0..step {
                    for sequence in (next + first..=last).step_by(usize::try_from(step).unwrap()) {
                        store.commit(&synced(vec![remove(sequence)])).unwrap();
                    }
                }
                assert_eq!(sequences(&mut store), [0_u64; 0]);
                next = last + 1;
                settle(&mut store);
            }
            assert!(least > room / 3, "{least} bytes of {len} each");
        }
    }
}

#[test]
fn a_store_that_is_full_can_be_opened_again_and_drained() {
    let disk = SimulatedDisk::with_room(3 << 20);
    let mut store = simulated(&disk);
    let last = fill(&mut store, 1, 1000);
    for _ in 0..20 {
        drop(store);
        store = simulated(&disk);
        fill(&mut store, last + 1, 1000);
    }
    assert!(sequences(&mut store).len() as u64 >= last);
    for sequence in sequences(&mut store) {
        store.commit(&synced(vec![remove(sequence)])).unwrap();
    }
    settle(&mut store);
    fill(&mut store, 100_000, 1000);
    store.close().unwrap();
}

#[test]
fn what_is_refused_has_changed_nothing() {
    let disk = SimulatedDisk::with_room(3 << 20);
    let mut store = simulated(&disk);
    let last = fill(&mut store, 1, 1000);
    let transient = |sequence| {
        let blob = Bytes::from_static(b"spilled");
        Change::Add {
            container: queue(),
            sequence,
            envelope: Envelope::default(),
            blob,
            transient: true,
        }
    };
    let refused = vec![
        Change::PutQueue("new".into()),
        transient(50_000),
        remove(1),
        Change::ProducerSequence { producer: "p".into(), sequence: 4 },
        add(50_001, 1000),
    ];
    let full = store.commit(&synced(refused)).unwrap_err();
    assert!(matches!(full, StoreError::Full { .. }), "{full}");
    assert_eq!(sequences(&mut store), (1..=last).collect::<Vec<_>>());
    drop(store);
    let mut store = open_simulated(&disk, SEGMENT_BYTES, 3).unwrap();
    let recovered = store.recover().unwrap();
    assert_eq!((recovered.containers.len(), recovered.producers.len()), (1, 0));
}

#[test]
fn a_limit_is_kept_as_if_it_were_the_disk() {
    let disk = SimulatedDisk::default();
    let shared: Arc<dyn Disk> = Arc::new(disk.clone());
    let options = FileStoreOptions::new("(simulated)").limit_bytes(LEAST_LIMIT_BYTES);
    let keeper = Box::new(LazyKeeper::new(shared.clone(), 3));
    let mut store = options.open_on(shared, keeper).unwrap();
    store.recover().unwrap();
    let mut next = 1;
    for _ in 0..3 {
        let last = fill(&mut store, next, 5000);
        assert!((last - next) * 5000 > LEAST_LIMIT_BYTES / 2);
        assert!(used(&disk) <= LEAST_LIMIT_BYTES, "{}", used(&disk));
        let removals = (next..=last).map(remove).collect();
        store.commit(&synced(removals)).unwrap();
        settle(&mut store);
        next = last + 1;
    }
}

#[test]
fn a_drained_queue_gives_its_disk_back() {
    let disk = SimulatedDisk::default();
    let mut store = simulated(&disk);
    for sequence in 1..=500 {
        store.commit(&synced(vec![add(sequence, 10_000)])).unwrap();
    }
    assert!(used(&disk) > 5_000_000);
    for sequence in 1..=500 {
        store.commit(&synced(vec![remove(sequence)])).unwrap();
    }
    settle(&mut store);
    assert!(used(&disk) < 6 * SEGMENT_BYTES, "{}", used(&disk));
}

#[test]
fn one_message_that_stays_for_ever_does_not_keep_its_neighbours_room() {
    let disk = SimulatedDisk::default();
    let mut store = simulated(&disk);
    let stays = |sequence: u64| sequence.is_multiple_of(50);
    for sequence in 1..=2000_u64 {
        store.commit(&synced(vec![add(sequence, 2000)])).unwrap();
        if let Some(old) = sequence.checked_sub(100).filter(|&old| old > 0 && !stays(old)) {
            store.commit(&synced(vec![remove(old)])).unwrap();
        }
    }
    settle(&mut store);
    let left = sequences(&mut store);
    let living = left.len() as u64 * 2000;
    assert!(used(&disk) < 2 * living + 8 * SEGMENT_BYTES, "{} for {living}", used(&disk));
    drop(store);
    assert_eq!(sequences(&mut simulated(&disk)), left);
}

#[test]
fn a_store_that_is_started_again_and_again_does_not_grow() {
    let disk = SimulatedDisk::default();
    for sequence in 1..=200 {
        let mut store = simulated(&disk);
        store.commit(&synced(vec![add(sequence, 100)])).unwrap();
        if sequence % 2 == 0 {
            store.close().unwrap();
        }
        settle_if_open(&mut store);
    }
    assert!(disk.files().len() < 60, "{:?}", disk.files());
    assert!(used(&disk) < 40 * SEGMENT_BYTES, "{}", used(&disk));
    assert_eq!(sequences(&mut simulated(&disk)).len(), 200);
}

fn settle_if_open(store: &mut FileStore) {
    while let Ok(Some(_)) = store.tidy() {}
}

#[test]
fn an_emptied_spill_gives_its_disk_back_at_once() {
    let dir = TempDir::new().unwrap();
    let mut store = recovered(dir.path());
    let spilled = |sequence| Change::Add {
        container: queue(),
        sequence,
        envelope: Envelope::default(),
        blob: Bytes::from(vec![1; 1 << 20]),
        transient: true,
    };
    store.commit(&[Batch { changes: (1..=20).map(spilled).collect(), sync: false }]).unwrap();
    assert!(dir.path().join("spill").exists());
    store.commit(&[Batch { changes: (1..=20).map(remove).collect(), sync: false }]).unwrap();
    assert!(!dir.path().join("spill").exists());
    store.commit(&[Batch { changes: vec![spilled(21)], sync: false }]).unwrap();
    assert_eq!(sequences(&mut store), [21]);
}

#[test]
fn an_error_of_the_disk_is_final() {
    for syncs in 0..60 {
        let disk = SimulatedDisk::default();
        disk.fail_sync_after(syncs);
        let mut confirmed = 0;
        let failed =
            |disk: &SimulatedDisk, confirmed: &mut u64| -> std::result::Result<(), StoreError> {
                let opened = open_simulated(disk, SEGMENT_BYTES, 3);
                let mut store = opened.map_err(|trouble| trouble.of(Path::new("(simulated)")))?;
                store.recover()?;
                for sequence in 1..100 {
                    if let Err(error) = store.commit(&synced(vec![add(sequence, 5000)])) {
                        assert!(store.commit(&synced(vec![remove(1)])).is_err(), "it goes on");
                        return Err(error);
                    }
                    *confirmed = sequence;
                }
                Ok(())
            };
        let error = failed(&disk, &mut confirmed).unwrap_err();
        assert!(error.is_final() && error.to_string().contains("as planned"), "{error}");
        let after = disk.now().crash(Survival::Nothing, &mut Random(syncs));
        after.repair();
        let mut store = simulated(&after);
        assert!(sequences(&mut store).len() as u64 >= confirmed);
    }
}
