//! Whatever happens to one file of a store, closed in order or killed, it is noticed or harmless: what
//! is read is all that was there, or the last commit is told to be incomplete.

use super::*;
use crate::model::StoredMessage;
use crate::store::disk::Disk;
use crate::store::disk::simulated::Random;
use crate::store::file::format::seeds::Seeds;
use crate::store::file::log::segment_name;

const SEGMENT_BYTES: u64 = 16 << 10;

/// A store with sealed segments, removed and offered messages, and something after its checkpoint.
fn filled(close: bool) -> SimulatedDisk {
    let disk = SimulatedDisk::default();
    let mut store = open_simulated(&disk, SEGMENT_BYTES, 7).unwrap();
    store.recover().unwrap();
    for n in 1..=60 {
        let mut changes = vec![add(2 * n, 500), add(2 * n + 1, 10)];
        changes.extend((n % 3 == 0).then(|| remove(n)));
        changes.push(Change::Offer { container: queue(), first: n, last: n + 1 });
        changes.push(Change::PutQueue(format!("empty {n}")));
        store.commit(&synced(changes)).unwrap();
    }
    if close {
        store.close().unwrap();
    }
    disk
}

type Contents = (Vec<StoredMessage>, usize);

/// `Err` if the damage was noticed, or else what was read, and whether an incomplete end was told.
fn read_all(disk: &SimulatedDisk) -> std::result::Result<(Contents, bool), String> {
    let told = match check::examine_on(Arc::new(disk.clone())) {
        Ok(examined) => examined.to_string().contains("incomplete end"),
        Err(trouble) => return Err(format!("{trouble:?}")),
    };
    let mut store = open_simulated(disk, SEGMENT_BYTES, 8).map_err(|it| format!("{it:?}"))?;
    let recovered = store.recover().map_err(|error| error.to_string())?;
    let page = store.page(&queue(), 0, usize::MAX, usize::MAX).map_err(|it| it.to_string())?;
    Ok(((page, recovered.containers.len()), told))
}

/// Tries one damage in each file; returns how many were noticed.
fn damage(what: &str, mut harm: impl FnMut(&str, &mut Vec<u8>) -> bool) -> usize {
    let mut noticed = 0;
    for close in [true, false] {
        let whole = filled(close);
        let (expected, _) = read_all(&copy(&whole)).unwrap();
        for file in whole.files() {
            let mut bytes = whole.read(&file);
            if !harm(&file, &mut bytes) || bytes == whole.read(&file) {
                continue;
            }
            let broken = copy(&whole);
            broken.overwrite(&file, &bytes);
            match read_all(&broken) {
                Err(_) => noticed += 1,
                Ok((found, _)) if found == expected => {}
                Ok((found, told)) => {
                    assert!(told && !close, "silent loss after {what} in {file}");
                    assert_eq!(found.0.len(), expected.0.len() - 1, "after {what} in {file}");
                }
            }
        }
    }
    noticed
}

fn copy(disk: &SimulatedDisk) -> SimulatedDisk {
    disk.now().kill(&mut Random(0))
}

#[test]
fn a_store_that_is_whole_reads_as_such() {
    for close in [true, false] {
        let disk = filled(close);
        let files = disk.files();
        let count = |kind: &str| files.iter().filter(|file| file.contains(kind)).count();
        assert!(count("segment") > 3 && count("table") > 1, "{files:?}");
        let ((page, containers), told) = read_all(&disk).unwrap();
        assert_eq!((page.len(), containers, told), (100, 61, false));
    }
}

#[test]
fn a_flipped_byte_anywhere_is_noticed_or_harmless() {
    let mut noticed = 0;
    for part in 0..40 {
        noticed += damage(&format!("a flip at {part}/40"), |_, bytes| {
            let used = bytes.iter().rposition(|&byte| byte != 0).unwrap_or(0);
            let at = used * part / 39;
            bytes.get_mut(at).map(|byte| *byte ^= 0x55).is_some()
        });
    }
    assert!(noticed > 200, "{noticed}");
}

#[test]
fn a_flipped_byte_in_any_header_is_noticed_or_harmless() {
    let mut noticed = 0;
    for at in (0..64).chain(4096..4096 + 80) {
        noticed += damage(&format!("a flip at byte {at}"), |_, bytes| {
            bytes.get_mut(at).map(|byte| *byte ^= 0xff).is_some()
        });
    }
    assert!(noticed > 200, "{noticed}");
}

#[test]
fn a_cut_off_file_is_noticed_or_harmless() {
    let mut noticed = 0;
    for part in 0..10 {
        noticed += damage(&format!("a cut at {part}/10"), |_, bytes| {
            bytes.truncate(bytes.len() * part / 10);
            true
        });
    }
    assert!(noticed > 30, "{noticed}");
}

