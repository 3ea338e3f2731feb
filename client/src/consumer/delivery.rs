//! One message as it was delivered to one consumer.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use crate::driver::{Lane, Mailbox};
use crate::error::AckError;
use crate::message::Received;
use crate::place::{SessionCore, expect_done};
use crate::proto::io::{self, ConsumerKey, Epoch, Request, SessionMode};

/// A message that a consumer received; everything a [`Received`] can tell, and [`ack`](Self::ack).
///
/// Cheap to clone. It keeps the session of its consumer open.
#[derive(Clone)]
pub struct Delivery {
    message: Received,
    session: Arc<SessionCore>,
    consumer: ConsumerKey,
    mailbox: Arc<Mailbox>,
    pub(super) epoch: Epoch,
    pub(super) number: u64,
}

impl Delivery {
    pub(super) fn new(
        delivery: io::Delivery,
        session: &Arc<SessionCore>,
        consumer: ConsumerKey,
        mailbox: &Arc<Mailbox>,
    ) -> Self {
        let counted = u32::try_from(delivery.redelivery_counter).unwrap_or(0);
        let redeliveries = counted.max(delivery.redelivered.into());
        Self {
            message: Received::new(delivery.message, redeliveries),
            session: Arc::clone(session),
            consumer,
            mailbox: Arc::clone(mailbox),
            epoch: delivery.epoch,
            number: delivery.number,
        }
    }

    /// Acknowledges the message: the broker need not keep it any more.
    ///
    /// With [`AckMode::Client`](crate::AckMode::Client) this covers everything received so far in the
    /// session, with `Individual` this message only. With `Auto` it only comes earlier than by itself;
    /// in a transaction it does nothing, since the commit acknowledges.
    ///
    /// # Errors
    /// [`AckError::StaleDelivery`] if the link that the message came by is gone: the broker does not
    /// heed acknowledgements of then, and delivers the message again.
    pub async fn ack(&self) -> Result<(), AckError> {
        match self.session.mode {
            SessionMode::Transacted => Ok(()),
            SessionMode::Auto | SessionMode::DupsOk => {
                self.mailbox.consumed(self.epoch, self.number);
                Ok(())
            }
            SessionMode::Client | SessionMode::Individual => {
                let (consumer, epoch, number) = (self.consumer, self.epoch, self.number);
                let request = Request::Acknowledge { consumer, epoch, number };
                let port = &self.session.port;
                expect_done(port.call(Lane::Urgent, request, port.request_deadline()).await)
            }
        }
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
