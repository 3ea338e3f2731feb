//! The engine in virtual time: clients that are driven command by command, a store that answers at
//! once, later, or not at all. `rig` is all of that; `random` has chance drive it; everything else
//! is tests by topic.

mod rig;

mod accounting;
mod acknowledgements;
mod advisories;
mod arbitration;
mod backlogs;
mod browsing;
mod connections;
mod dead_letters;
mod destinations;
mod duplicates;
mod durability;
mod durables;
mod groups;
mod memory;
mod patterns;
mod pulling;
mod questions;
mod random;
mod redelivery;
mod room;
mod suspects;
mod topics;
mod transactions;

pub(super) use self::rig::{Answer, Consumer, Delivery, Marks, Peer, Producer, Rig};

use relaismq_openwire::Destination;

fn queue(name: &str) -> Destination {
    Destination::queue(name)
}

fn topic(name: &str) -> Destination {
    Destination::topic(name)
}

fn numbers(range: std::ops::Range<i32>) -> Vec<String> {
    range.map(|number| number.to_string()).collect()
}

const JMS: &str = "javax.jms.JMSException";
