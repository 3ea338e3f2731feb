//! What is known of a message that was sent.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use futures::FutureExt;
use futures::future::BoxFuture;
use relaismq_openwire::MessageId;

use crate::driver::Ticket;
use crate::error::{SendError, SendFailure, unexpected};
use crate::message::Message;
use crate::proto::io::{Answer, Failure};

/// A message is on its way, or has arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    message_id: Option<MessageId>,
    confirmed: bool,
}

impl Receipt {
    pub(super) const fn unconfirmed() -> Self {
        Self { message_id: None, confirmed: false }
    }

    pub(super) fn from_outcome(outcome: Result<Answer, Failure>) -> Result<Self, SendFailure> {
        match outcome? {
            Answer::Sent { message_id, confirmed } => {
                Ok(Self { message_id: Some(message_id), confirmed })
            }
            other => Err(unexpected(&other).into()),
        }
    }

    /// The broker said that it has the message; a persistent one is safe.
    #[must_use]
    pub const fn confirmed(&self) -> bool {
        self.confirmed
    }

    /// The id that the message got (`JMSMessageID`); `None` if the send did not wait for the broker's
    /// confirmation, since the id is given on the way.
    #[must_use]
    pub const fn message_id(&self) -> Option<&MessageId> {
        self.message_id.as_ref()
    }
}

/// The receipt of a message that is under way. Dropping it does not take the message back.
#[must_use = "it tells whether the broker has the message"]
pub struct ReceiptFuture(BoxFuture<'static, Result<Receipt, SendError>>);

impl ReceiptFuture {
    pub(super) fn new(ticket: Ticket, deadline: Option<Instant>, message: Message) -> Self {
        let outcome = async move {
            let receipt = Receipt::from_outcome(ticket.outcome(deadline).await);
            receipt.map_err(|failure| SendError::new(failure, message))
        };
        Self(outcome.boxed())
    }

    pub(super) fn ready(receipt: Receipt) -> Self {
        Self(std::future::ready(Ok(receipt)).boxed())
    }
}

impl Future for ReceiptFuture {
    type Output = Result<Receipt, SendError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.poll_unpin(context)
    }
}

impl std::fmt::Debug for ReceiptFuture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReceiptFuture").finish_non_exhaustive()
    }
}
