//! The application's end of one consumer.

use std::collections::VecDeque;

use crate::proto::io::{Delivery, Failure};

#[derive(Debug, Default)]
pub(super) struct Inbox {
    queue: VecDeque<Delivery>,
    pub(super) held: bool,
    pub(super) browsed: bool,
    pub(super) ended: Option<Failure>,
    /// Everything ever taken.
    pub(super) taken: Vec<Delivery>,
}

impl Inbox {
    pub(super) fn deliver(&mut self, delivery: Delivery) {
        assert!(self.ended.is_none(), "a delivery after the end");
        self.queue.push_back(delivery);
    }

    pub(super) fn redeliver(&mut self, deliveries: Vec<Delivery>) {
        for delivery in deliveries.into_iter().rev() {
            self.queue.push_front(delivery);
        }
        self.held = false;
    }

    pub(super) fn discard(&mut self) {
        self.queue.clear();
        self.held = false;
    }

    pub(super) fn take(&mut self) -> Option<Delivery> {
        let delivery = if self.held { None } else { self.queue.pop_front() }?;
        self.taken.push(delivery.clone());
        Some(delivery)
    }

    /// Producer sequences of what waits.
    pub(super) fn waiting(&self) -> Vec<i64> {
        self.queue.iter().map(sequence).collect()
    }
}

/// The producer's number of the message.
pub(super) fn sequence(delivery: &Delivery) -> i64 {
    delivery.message.message_id.as_ref().unwrap().producer_sequence_id
}
