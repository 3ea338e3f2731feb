//! Whole clusters in virtual time: the real replicas, with a log, a store and the Raft library each, on simulated
//! disks, clocks and wires. Everything is chosen by a seed, and all but the order in which tasks of one broker take
//! turns repeats with it.
//!
//! ```text
//! world           brokers, a step of time after the other, and what must never be seen
//! faults          what is done to them
//! broker, slow    one of them: its clock stands still while it is paused; its disk may be slow
//! wires, pipe     the network, each way by itself
//! client, ledger  what is asked of masters, and what must be so after what they said
//! ```
//! `RELAISMQ_CLUSTER_SEEDS=2000` plays so many, `RELAISMQ_CLUSTER_SEED=17` plays one and tells what happened.

mod broker;
mod client;
mod faults;
mod ledger;
mod pipe;
mod slow;
mod wires;
mod world;

use std::{
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::Duration,
};

use self::world::World;
use crate::{
    replica::{
        log::control::VOTES_ARE_FORGOTTEN, proposer::control::CONFIRMS_EARLY,
        standing::control::LEADERS_ARE_BELIEVED,
    },
    store::{disk::simulated::Random, file::control::WITHOUT_THREADS},
};

/// What came of a seed: confirmations, and terms with a master.
fn play(seed: u64) -> Result<(u64, usize), String> {
    WITHOUT_THREADS.set(true);
    let mut world = World::new(seed);
    let outcome = world.live(LIFE).and_then(|()| world.settle());
    if number("RELAISMQ_CLUSTER_SEED").is_some() {
        show(&world.story.join("\n"));
    }
    let told = |why| format!("seed {seed}: {why}\n{}", world.story.join("\n"));
    outcome.map(|()| world.ledger.figures()).map_err(told)
}

#[expect(clippy::print_stdout, reason = "who plays one seed wants to see what happens")]
fn show(text: &str) {
    println!("{text}");
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().unwrap())
}

/// What came of all of them, on as many threads as there are processors.
fn play_all(seeds: u64) -> (u64, usize) {
    let next = AtomicU64::new(1);
    let play_some = || {
        let (mut confirmations, mut terms) = (0, 0);
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed > seeds {
                return (confirmations, terms);
            }
            let figures = play(seed).unwrap_or_else(|why| panic!("{why}"));
            confirmations += figures.0;
            terms += figures.1;
        }
    };
    let threads = thread::available_parallelism().map_or(1, Into::into);
    thread::scope(|scope| {
        let playing: Vec<_> = (0..threads).map(|_| scope.spawn(play_some)).collect();
        let played = playing.into_iter().map(|it| it.join().unwrap());
        played.fold((0, 0), |all, one| (all.0 + one.0, all.1 + one.1))
    })
}

#[test]
fn whatever_breaks_nothing_confirmed_is_lost_and_there_is_one_master() {
    if let Some(seed) = number("RELAISMQ_CLUSTER_SEED") {
        let figures = play(seed).unwrap_or_else(|why| panic!("{why}"));
        show(&format!("{figures:?}"));
        return;
    }
    let seeds = number("RELAISMQ_CLUSTER_SEEDS").unwrap_or(SEEDS);
    let (confirmations, terms) = play_all(seeds);
    // A world in which nothing happens shows nothing.
    assert!(confirmations > 20 * seeds, "{confirmations} confirmations");
    assert!(terms as u64 > seeds + seeds / 2, "{terms} terms");
}

/// The old master, cut off, meets a broker again that has voted for a new one, and was restarted since.
fn play_a_forgetful_voter() -> Result<(), String> {
    WITHOUT_THREADS.set(true);
    let mut world = World::with(3, Random(1));
    let busy = |world: &World| world.ledger.figures().0 > 10;
    let old = world.until(|it| it.masters().first().filter(|_| busy(it)).map(|it| it.0))?;
    world.isolate(old, true);
    let new = world.until(|it| it.masters().iter().map(|it| it.0).find(|it| *it != old))?;
    let before = world.ledger.figures().0;
    world.until(|it| (it.ledger.figures().0 > before + 5).then_some(()))?;
    world.isolate(old, false);
    world.isolate(new, true);
    world.restart(3 - old - new);
    // The two that are left are a majority.
    let is_other = |it: &&(usize, u64)| it.0 != new;
    world.until(|it| it.masters().iter().find(is_other).map(drop))?;
    world.settle()
}

#[test]
fn a_broker_keeps_its_vote_through_a_restart_and_one_that_forgets_it_is_found_out() {
    play_a_forgetful_voter().unwrap();
    VOTES_ARE_FORGOTTEN.set(true);
    let outcome = play_a_forgetful_voter();
    VOTES_ARE_FORGOTTEN.set(false);
    assert!(outcome.is_err(), "nobody has noticed");
}

fn is_found_out(spoil: impl Fn(&World)) -> bool {
    WITHOUT_THREADS.set(true);
    (1..=SEEDS_WITH_A_BUG).any(|seed| {
        let mut world = World::new(seed);
        spoil(&world);
        world.live(LIFE).and_then(|()| world.settle()).is_err()
    })
}

#[test]
fn a_master_that_confirms_before_a_majority_has_it_is_found_out() {
    CONFIRMS_EARLY.set(true);
    let found = is_found_out(|_| {});
    CONFIRMS_EARLY.set(false);
    assert!(found, "nobody has noticed");
}

#[test]
fn a_leader_that_is_believed_though_nobody_hears_it_is_found_out() {
    LEADERS_ARE_BELIEVED.set(true);
    let found = is_found_out(|_| {});
    LEADERS_ARE_BELIEVED.set(false);
    assert!(found, "nobody has noticed");
}

#[test]
fn disks_that_keep_nothing_that_was_synced_are_found_out() {
    assert!(is_found_out(World::spoil_disks), "nobody has noticed");
}

const LIFE: Duration = Duration::from_secs(12);
const SEEDS: u64 = 8;
const SEEDS_WITH_A_BUG: u64 = 40;
