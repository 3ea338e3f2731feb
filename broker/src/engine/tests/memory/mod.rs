//! Bounds, and what happens at them.

mod holding_back;
mod limits;
mod paging;
mod priorities;
mod scouting;
mod together;

use relaismq_openwire::MessageAck;

use super::{Answer, Consumer, Delivery, Peer, Producer, Rig, destinations, numbers, queue, topic};
use crate::engine::Settings;

/// Room for about eight messages in each queue.
fn small() -> Settings {
    Settings { queue_memory_bytes: 8000, ..Settings::default() }
}

/// Consumes until nothing more comes.
fn all(rig: &mut Rig, consumer: &Consumer) -> Vec<String> {
    let mut texts = Vec::new();
    loop {
        let given = rig.deliveries(consumer);
        if given.is_empty() {
            return texts;
        }
        texts.extend(given.iter().map(Delivery::text));
        rig.tell(consumer.link, consumer.ack(MessageAck::STANDARD, &given));
    }
}
