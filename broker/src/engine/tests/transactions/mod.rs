//! Local transactions.

mod committing;
mod recommits;
mod refusing;
mod rolling_back;
mod windows;

use super::{Answer, Delivery, JMS, Producer, Rig, queue, rig::transaction, topic};
