use super::*;

fn disk() -> SimulatedDisk {
    let disk = SimulatedDisk::default();
    disk.make_folder("f").unwrap();
    disk.sync_folder("").unwrap();
    disk
}

fn crashed(disk: &SimulatedDisk, survival: Survival, seed: u64) -> SimulatedDisk {
    disk.now().crash(survival, &mut Random(seed))
}

#[test]
fn only_what_was_synced_survives_the_worst_power_cut() {
    let disk = disk();
    let file = disk.create("f/a").unwrap();
    file.write_at(&[1; 5000], 0).unwrap();
    file.sync().unwrap();
    assert_eq!(crashed(&disk, Survival::Nothing, 0).files(), [""; 0], "the name is not synced");
    disk.sync_folder("f").unwrap();
    file.write_at(&[2; 5000], 100).unwrap();
    assert_eq!(crashed(&disk, Survival::Nothing, 0).read("f/a"), [1; 5000]);
    let all = crashed(&disk, Survival::Everything, 0).read("f/a");
    assert_eq!(all, [vec![1; 100], vec![2; 5000]].concat());
    let killed = |seed| disk.now().kill(&mut Random(seed)).read("f/a");
    let done = |seed| killed(seed).iter().filter(|&&byte| byte == 2).count();
    assert!((0..20).any(|seed| done(seed) == 5000) && (0..20).any(|seed| done(seed) < 5000));
    assert!((0..20).all(|seed| killed(seed)[..100] == [1; 100]));
}

#[test]
fn torn_sectors_are_in_any_state_that_they_had() {
    let disk = disk();
    let file = disk.create("f/a").unwrap();
    file.write_at(&[0; 4096], 0).unwrap();
    file.sync().unwrap();
    disk.sync_folder("f").unwrap();
    (1..=3).for_each(|n| file.write_at(&[n; 4096], 0).unwrap());
    let mut seen = [false; 4];
    for seed in 0..10 {
        for sector in crashed(&disk, Survival::TornSectors, seed).read("f/a").chunks(512) {
            assert!(sector.iter().all(|byte| byte == &sector[0]));
            seen[usize::from(sector[0])] = true;
        }
        let pages = crashed(&disk, Survival::RandomPages, seed).read("f/a");
        assert!([[0; 4096], [3; 4096]].contains(&pages.try_into().unwrap()));
    }
    assert_eq!(seen, [true; 4]);
}

#[test]
fn a_rename_happens_as_a_whole_and_may_be_overtaken_by_later_ones() {
    let disk = disk();
    for name in ["a", "b"] {
        let file = disk.create(&format!("f/{name}.new")).unwrap();
        file.write_at(name.as_bytes(), 0).unwrap();
        file.sync().unwrap();
    }
    disk.sync_folder("f").unwrap();
    disk.rename("f/a.new", "f/a").unwrap();
    disk.rename("f/b.new", "f/b").unwrap();
    let mut overtaken = false;
    for seed in 0..50 {
        let after = crashed(&disk, Survival::TornPages, seed);
        let files = after.files();
        assert_eq!(files.len(), 2);
        for name in ["a", "b"] {
            assert!(files.iter().any(|file| file.trim_end_matches(".new") == format!("f/{name}")));
        }
        overtaken |= files == ["f/a.new", "f/b"];
    }
    assert!(overtaken);
}

#[test]
fn a_lock_ends_with_its_holder() {
    let disk = disk();
    let held = disk.lock("f/in-use").unwrap();
    assert!(held.is_some() && disk.lock("f/in-use").unwrap().is_none());
    assert!(disk.now().kill(&mut Random(1)).lock("f/in-use").unwrap().is_some());
    drop(held);
    assert!(disk.lock("f/in-use").unwrap().is_some());
}

#[test]
fn a_full_disk_takes_no_more_until_something_is_removed() {
    let disk = SimulatedDisk::with_room(10_000);
    let file = disk.create("a").unwrap();
    file.write_at(&[1; 8000], 0).unwrap();
    let full = file.write_at(&[1; 8000], 4000).unwrap_err();
    assert_eq!(full.kind(), ErrorKind::StorageFull);
    file.write_at(&[1; 8000], 2000).unwrap();
    disk.remove("a").unwrap();
    disk.create("b").unwrap().write_at(&[1; 10_000], 0).unwrap();
}

/// What the simulated disk does in order is what the system does.
#[test]
fn both_disks_do_the_same() {
    let folder = tempfile::TempDir::new().unwrap();
    let both: [Box<dyn Disk>; 2] =
        [Box::new(disk()), Box::new(super::super::super::disk::RealDisk::new(folder.path()))];
    let told = both.map(|disk| {
        let mut told = Vec::new();
        disk.make_folder("f").unwrap();
        told.push(format!("{:?}", disk.open("f/a").unwrap_err().kind()));
        told.push(format!("{:?}", disk.list("nowhere").unwrap_err().kind()));
        let file = disk.create("f/a").unwrap();
        file.write_at(b"hello", 3).unwrap();
        file.sync().unwrap();
        disk.create("f/b").unwrap().set_len(7).unwrap();
        disk.rename("f/a", "f/b").unwrap();
        let mut bytes = [9; 8];
        disk.open("f/b").unwrap().read_at(&mut bytes, 0).unwrap();
        told.push(format!("{bytes:?}"));
        told.push(format!("{:?}", file.read_at(&mut bytes, 1).unwrap_err().kind()));
        file.set_len(4).unwrap();
        told.push(format!("{} {:?}", file.len().unwrap(), disk.list("f").unwrap()));
        let held = disk.lock("f/in-use").unwrap();
        told.push(format!("{} {}", held.is_some(), disk.lock("f/in-use").unwrap().is_some()));
        disk.remove("f/nothing").unwrap();
        disk.remove("f").unwrap();
        disk.sync_folder("").unwrap();
        told.push(format!("{:?}", disk.list("").unwrap()));
        assert!(disk.room().unwrap().free > 0 && !disk.boot().is_empty());
        told
    });
    assert_eq!(told[0], told[1]);
}

#[test]
fn what_is_synced_into_a_deleted_file_is_an_error() {
    let folder = tempfile::TempDir::new().unwrap();
    let disk = super::super::super::disk::RealDisk::new(folder.path());
    let file = disk.create("a").unwrap();
    file.sync().unwrap();
    disk.remove("a").unwrap();
    assert!(file.sync().unwrap_err().to_string().contains("deleted"));
}
