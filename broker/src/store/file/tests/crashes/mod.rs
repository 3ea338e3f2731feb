//! Power cuts and kills at every point of a store's life, and of what comes after.
//!
//! ```text
//! owner after owner --each change of the disk--> moments
//! each moment --power cut, or kill--> disk --> next owner: finds what it must? writes on
//!                                               --any moment--> disk --> next owner: finds ...
//! ```
//! What must be found: everything that was synced before (after a kill: everything that was
//! committed), nothing that was undone, whole commits, exact marks.
//!
//! `RELAISMQ_CRASH_SEEDS` in the environment sets how many stores are tried at every moment, from
//! `RELAISMQ_CRASH_FIRST_SEED` on (default 1); without it, a few are tried at some moments.

mod life;
mod verdict;
mod workload;

use self::life::{Ending, Life, Plan, Survivors};
use self::workload::Workload;
use crate::store::disk::simulated::{Moment, Random, SimulatedDisk};
use crate::store::file::format::seeds::control::HASHES_ARE_IGNORED;

/// How much is tried, and what that was.
#[derive(Debug)]
struct Trial {
    /// One moment in so many.
    sparse: usize,
    states: usize,
    moved: u64,
    reused: u64,
}

impl Trial {
    const fn new(sparse: usize) -> Self {
        Self { sparse, states: 0, moved: 0, reused: 0 }
    }
}

/// A series of owners from one seed, and all crashes of each.
fn try_seed(seed: u64, disk: SimulatedDisk, trial: &mut Trial) -> Result<(), String> {
    let mut random = Random(seed);
    let mut disk = disk;
    let mut workload = Workload::new(seed);
    let mut before = Survivors::none();
    for owner in 0..OWNERS {
        let plan = Plan {
            seed: random.next(),
            segment_bytes: [16 << 10, 32 << 10, 64 << 10][random.below(3)],
            steps: 10 + random.below(STEPS),
            close: random.once_in(2),
        };
        let life = Life::live(disk, workload.clone(), &before, plan)
            .map_err(|error| format!("owner {owner}: {error}"))?;
        trial.moved += life.moved;
        trial.reused += life.reused;
        for (changes, moment) in &life.moments {
            if !random.once_in(trial.sparse) {
                continue;
            }
            let ending = Ending::any(&mut random);
            try_moment(&life, *changes, moment, ending, &mut random, trial).map_err(|error| {
                format!("owner {owner}, {ending:?} after change {changes} of the disk: {error}")
            })?;
        }
        let ending = Ending::any(&mut random);
        before = life.survivors(life.disk.changes(), ending);
        disk = ending.of(&life.disk.now(), &mut random);
        workload = life.workload;
    }
    Ok(())
}

/// A crash at this moment, the next owner, another crash, and the one after that.
fn try_moment(
    life: &Life,
    changes: usize,
    moment: &Moment,
    ending: Ending,
    random: &mut Random,
    trial: &mut Trial,
) -> Result<(), String> {
    trial.states += 1;
    let before = life.survivors(changes, ending);
    let plan = |random: &mut Random, steps| Plan {
        seed: random.next(),
        segment_bytes: 16 << 10,
        steps,
        close: false,
    };
    let disk = ending.of(moment, random);
    let first = plan(random, 1 + random.clone().below(4));
    let next = Life::live(disk, life.workload.clone(), &before, first)?;
    let (changes, moment) = &next.moments[random.below(next.moments.len())];
    let ending = Ending::any(random);
    trial.states += 1;
    let before = next.survivors(*changes, ending);
    let disk = ending.of(moment, random);
    Life::live(disk, next.workload.clone(), &before, plan(random, 1))
        .map(|_| ())
        .map_err(|error| format!("then {ending:?} after change {changes}: {error}"))
}

#[test]
fn every_crash_leaves_a_store_that_has_all_that_was_synced_and_nothing_that_was_undone() {
    let seeds = std::env::var("RELAISMQ_CRASH_SEEDS").ok().map(|text| text.parse().unwrap());
    let first = std::env::var("RELAISMQ_CRASH_FIRST_SEED").map_or(1, |text| text.parse().unwrap());
    let mut trial = Trial::new(if seeds.is_some() { 1 } else { 6 });
    for seed in first..first + seeds.unwrap_or(4_u64) {
        let outcome = try_seed(seed, SimulatedDisk::default(), &mut trial);
        outcome.unwrap_or_else(|error| panic!("seed {seed}, {error}"));
    }
    show(&trial);
    assert!(trial.states > 1000 && trial.moved > 100 && trial.reused > 10, "{trial:?}");
}

#[expect(clippy::print_stdout, reason = "figures for whoever asks the test to speak")]
fn show(trial: &Trial) {
    println!("{trial:?}");
}

/// The first of some seeds that is found to go wrong.
fn found_out(disk: impl Fn() -> SimulatedDisk) -> Option<String> {
    let tried = |seed| try_seed(seed, disk(), &mut Trial::new(1)).err();
    (1..20).find_map(tried)
}

#[test]
fn a_disk_whose_syncs_of_files_do_nothing_is_found_out() {
    assert!(found_out(SimulatedDisk::without_syncs_of_files).is_some(), "nobody has noticed");
}

/// Creation, rotation and checkpoints are what gives names.
#[test]
fn a_disk_whose_syncs_of_folders_do_nothing_is_found_out() {
    assert!(found_out(SimulatedDisk::without_syncs_of_folders).is_some(), "nobody has noticed");
}

#[test]
fn a_recovery_that_ignores_hashes_is_found_out() {
    HASHES_ARE_IGNORED.set(true);
    let found = found_out(SimulatedDisk::default);
    HASHES_ARE_IGNORED.set(false);
    assert!(found.is_some(), "nobody has noticed");
}

const OWNERS: usize = 4;
const STEPS: usize = 60;
