//! Messages that were rolled back come again, by this client itself: the broker keeps them in flight.

use std::time::Instant;

use relaismq_openwire::MessageAck;

use super::{
    Client,
    io::{ConsumerKey, Output, SessionKey, SessionMode},
};

impl Client {
    /// Where acknowledgements are ranges, nothing may overtake what comes again: it would be
    /// acknowledged with what overtook it.
    pub(super) fn recover_one(&mut self, mode: SessionMode, key: ConsumerKey, number: u64) {
        self.flush_consumer(key);
        if let Some(consumer) = self.registry.consumers.get_mut(&key) {
            consumer.take(number);
        }
        for ack in self.roll_back_consumer(key, (mode == SessionMode::Individual).then_some(number))
        {
            self.write_one_way(ack);
        }
    }

    pub(super) fn roll_back_consumers(&mut self, session: SessionKey) {
        for consumer in self.registry.consumers_of(session) {
            for ack in self.roll_back_consumer(consumer, None) {
                self.write_one_way(ack);
            }
        }
    }

    /// What the broker is to be told.
    pub(super) fn roll_back_consumer(
        &mut self,
        key: ConsumerKey,
        only: Option<u64>,
    ) -> Vec<MessageAck> {
        let Some(consumer) = self.registry.consumers.get_mut(&key) else { return Vec::new() };
        let rolled_back = consumer.roll_back(only);
        let delay =
            consumer.spec.redelivery.delay(rolled_back.redelivery, self.random.next_fraction());
        if !rolled_back.again.is_empty() {
            consumer.redeliveries.push((self.now.after(delay), rolled_back.again));
            // One message alone may be overtaken; a rolled back sequence keeps its order.
            if only.is_none() && !consumer.spec.redelivery.non_blocking {
                self.outputs.push_back(Output::Hold(key));
            }
        }
        self.redeliver_due();
        rolled_back.acks
    }

    pub(super) fn next_redelivery(&self) -> Option<Instant> {
        if self.holds_back() {
            return None;
        }
        let consumers = self.registry.consumers.values();
        consumers.flat_map(|consumer| &consumer.redeliveries).map(|(due, _)| *due).min()
    }

    pub(super) fn redeliver_due(&mut self) {
        if self.holds_back() {
            return;
        }
        let (now, epoch) = (self.now.instant, self.link.epoch);
        for (key, consumer) in &mut self.registry.consumers {
            let redeliveries = std::mem::take(&mut consumer.redeliveries);
            let (due, later) =
                redeliveries.into_iter().partition::<Vec<_>, _>(|(at, _)| *at <= now);
            consumer.redeliveries = later;
            for (_, numbers) in due {
                if consumer.spec.redelivery.non_blocking {
                    let again = consumer.anew(&numbers, epoch).into_iter();
                    self.outputs.extend(again.map(|delivery| Output::Deliver(*key, delivery)));
                } else {
                    let deliveries = consumer.again(&numbers, epoch);
                    self.outputs.push_back(Output::Redeliver(*key, deliveries));
                }
            }
        }
    }
}
