//! What is done to the brokers, chosen by the seed.

use std::time::Duration;

use super::{wires::Way, world::World};
use crate::store::disk::simulated::Survival;

#[derive(Debug)]
pub(super) enum Fault {
    /// Nothing comes through on these ways.
    Cut(Vec<Way>),
    /// With SIGKILL, or with the power of its machine.
    Kill(usize, Option<Survival>),
    /// It loses its disk.
    Wipe(usize),
    /// SIGSTOP, or a machine that stands still.
    Pause(usize),
    /// Its disk has room for so many bytes.
    Full(usize, u64),
    /// Its log takes so many milliseconds for everything.
    Slow(usize, u64),
}

/// What ends it.
#[derive(Debug)]
pub(super) enum Cure {
    Mend(Vec<Way>),
    Start(usize),
    Resume(usize),
    Fast(usize),
    Room(usize),
}

impl Fault {
    /// One of them, and how long it lasts.
    pub(super) fn choose(world: &mut World) -> (Self, Duration) {
        let node = world.random.below(world.count());
        let lasts = Duration::from_millis(world.random.next() % 3000 + 20);
        let fault = match world.random.below(11) {
            0 | 1 => Self::Cut(one_way(world)),
            2 => Self::Cut(around(world, node)),
            3 => Self::Cut(between_parts(world)),
            4 | 5 => Self::Kill(node, None),
            6 => Self::Kill(node, Some(survival(world))),
            // One disk at a time: of two that are lost nothing could be said.
            7 if world.all_are_members() => Self::Wipe(node),
            8 => Self::Full(node, world.random.next() % 100_000),
            9 => Self::Slow(node, world.random.next() % 400),
            _ => Self::Pause(node),
        };
        (fault, lasts)
    }
}

fn one_way(world: &mut World) -> Vec<Way> {
    let mut ways = world.ways();
    vec![ways.swap_remove(world.random.below(ways.len()))]
}

/// Nobody reaches it, or it reaches nobody, or both.
fn around(world: &mut World, node: usize) -> Vec<Way> {
    let kind = world.random.below(3);
    let is_cut = |way: &Way| (kind != 0 && way.from == node) || (kind != 1 && way.to == node);
    world.ways().into_iter().filter(is_cut).collect()
}

/// Two halves that do not hear each other.
fn between_parts(world: &mut World) -> Vec<Way> {
    let mask = world.random.next();
    let side = |node: usize| mask >> node & 1;
    world.ways().into_iter().filter(|way| side(way.from) != side(way.to)).collect()
}

fn survival(world: &mut World) -> Survival {
    let all = Survival::ALL;
    all.get(world.random.below(all.len())).copied().unwrap_or(Survival::Nothing)
}
