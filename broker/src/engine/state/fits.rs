//! What fits into the store: asked before something is accepted, since a store that is handed what does not
//! fit can only give up.

use relaismq_openwire::{Destination, Message, ProducerId, encode_stored};

use crate::{
    engine::state::refusal::Refusal,
    model::{StoreLimits, SubscriptionRecord},
};

/// A message may grow so much when it becomes a dead letter, which says why.
const GROWTH: usize = 4096;

/// Of a text in a column.
struct Length {
    what: &'static str,
    most: Option<usize>,
    zero: bool,
}

impl Length {
    fn check(&self, text: &str) -> Result<(), Refusal> {
        let Self { what, most, zero } = self;
        let count = text.chars().count();
        if let Some(most) = most.filter(|most| count > *most) {
            return Err(Refusal::argument(format!(
                "{what} may have {most} characters in this broker's store, and has {count}"
            )));
        }
        if !zero && text.contains('\0') {
            return Err(Refusal::argument(format!(
                "{what} may have no character zero in this broker's store"
            )));
        }
        Ok(())
    }
}

/// A destination by its name.
pub(crate) fn check_destination(
    limits: &StoreLimits,
    destination: &Destination,
) -> Result<(), Refusal> {
    let StoreLimits { destination: most, zero, .. } = *limits;
    Length { what: "the name of a destination", most, zero }.check(&destination.name)
}

/// A durable subscription.
pub(crate) fn check_subscription(
    limits: &StoreLimits,
    record: &SubscriptionRecord,
) -> Result<(), Refusal> {
    let zero = limits.zero;
    let check = |what, most, text: &str| Length { what, most, zero }.check(text);
    check("the client id of a durable subscription", limits.client_id, &record.key.client_id)?;
    check("the name of a durable subscription", limits.subscription, &record.key.name)?;
    check("the topic of a durable subscription", limits.destination, &record.topic)?;
    let selector = record.selector.as_deref().unwrap_or_default();
    check("the selector of a durable subscription", limits.selector, selector)
}

/// A producer's id, with every message of its own.
pub(crate) fn check_producer(limits: &StoreLimits, id: &ProducerId) -> Result<(), Refusal> {
    let StoreLimits { producer: most, zero, .. } = *limits;
    if most.is_none() && zero {
        return Ok(());
    }
    Length { what: "the id of a producer", most, zero }.check(&id.to_string())
}

/// A message that is to be kept, by its size and by the producer that it names.
pub(crate) fn check_message(limits: &StoreLimits, message: &Message) -> Result<(), Refusal> {
    if !message.persistent {
        return Ok(());
    }
    if message.message_id.as_ref().and_then(|id| id.producer_id.as_ref())
        != message.producer_id.as_ref()
        && let Some(id) = message.message_id.as_ref().and_then(|id| id.producer_id.as_ref())
    {
        check_producer(limits, id)?;
    }
    let Some(most) = limits.message.map(|most| most.saturating_sub(GROWTH)) else { return Ok(()) };
    if message.footprint().saturating_add(GROWTH) <= most {
        return Ok(());
    }
    let bytes = encode_stored(message).map_or(usize::MAX, |blob| blob.len());
    if bytes <= most {
        return Ok(());
    }
    Err(Refusal::resources(format!(
        "a persistent message may take {most} bytes in this broker's store, and this one takes {bytes}"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_longer_than_a_column_is_refused_with_both_lengths() {
        let limits = StoreLimits { destination: Some(5), ..StoreLimits::default() };
        let check = |name: &str| check_destination(&limits, &Destination::queue(name));
        assert_eq!(check("ééééé"), Ok(()));
        let refused = check("sixsix").unwrap_err();
        assert!(refused.message().contains("may have 5 characters"), "{refused:?}");
        assert!(refused.message().contains("has 6"), "{refused:?}");
        let limits = StoreLimits { zero: false, ..StoreLimits::default() };
        assert!(check_destination(&limits, &Destination::queue("a\0b")).is_err());
    }

    #[test]
    fn a_message_is_measured_as_it_would_be_kept() {
        let message = |len: usize, persistent| Message {
            content: Some(vec![7; len].into()),
            persistent,
            ..Message::default()
        };
        let limits = StoreLimits { message: Some(65_535), ..StoreLimits::default() };
        assert_eq!(check_message(&limits, &message(60_000, true)), Ok(()));
        assert!(check_message(&limits, &message(62_000, true)).is_err());
        assert_eq!(check_message(&limits, &message(70_000, false)), Ok(()));
        assert_eq!(check_message(&StoreLimits::default(), &message(1 << 20, true)), Ok(()));
    }
}
