//! Random worlds, the same for the same seed, and an oracle for each that knows what must not happen
//! in any of them.

mod crowd;
mod dice;
mod history;
mod patience;

use self::dice::Dice;
use super::{Answer, Consumer, Delivery, Marks, Peer, Producer, Rig, queue, topic};
