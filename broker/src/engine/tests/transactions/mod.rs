//! Transactions.

mod committing;
mod distributed;
mod ranges;
mod recommits;
mod refusing;
mod resuming;
mod rolling_back;
mod windows;

use super::{Answer, Consumer, Delivery, JMS, Peer, Producer, Rig, queue, rig::transaction, topic};
