//! What is rolled back: what comes again, and what has come too often.

use relaismq_openwire::{MessageAck, Throwable};

use super::{Consumer, Stage};
use crate::proto::io::{Delivery, Epoch};

/// What a rollback comes to.
#[derive(Debug, Default)]
pub(crate) struct RolledBack {
    /// For the broker.
    pub(crate) acks: Vec<MessageAck>,
    /// Numbers that come again.
    pub(crate) again: Vec<u64>,
    /// The how many-th redelivery that is, at most.
    pub(crate) redelivery: u32,
}

impl Consumer {
    /// Rolls back what was taken (or one delivery): counts it, gives up on what was redelivered too
    /// often, and tells which numbers come again and after how many redeliveries.
    pub(crate) fn roll_back(&mut self, only: Option<u64>) -> RolledBack {
        let taken = self.taken;
        let chosen: Vec<u64> = self
            .outstanding
            .iter()
            .take_while(|entry| entry.number <= taken)
            .filter(|entry| entry.stage == Stage::Taken)
            .filter(|entry| only.is_none_or(|only| entry.number == only))
            .map(|entry| entry.number)
            .collect();
        let mut rolled_back = RolledBack::default();
        for number in chosen {
            let rollbacks = self.count_rollback(number);
            if self.spec.redelivery.is_exhausted(rollbacks) {
                rolled_back.acks.extend(self.poison(number, rollbacks));
            } else {
                rolled_back.again.push(number);
                rolled_back.redelivery = rolled_back.redelivery.max(rollbacks);
            }
        }
        rolled_back.acks.extend(self.redelivered(&rolled_back.again));
        rolled_back
    }

    fn count_rollback(&mut self, number: u64) -> u32 {
        let Some(entry) = self.entry_mut(number) else { return 0 };
        entry.counter = entry.counter.saturating_add(1);
        entry.rollbacks += 1;
        entry.redelivered = true;
        entry.stage = Stage::Awaiting;
        entry.rollbacks
    }

    fn poison(&mut self, number: u64, rollbacks: u32) -> Option<MessageAck> {
        let mut ack = self.settle_one(number, MessageAck::POISON)?;
        let policy = self.spec.redelivery.maximum_redeliveries.unwrap_or_default();
        let cause =
            format!("Exceeded redelivery policy limit: {policy}, rolled back {rollbacks} times");
        ack.poison_cause = Some(Throwable::new("java.lang.Throwable", cause));
        Some(ack)
    }

    /// Tells the broker the new count of what comes again.
    fn redelivered(&self, numbers: &[u64]) -> Option<MessageAck> {
        let first = self.entry(*numbers.first()?)?;
        let last = self.entry(*numbers.last()?)?;
        let count = i32::try_from(numbers.len()).ok()?;
        Some(self.ack(MessageAck::REDELIVERED, first, last, count, None))
    }

    /// The deliveries with these numbers, once more: the application takes them anew.
    pub(crate) fn again(&mut self, numbers: &[u64], epoch: Epoch) -> Vec<Delivery> {
        let below_front =
            self.outstanding.front().map_or(self.last_number, |front| front.number - 1);
        if let Some(&first) = numbers.first() {
            self.announced = self.announced.max(self.taken);
            self.taken = self.taken.min(first.saturating_sub(1)).max(below_front);
        }
        let mut deliveries = Vec::new();
        for &number in numbers {
            if let Some(entry) = self.entry_mut(number).filter(|it| it.stage == Stage::Awaiting) {
                entry.stage = Stage::Dispatched;
                deliveries.push(entry.delivery(epoch));
            }
        }
        deliveries
    }
}
