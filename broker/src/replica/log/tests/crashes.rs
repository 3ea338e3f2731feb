//! Power cuts and kills at every point of a log's life: what was promised is there, and nothing that was taken back.

use super::*;
use crate::{replica::log::record::control::HASHES_ARE_IGNORED, store::disk::simulated::Moment};

/// What the log should hold.
#[derive(Clone, Debug, Default, PartialEq)]
struct Model {
    entries: Vec<Entry>,
    purged: Option<u64>,
    vote: Option<Vote>,
}

impl Model {
    fn of(journal: &Journal) -> Self {
        let purged = journal.purged().map(|purged| purged.index);
        Self { entries: all(journal), purged, vote: journal.vote() }
    }

    fn next(&self) -> u64 {
        let last = self.entries.last().map(|entry| entry.log_id.index + 1);
        last.unwrap_or_else(|| self.purged.map_or(0, |purged| purged + 1))
    }

    /// Whether this may be found if the step from `self` to `after` was cut short.
    fn may_become(&self, after: &Self, found: &Self) -> bool {
        let begins = |long: &[Entry], short: &[Entry]| long.starts_with(short);
        let between = begins(&after.entries, &found.entries)
            && found.entries.len() >= self.entries.len()
            || begins(&self.entries, &found.entries) && found.entries.len() >= after.entries.len();
        let purging = after.purged != self.purged && (found == self || found == after);
        let same =
            found.purged == self.purged && (found.vote == self.vote || found.vote == after.vote);
        found == self
            || found == after
            || purging
            || (after.purged == self.purged && same && between)
    }
}

/// Steps of one owner, and the disk after each change.
struct Life {
    moments: Vec<(usize, Moment)>,
    /// What there was after each step, and how many changes of the disk there had been.
    steps: Vec<(usize, Model)>,
}

fn live(
    disk: &SimulatedDisk,
    random: &mut Random,
    steps: usize,
) -> std::result::Result<Life, String> {
    disk.watch();
    let mut journal = open(disk).map_err(|error| format!("does not open: {error}"))?;
    let mut model = Model::of(&journal);
    let mut done = vec![(disk.changes(), model.clone())];
    let mut term = 1 + random.next() % 1000;
    for _ in 0..steps {
        let next = model.next();
        match random.below(8) {
            0 => {
                let vote = Vote::new(random.next() % 1000, 1);
                journal.save_vote(vote).map_err(|error| error.to_string())?;
                model.vote = Some(vote);
            }
            1 if !model.entries.is_empty() => {
                let at = random.below(model.entries.len());
                let index = model.entries[at].log_id.index;
                journal.truncate(index).map_err(|error| error.to_string())?;
                model.entries.truncate(at);
                term += 1;
            }
            2 if !model.entries.is_empty() => {
                let at = random.below(model.entries.len());
                let upto = model.entries[at].log_id;
                journal.purge(upto).map_err(|error| error.to_string())?;
                model.entries.drain(..=at);
                model.purged = Some(upto.index);
            }
            _ => {
                let count = 1 + random.next() % 5;
                let len = [3, 60, 400, 3000][random.below(4)];
                let more = entries(term, next..next + count, len);
                journal.append(more.clone()).map_err(|error| error.to_string())?;
                model.entries.extend(more);
            }
        }
        if Model::of(&journal) != model {
            return Err("it does not say what it was told".to_owned());
        }
        done.push((disk.changes(), model.clone()));
    }
    drop(journal);
    Ok(Life { moments: disk.moments(), steps: done })
}

/// What was there before a moment, and what should be there when what is done then is done.
fn around(steps: &[(usize, Model)], changes: usize) -> (&Model, &Model) {
    let before = steps.iter().rposition(|(until, _)| *until < changes).unwrap_or(0);
    let after = (before + 1).min(steps.len() - 1);
    (&steps[before].1, &steps[after].1)
}

fn try_seed(
    seed: u64,
    disk: &SimulatedDisk,
    states: &mut usize,
) -> std::result::Result<(), String> {
    let mut random = Random(seed);
    let life = live(disk, &mut random, 25)?;
    for (changes, moment) in &life.moments {
        let (before, after) = around(&life.steps, *changes);
        let disks = Survival::ALL.map(|survival| moment.crash(survival, &mut random));
        for disk in disks.into_iter().chain([moment.kill(&mut random)]) {
            *states += 1;
            let journal = open(&disk).map_err(|error| format!("change {changes}: {error}"))?;
            let found = Model::of(&journal);
            drop(journal);
            if !before.may_become(after, &found) {
                return Err(format!(
                    "change {changes}: {found:?}\nneither\n{before:?}\nnor\n{after:?}"
                ));
            }
            // What the next owner does is not disturbed by what is left.
            live(&disk, &mut random, 3)
                .map_err(|error| format!("change {changes}, next owner: {error}"))?;
            let again =
                open(&disk).map_err(|error| format!("change {changes}, third owner: {error}"))?;
            drop(again);
        }
    }
    Ok(())
}

#[test]
fn every_crash_leaves_all_that_was_promised_and_nothing_that_was_taken_back() {
    let seeds = std::env::var("RELAISMQ_CRASH_SEEDS").ok().map_or(6, |text| text.parse().unwrap());
    let mut states = 0;
    for seed in 1..=seeds {
        let outcome = try_seed(seed, &SimulatedDisk::default(), &mut states);
        outcome.unwrap_or_else(|error| panic!("seed {seed}, {error}"));
    }
    assert!(states > 1000, "{states} states");
}

fn found_out(disk: impl Fn() -> SimulatedDisk) -> bool {
    (1..20).any(|seed| try_seed(seed, &disk(), &mut 0).is_err())
}

#[test]
fn a_disk_whose_syncs_of_files_do_nothing_is_found_out() {
    assert!(found_out(SimulatedDisk::without_syncs_of_files), "nobody has noticed");
}

#[test]
fn a_disk_whose_syncs_of_folders_do_nothing_is_found_out() {
    assert!(found_out(SimulatedDisk::without_syncs_of_folders), "nobody has noticed");
}

#[test]
fn a_log_that_ignores_hashes_is_found_out() {
    HASHES_ARE_IGNORED.set(true);
    let found = found_out(SimulatedDisk::default);
    HASHES_ARE_IGNORED.set(false);
    assert!(found, "nobody has noticed");
}
