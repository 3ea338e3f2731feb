//! Messages that may have been seen before the broker's last start, and nobody knows.
//!
//! A *suspect* is flagged as redelivered, but it has not used up an attempt: perhaps it only lay in
//! a client's buffer when the broker died. Java's flag is a redelivery counter above zero, so on the
//! wire a suspect has one more than its real count. ActiveMQ's client would hold that against it, in
//! two places:
//!
//! * A transacted consumer gives up on a message whose counter is above its limit before the
//!   application sees it, unless the message has the property `redeliveryDelay`, which ActiveMQ's
//!   own redelivery plugin sets (`ActiveMQMessageConsumer.redeliveryExceeded`, 5.17 and 6.3). So
//!   what is dispatched of a suspect has that property, and what is stored has not.
//! * After a rollback it compares its counter with the limit, so it gives up one attempt early. What
//!   it then reports as poison is believed only if the limit that it names is exceeded by what was
//!   rolled back since the broker's start; otherwise the message is dispatched again, with its real
//!   count, and is a suspect no longer.

use crate::engine::{
    Engine,
    state::{buried::Cause, in_flight::InFlight, slab::SubId},
};

/// What the text of a poison acknowledgement says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Verdict {
    /// Redeliveries that the client's policy allows, if it says.
    limit: Option<i32>,
    /// The application had it and rolled back; otherwise the client kept it to itself.
    rolled_back: bool,
}

impl Engine {
    /// A consumer has given up on these. The client has looked at the counter of the last one only.
    /// True if that changes the store.
    pub(crate) fn poisoned(&mut self, sub: SubId, taken: Vec<InFlight>, text: String) -> bool {
        let verdict = Verdict::read(&text);
        let honest = taken.last().is_none_or(|last| !last.entry.suspect);
        let cause = Cause::Poison(text);
        let mut changed = false;
        for mut it in taken {
            let attempts = it.attempts().saturating_add(i32::from(verdict.rolled_back));
            if honest || verdict.limit.is_some_and(|limit| attempts > limit) {
                changed |= self.bury(Some(sub), it, &cause);
                continue;
            }
            // It stays flagged.
            it.entry.counter = attempts.max(1);
            it.entry.suspect = false;
            self.put_back(it);
        }
        changed
    }
}

impl Verdict {
    /// Java says "Delivery\[3\] exceeds redelivery policy limit:RedeliveryPolicy {…,
    /// maximumRedeliveries = 2, …}" after a rollback, and "Dispatch\[3\] to … exceeds …" before the
    /// application sees the message. Our client says "Exceeded redelivery policy limit: 2, …".
    fn read(text: &str) -> Self {
        let (what, policy) = text.split_once("redelivery policy limit:").unwrap_or((text, ""));
        let named = policy.split_once("maximumRedeliveries = ").map(|(_, rest)| rest);
        let digits = named.unwrap_or(policy).trim_start();
        let end = digits.find(|it: char| !it.is_ascii_digit()).unwrap_or(digits.len());
        let unseen = what.contains("ispatch[") || what.contains("Suppressing duplicate");
        Self { limit: digits.get(..end).and_then(|it| it.parse().ok()), rolled_back: !unseen }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_read_from_what_clients_say() {
        let policy = "RedeliveryPolicy {destination = null, collisionAvoidanceFactor = 0.15, \
                      maximumRedeliveries = 2, maximumRedeliveryDelay = -1}, cause:null";
        let read = |text: &str| {
            let Verdict { limit, rolled_back } = Verdict::read(text);
            (limit, rolled_back)
        };
        let java = |what| read(&format!("java.lang.Throwable: {what} policy limit:{policy}"));
        assert_eq!(java("Delivery[3] exceeds redelivery"), (Some(2), true));
        assert_eq!(java("Dispatch[3] to ID:c exceeds redelivery"), (Some(2), false));
        assert_eq!(java("listener dispatch[3] to ID:c exceeds redelivery"), (Some(2), false));
        let ours = "Exceeded redelivery policy limit: 3, rolled back 4 times";
        assert_eq!(read(ours), (Some(3), true));
        let twice = "Suppressing duplicate delivery on connection, consumer ID:c";
        assert_eq!(read(twice), (None, false));
        assert_eq!(read("it tasted strange"), (None, true));
    }
}
