//! Random worlds, the same for the same seed, and an oracle for each that knows what must not happen
//! in any of them.

mod crowd;
mod dice;
mod history;

use self::dice::Dice;
use super::{Answer, Consumer, Delivery, Peer, Producer, Rig, queue, topic};