#[test]
fn a_page_of_zeros_anywhere_is_noticed_or_harmless() {
    let mut noticed = 0;
    for page in 0..8 {
        noticed += damage(&format!("zeros in page {page}"), |_, bytes| {
            let from = page * 4096;
            let to = bytes.len().min(from + 4096);
            bytes.get_mut(from..to).map(|page| page.fill(0)).is_some()
        });
    }
    assert!(noticed > 20, "{noticed}");
}

#[test]
fn a_file_with_the_contents_of_another_is_noticed_or_harmless() {
    let whole = [filled(true), filled(false)];
    let mut noticed = 0;
    for other in whole.iter().flat_map(|disk| disk.files()) {
        noticed += damage(&format!("the contents of {other}"), |file, bytes| {
            // Two stores differ in their names; within one it is the worst that a mix-up can do.
            let from = whole.iter().find(|disk| disk.files().contains(&other)).unwrap();
            *bytes = from.read(&other);
            other != file
        });
    }
    assert!(noticed > 100, "{noticed}");
}

#[test]
fn a_missing_file_is_noticed_or_harmless() {
    for close in [true, false] {
        let whole = filled(close);
        let (expected, _) = read_all(&copy(&whole)).unwrap();
        for file in whole.files() {
            let broken = copy(&whole);
            broken.remove(&file).unwrap();
            if let Ok((found, _)) = read_all(&broken) {
                assert_eq!(found, expected, "silent loss without {file}");
            }
        }
    }
}

/// Offsets of the records in a segment.
fn records(disk: &SimulatedDisk, segment: u64) -> Vec<u64> {
    let store = birth::store_in(disk).unwrap().unwrap();
    let file = disk.open(&segment_name(FOLDER, segment)).unwrap();
    let bytes = file.len().unwrap();
    let file = log::SegmentFile { number: segment, bytes, file: file.into() };
    let mut records = log::Records::new(FOLDER, &file, Seeds::of(store), bytes);
    let mut found = Vec::new();
    loop {
        let at = records.at();
        match records.next().unwrap() {
            log::Read::Commit(..) => found.push(at),
            _ => return found,
        }
    }
}

fn killed_with(sizes: &[usize]) -> SimulatedDisk {
    let disk = SimulatedDisk::default();
    let mut store = open_simulated(&disk, 1 << 20, 7).unwrap();
    store.recover().unwrap();
    for (n, &len) in (1..).zip(sizes) {
        store.commit(&synced(vec![add(n, len)])).unwrap();
    }
    disk
}

fn zero(disk: &SimulatedDisk, from: u64, len: usize) {
    let name = segment_name(FOLDER, 1);
    let mut bytes = disk.read(&name);
    let from = usize::try_from(from).unwrap();
    bytes[from..from + len].fill(0);
    disk.overwrite(&name, &bytes);
}

/// The last unsynced write of a power cut has no order: a page in its middle may be missing while the
/// rest is there. A store that cannot tell this from damage locks in all that was confirmed before.
#[test]
fn a_hole_in_the_last_commit_costs_that_commit_only_and_is_told() {
    let disk = killed_with(&[100, 100, 20_000]);
    let last = *records(&disk, 1).last().unwrap();
    zero(&disk, last.next_multiple_of(4096) + 4096, 4096);
    let examined = check::examine_on(Arc::new(copy(&disk))).unwrap().to_string();
    assert!(examined.contains("incomplete end") && examined.contains("commit 3"), "{examined}");
    let ((page, _), _) = read_all(&disk).unwrap();
    assert_eq!(page.iter().map(|message| message.sequence).collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn a_hole_in_a_commit_that_a_later_one_says_was_synced_is_refused_with_its_place() {
    let disk = killed_with(&[100, 20_000, 100]);
    let second = records(&disk, 1)[1];
    zero(&disk, second.next_multiple_of(4096) + 4096, 4096);
    let refused = read_all(&disk).unwrap_err();
    for part in ["messages/segment-0000000001", &format!("byte {second}"), "commit 2", "synced"] {
        assert!(refused.contains(part), "{part} is not in {refused}");
    }
    // And again: the first look has changed nothing.
    assert_eq!(read_all(&disk).unwrap_err(), refused);
}

/// What is behind a gap must never come back to life, however the new records fit in front of it.
#[test]
fn discarded_commits_never_come_back() {
    let disk = SimulatedDisk::default();
    let mut store = open_simulated(&disk, 1 << 20, 7).unwrap();
    store.recover().unwrap();
    store.commit(&synced(vec![add(1, 1000)])).unwrap();
    for n in 2..=4 {
        store.commit(&[Batch { changes: vec![add(n, 1000)], sync: false }]).unwrap();
    }
    drop(store);
    zero(&disk, records(&disk, 1)[1], 64);
    for round in 0..3 {
        let mut store = open_simulated(&disk, 1 << 20, 7).unwrap();
        store.recover().unwrap();
        let expected: Vec<u64> = [1].into_iter().chain(10..10 + round).collect();
        assert_eq!(sequences(&mut store), expected);
        store.commit(&synced(vec![add(10 + round, 1000)])).unwrap();
    }
}
