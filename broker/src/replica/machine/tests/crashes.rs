//! Power cuts and kills while a snapshot is installed: the next start has the old store or the new one.

use super::*;
use crate::store::disk::simulated::{Random, Survival};

/// A follower's disk with a store of its own, and a snapshot of another one in the making of being installed.
fn installed(disk: &SimulatedDisk) -> (Vec<u64>, Vec<u64>) {
    let from = shared(&SimulatedDisk::default());
    let mut source = contents(&from);
    for index in 0..30 {
        source.apply([proposal(index, vec![add(100 + index, 900)])].into_iter()).unwrap();
    }
    let (files, meta) = (source.freeze().unwrap(), source.meta());
    let target = shared(disk);
    let mut target = contents(&target);
    target.apply([proposal(0, vec![add(1, 10), add(2, 10)])].into_iter()).unwrap();
    target.sync().unwrap();
    let before = sequences(&mut target);
    disk.watch();
    target.install(&meta, files).unwrap();
    (before, sequences(&mut target))
}

#[test]
fn every_crash_leaves_the_old_store_or_the_new_one() {
    let disk = SimulatedDisk::default();
    let (before, after) = installed(&disk);
    let moments = disk.moments();
    let (mut old, mut new) = (0, 0);
    for (changes, moment) in &moments {
        let mut random = Random(*changes as u64);
        let disks = Survival::ALL.map(|survival| moment.crash(survival, &mut random));
        for disk in disks.into_iter().chain([moment.kill(&mut random)]) {
            let found = sequences(&mut contents(&shared(&disk)));
            assert!(found == before || found == after, "change {changes}: {found:?}");
            old += usize::from(found == before);
            new += usize::from(found == after);
        }
    }
    assert!(old > 50 && new > 20, "{old} old, {new} new");
}
