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
        let chosen = self.chosen(only);
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

    /// What was taken, or one delivery of that.
    fn chosen(&self, only: Option<u64>) -> Vec<u64> {
        let taken = self.outstanding.iter().take_while(|entry| entry.number <= self.taken);
        let chosen = taken
            .filter(|entry| entry.stage == Stage::Taken)
            .filter(|entry| only.is_none_or(|only| entry.number == only));
        chosen.map(|entry| entry.number).collect()
    }

    fn count_rollback(&mut self, number: u64) -> u32 {
        let Some(entry) = self.entry_mut(number) else { return 0 };
        entry.counter = entry.counter.saturating_add(1);
        entry.rollbacks += 1;
        entry.redelivered = true;
        entry.stage = Stage::Awaiting;
        entry.rollbacks
    }

    /// The application has it, and nobody has acknowledged it or given it back.
    pub(crate) fn can_be_rejected(&self, number: u64) -> bool {
        let entry = self.entry(number);
        entry.is_some_and(|entry| matches!(entry.stage, Stage::Dispatched | Stage::Taken))
    }

    /// Sends what was taken (or one delivery) to the dead letter queue.
    pub(crate) fn give_up(&mut self, only: Option<u64>, cause: &str) -> Vec<MessageAck> {
        let chosen = self.chosen(only);
        chosen.into_iter().filter_map(|number| self.bury(number, cause)).collect()
    }

    fn poison(&mut self, number: u64, rollbacks: u32) -> Option<MessageAck> {
        let policy = self.spec.redelivery.maximum_redeliveries.unwrap_or_default();
        let cause =
            format!("Exceeded redelivery policy limit: {policy}, rolled back {rollbacks} times");
        self.bury(number, &cause)
    }

    fn bury(&mut self, number: u64, cause: &str) -> Option<MessageAck> {
        let mut ack = self.settle_one(number, MessageAck::POISON)?;
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

    /// The deliveries with these numbers, as if they had been dispatched just now: others have overtaken
    /// them. The broker still has them in their old places, so each is acknowledged by itself.
    pub(crate) fn anew(&mut self, numbers: &[u64], epoch: Epoch) -> Vec<Delivery> {
        let mut deliveries = Vec::new();
        for &number in numbers {
            let Some(entry) = self.entry_mut(number).filter(|it| it.stage == Stage::Awaiting)
            else {
                continue;
            };
            let mut moved = entry.clone();
            entry.stage = Stage::Done;
            self.last_number += 1;
            (moved.number, moved.stage, moved.out_of_order) =
                (self.last_number, Stage::Dispatched, true);
            deliveries.push(moved.delivery(epoch));
            self.outstanding.push_back(moved);
        }
        self.drop_done();
        deliveries
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
