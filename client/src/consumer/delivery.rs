//! One message as it was delivered to one consumer.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use tracing::Span;

use super::AckFuture;
use crate::driver::Mailbox;
use crate::error::{AckError, Cause};
use crate::message::Received;
use crate::place::SessionCore;
use crate::proto::io::{self, ConsumerKey, Epoch, Request, SessionMode};
use crate::trace::TraceContext;

/// A message that a consumer received; everything a [`Received`] can tell, and [`ack`](Self::ack).
///
/// Cheap to clone. It keeps the session of its consumer open.
#[derive(Clone)]
pub struct Delivery {
    message: Received,
    origin: Arc<Origin>,
    pub(super) epoch: Epoch,
    pub(super) number: u64,
}

/// Whence deliveries come.
#[derive(Debug)]
pub(super) struct Origin {
    pub(super) session: Arc<SessionCore>,
    pub(super) key: ConsumerKey,
    pub(super) mailbox: Arc<Mailbox>,
}

impl Delivery {
    pub(super) fn new(delivery: io::Delivery, origin: &Arc<Origin>) -> Self {
        let counted = u32::try_from(delivery.redelivery_counter).unwrap_or(0);
        let redeliveries = counted.max(delivery.redelivered.into());
        Self {
            message: Received::new(delivery.message, redeliveries),
            origin: Arc::clone(origin),
            epoch: delivery.epoch,
            number: delivery.number,
        }
    }

    /// A span, at level debug, for what is done with the message: `process`, with its destination and id, the
    /// session and consumer that it came to, how often it was delivered, and its `traceparent`. The handlers of
    /// [`listen`](super::Consumer::listen) run in it.
    ///
    /// ```no_run
    /// # use tracing::Instrument;
    /// # async fn handle(_: &relaismq::Delivery) {}
    /// # async fn next(consumer: &mut relaismq::Consumer) -> Result<(), Box<dyn std::error::Error>> {
    /// let order = consumer.receive().await?;
    /// handle(&order).instrument(order.span()).await;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn span(&self) -> Span {
        tracing::debug_span!(
            "process",
            destination = self.message.destination().map(tracing::field::display),
            message_id = self.message.message_id().map(tracing::field::display),
            session = self.origin.session.key.0,
            consumer = self.origin.key.0,
            epoch = self.epoch.0,
            delivery_count = self.message.delivery_count(),
            traceparent = self.message.trace_context().as_ref().map(TraceContext::parent),
        )
    }

    /// Acknowledges the message: the broker need not keep it any more.
    ///
    /// The acknowledgement is handed over by the call itself; the future tells what became of it.
    /// Await it at once, or go on and await it later, so that many are under way: those that have
    /// gathered while the broker was busy go to it as one range, with one confirmation for all.
    /// Dropping the future leaves the acknowledgement under way and its outcome unknown.
    ///
    /// With [`AckMode::Individual`](crate::AckMode::Individual) this covers this message only, with
    /// `Client` everything received so far in the session, and `Ok` means that the broker has confirmed
    /// it. Where the consumer [hands over](crate::ConsumerBuilder::confirm_acks) its acknowledgements,
    /// and with `Auto` and `DupsOk`, where this only comes earlier than by itself, `Ok` means no more
    /// than that it was handed over while the link was not known to be lost. In a transaction it does
    /// nothing, since the commit acknowledges.
    ///
    /// ```no_run
    /// # use futures::{StreamExt, stream::FuturesUnordered};
    /// # async fn work(mut consumer: relaismq::Consumer) -> Result<(), relaismq::Error> {
    /// let mut acks = FuturesUnordered::new();
    /// while let Some(order) = consumer.next().await {
    ///     acks.push(order?.ack());
    ///     while acks.len() > 100 {
    ///         acks.next().await.transpose()?;
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// From the future, an [`AckError`]: `StaleDelivery` if the link that the message
    /// came by was lost before the acknowledgement was written, so that the message comes again;
    /// `Unknown` if it was written and then the link was lost, or the request deadline came, before the
    /// answer; `Refused` if the broker refused it or what went together with it; `NotDone` if the
    /// consumer is gone or the connection closed.
    pub fn ack(&self) -> AckFuture {
        let Origin { session, key: consumer, .. } = &*self.origin;
        if session.mode == SessionMode::Transacted {
            return AckFuture::known(Ok(()));
        }
        let (consumer, epoch, number) = (*consumer, self.epoch, self.number);
        AckFuture::new(session.port.acknowledge(Request::Acknowledge { consumer, epoch, number }))
    }

    /// Gives the message back: it is delivered again after the delay of the redelivery policy, and goes to
    /// the dead letter queue when that has happened too often.
    ///
    /// The request is handed over by the call itself; the future tells what became of it. The message stays
    /// with this consumer until then; others do not get it meanwhile.
    ///
    /// With [`AckMode::Individual`](crate::AckMode::Individual) this covers this message only, and others
    /// overtake it. With `Client` it covers everything that the consumer has received and nobody has
    /// acknowledged, as [`ack`](Self::ack) does, and with `Auto` and `DupsOk` the message that the
    /// application is not done with, as a stream gives it out; these come again before any other.
    ///
    /// # Errors
    /// From the future, an [`AckError`]: `StaleDelivery` if the link that the message came
    /// by is lost, so that the broker delivers it again by itself; `NotDone` if it is acknowledged or given
    /// back already, the consumer is gone, or in a transaction, which can only be rolled back; `Unknown` if
    /// it was to go to the dead letter queue, and the link was lost before the broker's answer.
    pub fn reject(&self) -> AckFuture {
        self.give_back(None)
    }

    /// Sends the message to the dead letter queue, whatever the redelivery policy says: it will never be of
    /// use. `cause` is for whoever looks there: it ends the property `dlqDeliveryFailureCause`.
    ///
    /// `Ok` means that the broker has confirmed it. Otherwise as [`reject`](Self::reject).
    ///
    /// # Errors
    /// As [`reject`](Self::reject).
    pub fn dead_letter(&self, cause: impl Into<String>) -> AckFuture {
        self.give_back(Some(cause.into()))
    }

    fn give_back(&self, dead: Option<String>) -> AckFuture {
        let Origin { session, key: consumer, mailbox } = &*self.origin;
        if session.mode == SessionMode::Transacted {
            return AckFuture::known(Err(AckError::NotDone(Cause::Misuse(IN_TRANSACTION))));
        }
        let (consumer, epoch, number) = (*consumer, self.epoch, self.number);
        // The application is not done with it when it asks for the next one.
        mailbox.give_back(epoch, number);
        let request = Request::Reject { consumer, epoch, number, dead };
        AckFuture::new(session.port.acknowledge(request))
    }

    /// The message itself, to be kept without its consumer.
    #[must_use]
    pub fn into_message(self) -> Received {
        self.message
    }
}

const IN_TRANSACTION: &str =
    "a message of a transaction cannot be given back alone; roll the transaction back";

impl Deref for Delivery {
    type Target = Received;

    fn deref(&self) -> &Received {
        &self.message
    }
}

impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.message, f)
    }
}
