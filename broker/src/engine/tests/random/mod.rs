//! Random worlds, the same for the same seed, and an oracle for each that knows what must not happen
//! in any of them. `RELAISMQ_ENGINE_SEEDS=10` makes ten times as many worlds.

mod crowd;
mod dice;
mod history;
mod patience;

pub(super) use self::dice::Dice;
use super::{Answer, Consumer, Delivery, Marks, Peer, Producer, Rig, queue, topic};

/// So many worlds, or as many times more as the environment says.
pub(super) fn seeds(usual: u64) -> std::ops::Range<u64> {
    let times = std::env::var("RELAISMQ_ENGINE_SEEDS").ok().map(|text| text.parse().unwrap());
    0..usual * times.unwrap_or(1u64)
}
