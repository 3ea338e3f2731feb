//! Whatever happens to one file of a store that was closed in order, it is refused or complete.

use std::ops::Range;
use std::path::PathBuf;

use super::*;

const COUNT: u64 = 40;

/// A store with tables and a journal.
fn filled(dir: &Path) {
    let full_size = TempDir::new().unwrap();
    fill(full_size.path());
    copy(full_size.path(), dir);
}

fn fill(dir: &Path) {
    let mut store = options(dir).write_buffer_bytes(1).open().unwrap();
    store.recover().unwrap();
    for sequence in 1..COUNT {
        store.commit(&synced(vec![add(sequence, 500)])).unwrap();
    }
    store.files.messages.rotate_memtable_and_wait().unwrap();
    store.commit(&synced(vec![add(COUNT, 500)])).unwrap();
    store.close().unwrap();
}

fn files(dir: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files(&path, into) } else { into.push(path) }
    }
}

fn copy(from: &Path, to: &Path) {
    let mut all = Vec::new();
    files(from, &mut all);
    for path in all {
        let target = to.join(path.strip_prefix(from).unwrap());
        std::fs::create_dir_all(target.parent().unwrap()).unwrap();
        // Journals are 64 MiB of mostly nothing: a reader sees the same without the zeros.
        let mut bytes = std::fs::read(&path).unwrap();
        if path.extension().is_some_and(|extension| extension == "jnl") {
            bytes.truncate(used(&bytes));
        }
        std::fs::write(target, bytes).unwrap();
    }
}

/// `None` if the damage was noticed, or else what was read.
fn read_all(dir: &Path) -> Option<Vec<(u64, usize)>> {
    let mut store = options(dir).open().ok()?;
    store.recover().ok()?;
    let page = store.page(&queue(), 0, usize::MAX, usize::MAX).ok()?;
    Some(page.iter().map(|m| (m.sequence, m.blob.len())).collect())
}

fn assert_noticed_or_complete(dir: &Path, what: &str) {
    if let Some(found) = read_all(dir) {
        let expected: Vec<_> = (1..=COUNT).map(|sequence| (sequence, 500)).collect();
        assert_eq!(found, expected, "silent damage after {what}");
    }
}

/// Damages each file in turn, in each of the ways.
fn damage(ways: Range<usize>, how: impl Fn(usize, &Path, &mut Vec<u8>) -> Option<String>) {
    let whole = TempDir::new().unwrap();
    filled(whole.path());
    let mut victims = Vec::new();
    files(whole.path(), &mut victims);
    assert!(victims.len() > 8, "tables, journals and records: {victims:?}");
    for victim in victims {
        let relative = victim.strip_prefix(whole.path()).unwrap();
        for way in ways.start..ways.end {
            let mut bytes = std::fs::read(&victim).unwrap();
            let Some(what) = how(way, relative, &mut bytes) else { continue };
            let broken = TempDir::new().unwrap();
            copy(whole.path(), broken.path());
            std::fs::write(broken.path().join(relative), &bytes).unwrap();
            let what = format!("{what} in {}", relative.display());
            assert_noticed_or_complete(broken.path(), &what);
        }
    }
}

fn used(bytes: &[u8]) -> usize {
    let zeros = bytes.rchunks(4096).take_while(|chunk| **chunk == [0; 4096]).count() * 4096;
    let bytes = bytes.get(..bytes.len() - zeros).unwrap();
    bytes.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1)
}

/// fjall does not look at the checksum of the list of its tables: a table whose number is damaged
/// there would be taken for a leftover and deleted.
#[test]
fn a_flipped_byte_anywhere_in_the_list_of_tables_is_noticed() {
    damage(0..60, |part, path, bytes| {
        let name = path.file_name()?.to_str()?;
        let at = part * 11;
        let list = name.starts_with('v') && name != "version";
        *bytes.get_mut(at).filter(|_| list)? ^= 0x55;
        Some(format!("a flipped byte at {at}"))
    });
}

#[test]
fn a_store_that_is_whole_reads_as_such() {
    let whole = TempDir::new().unwrap();
    filled(whole.path());
    assert_eq!(read_all(whole.path()).unwrap().len() as u64, COUNT);
}

#[test]
fn a_flipped_byte_anywhere_is_noticed_or_harmless() {
    damage(0..12, |part, _, bytes| {
        let at = used(bytes).checked_sub(1)? * part / 11;
        *bytes.get_mut(at)? ^= 0x55;
        Some(format!("a flipped byte at {at}"))
    });
}

#[test]
fn a_cut_off_file_is_noticed_or_harmless() {
    damage(0..5, |part, _, bytes| {
        let len = used(bytes) * part / 5;
        bytes.truncate(len);
        Some(format!("a cut at {len}"))
    });
}

#[test]
fn a_missing_file_is_noticed_or_harmless() {
    let whole = TempDir::new().unwrap();
    filled(whole.path());
    let mut victims = Vec::new();
    files(whole.path(), &mut victims);
    for victim in victims {
        let broken = TempDir::new().unwrap();
        copy(whole.path(), broken.path());
        let relative = victim.strip_prefix(whole.path()).unwrap();
        std::fs::remove_file(broken.path().join(relative)).unwrap();
        assert_noticed_or_complete(broken.path(), &format!("removing {}", relative.display()));
    }
}
