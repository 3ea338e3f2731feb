//! What arrives and is not for the application.

use relaismq_openwire::{Message, MessageAck, MessageDispatch, Throwable};

use super::Consumer;

/// Why a message is not delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// It has expired.
    Expired,
    /// It was delivered so often before that it is given up.
    Exhausted(u32),
}

/// A broker that sends a message again by itself, after a delay, says so by this property: then its
/// counter is no sign of failures.
const REDELIVERED_BY_BROKER: &str = "redeliveryDelay";

impl Consumer {
    /// Whether it is not to be delivered, and why. Browsers are shown everything.
    pub(crate) fn unfit(
        &self,
        dispatch: &MessageDispatch,
        message: &Message,
        transacted: impl Fn() -> bool,
        now: i64,
    ) -> Option<Unfit> {
        let expired = message.expiration > 0 && message.expiration <= now;
        if self.spec.browser {
            return None;
        }
        if expired && self.spec.check_expiry {
            return Some(Unfit::Expired);
        }
        let policy = &self.spec.redelivery;
        if !policy.pre_dispatch_check || !transacted() {
            return None;
        }
        let counter = u32::try_from(dispatch.redelivery_counter).unwrap_or(0);
        let exhausted = policy.is_exhausted(counter) && !by_broker(message);
        exhausted.then_some(Unfit::Exhausted(counter))
    }

    /// Gives back the last one dispatched.
    pub(crate) fn give_back_last(&mut self, unfit: Unfit) -> Option<MessageAck> {
        let Unfit::Exhausted(counter) = unfit else { return self.expire_last() };
        let mut ack = self.settle_one(self.last_number, MessageAck::POISON)?;
        let limit = self.spec.redelivery.maximum_redeliveries.unwrap_or_default();
        let cause =
            format!("Exceeded redelivery policy limit: {limit}, delivered {counter} times before");
        ack.poison_cause = Some(Throwable::new("java.lang.Throwable", cause));
        Some(ack)
    }
}

fn by_broker(message: &Message) -> bool {
    let properties = message.properties();
    properties.is_ok_and(|properties| properties.get(REDELIVERED_BY_BROKER).is_some())
}
