//! Whatever happens to a file of the log, it is noticed: a broker must not forget what it has promised.

use super::*;

/// Some segments, the vote, and something purged.
fn filled() -> SimulatedDisk {
    let disk = SimulatedDisk::default();
    let mut journal = open(&disk).unwrap();
    for index in 0..40 {
        journal.append(entries(1, index..index + 1, 120)).unwrap();
    }
    journal.save_vote(Vote::new(2, 1)).unwrap();
    journal.purge(log_id(1, 3)).unwrap();
    disk
}

/// What is found after a change of a file: all that was there, or an error.
fn check(disk: &SimulatedDisk, what: &str) {
    let is_damaged = |error: &Trouble| matches!(error, Trouble::Damaged(_));
    let whole = entries(1, 4..40, 120);
    match open(disk) {
        Err(error) => assert!(is_damaged(&error), "{what}: {error}"),
        Ok(journal) => match journal.read(0, u64::MAX, usize::MAX) {
            Err(error) => assert!(is_damaged(&error), "{what}: {error}"),
            Ok(found) => {
                assert_eq!(found, whole, "{what}");
                assert_eq!(journal.vote(), Some(Vote::new(2, 1)), "{what}");
            }
        },
    }
}

#[test]
fn a_bit_that_flips_is_noticed_or_harmless() {
    let disk = filled();
    let copy = || disk.now().crash(Survival::Everything, &mut Random(1));
    let mut random = Random(5);
    for name in disk.files() {
        let bytes = disk.read(&name);
        for _ in 0..60 {
            let at = random.below(bytes.len().min(6000));
            let mut other = bytes.clone();
            other[at] ^= 1 << random.below(8);
            let copy = copy();
            copy.overwrite(&name, &other);
            check(&copy, &format!("{name}, byte {at}"));
        }
    }
}

#[test]
fn a_file_that_is_cut_short_or_gone_is_noticed_or_harmless() {
    let disk = filled();
    for name in disk.files() {
        // Without its vote a log cannot know that there was one; its broker's number lies beside it.
        if name.ends_with("vote") || name.ends_with("purged") {
            continue;
        }
        let bytes = disk.read(&name);
        let used = bytes.iter().rposition(|&byte| byte != 0).unwrap_or(0);
        for cut in [0, 1, used / 3, used / 2, used] {
            let copy = disk.now().crash(Survival::Everything, &mut Random(1));
            copy.overwrite(&name, &bytes[..cut]);
            check(&copy, &format!("{name} cut to {cut}"));
        }
        let copy = disk.now().crash(Survival::Everything, &mut Random(1));
        copy.remove(&name).unwrap();
        check(&copy, &format!("{name} removed"));
    }
}
