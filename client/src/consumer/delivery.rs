//! One message as it was delivered to one consumer.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use super::AckFuture;
use crate::message::Received;
use crate::place::SessionCore;
use crate::proto::io::{self, ConsumerKey, Epoch, Request, SessionMode};

/// A message that a consumer received; everything a [`Received`] can tell, and [`ack`](Self::ack).
///
/// Cheap to clone. It keeps the session of its consumer open.
#[derive(Clone)]
pub struct Delivery {
    message: Received,
    session: Arc<SessionCore>,
    consumer: ConsumerKey,
    pub(super) epoch: Epoch,
    pub(super) number: u64,
}

impl Delivery {
    pub(super) fn new(
        delivery: io::Delivery,
        session: &Arc<SessionCore>,
        consumer: ConsumerKey,
    ) -> Self {
        let counted = u32::try_from(delivery.redelivery_counter).unwrap_or(0);
        let redeliveries = counted.max(delivery.redelivered.into());
        Self {
            message: Received::new(delivery.message, redeliveries),
            session: Arc::clone(session),
            consumer,
            epoch: delivery.epoch,
            number: delivery.number,
        }
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
    /// From the future, an [`AckError`](crate::AckError): `StaleDelivery` if the link that the message
    /// came by was lost before the acknowledgement was written, so that the message comes again;
    /// `Unknown` if it was written and then the link was lost, or the request deadline came, before the
    /// answer; `Refused` if the broker refused it or what went together with it; `NotDone` if the
    /// consumer is gone or the connection closed.
    pub fn ack(&self) -> AckFuture {
        if self.session.mode == SessionMode::Transacted {
            return AckFuture::known(Ok(()));
        }
        let (consumer, epoch, number) = (self.consumer, self.epoch, self.number);
        AckFuture::new(self.session.port.acknowledge(Request::Acknowledge {
            consumer,
            epoch,
            number,
        }))
    }

    /// The message itself, to be kept without its consumer.
    #[must_use]
    pub fn into_message(self) -> Received {
        self.message
    }
}

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
