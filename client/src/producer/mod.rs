//! Producers.
//!
//! ```text
//! builder, sending      opening one, and one message on its way
//! pipeline, receipt     many sends under way, and what is known of each
//! ```

mod builder;
mod pipeline;
mod receipt;
mod sending;

use std::sync::Arc;
use std::time::Duration;

use relaismq_openwire::Destination;
use tokio::sync::Semaphore;
use tracing::{Span, field::Empty};

pub use self::builder::ProducerBuilder;
pub use self::pipeline::{Pipeline, Settled};
pub use self::receipt::{Receipt, ReceiptFuture};
pub(crate) use self::sending::Sending;
use crate::destination::Target;
use crate::error::{Cause, OperationError, SendError};
use crate::message::Message;
use crate::place::SessionCore;
use crate::proto::io::{ProducerKey, Request, SessionMode};

/// How a message is sent.
///
/// ```
/// # use std::time::Duration;
/// use relaismq::SendOptions;
///
/// let urgent = SendOptions::default().priority(9).time_to_live(Duration::from_secs(60));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SendOptions {
    /// See [`SendOptions::persistent`].
    pub persistent: bool,
    /// See [`SendOptions::priority`].
    pub priority: u8,
    /// See [`SendOptions::time_to_live`].
    pub time_to_live: Option<Duration>,
    /// See [`SendOptions::confirm`].
    pub confirm: Option<bool>,
    /// See [`SendOptions::timeout`].
    pub timeout: Option<Duration>,
}

impl Default for SendOptions {
    fn default() -> Self {
        Self { persistent: true, priority: 4, time_to_live: None, confirm: None, timeout: None }
    }
}

impl SendOptions {
    /// Whether the broker keeps the message over a restart. Default true.
    #[must_use]
    pub const fn persistent(mut self, persistent: bool) -> Self {
        self.persistent = persistent;
        self
    }

    /// 0 to 9, where more is sooner, if the broker is told to heed it. Default 4; 9 at most.
    #[must_use]
    pub const fn priority(mut self, priority: u8) -> Self {
        self.priority = if priority > 9 { 9 } else { priority };
        self
    }

    /// How long the message is of use; a millisecond is the least. Default: for ever.
    #[must_use]
    pub const fn time_to_live(mut self, time: Duration) -> Self {
        self.time_to_live = Some(time);
        self
    }

    /// Whether a send waits until the broker has confirmed the message. Default: for persistent
    /// messages yes (unless `jms.useAsyncSend` is on), for others no (unless `jms.alwaysSyncSend` is
    /// on). In a transaction only the commit is confirmed.
    ///
    /// Without confirmation nobody hears whether the broker took the message, except by an
    /// [`Event::Warning`](crate::Event::Warning) when it did not; [`Producer::enqueue`] tells. A
    /// persistent message is kept until a later answer proves that the broker has read it, and sent
    /// again after a reconnect, which ActiveMQ's client does not do; a broker that is killed may still
    /// lose what it has read and not stored. One that is not persistent may be lost with the link; a
    /// warning says how many may have been.
    #[must_use]
    pub const fn confirm(mut self, confirm: bool) -> Self {
        self.confirm = Some(confirm);
        self
    }

    /// How long a send may take from the call to its result, the wait for a broker, for room in the window
    /// and for the confirmation included. Default: `jms.sendTimeout`, which by default is for ever.
    ///
    /// A send whose time is over ends as not done if it was not written, and never is; else as unknown.
    #[must_use]
    pub const fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = Some(limit);
        self
    }
}

/// Sends messages, in the order of its calls.
///
/// Cheap to clone; all clones are one producer. It closes in the background when the last is dropped.
#[derive(Clone, Debug)]
pub struct Producer {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    session: Arc<SessionCore>,
    key: ProducerKey,
    destination: Option<Destination>,
    options: SendOptions,
    window: Arc<Semaphore>,
    window_bytes: usize,
}

impl Producer {
    /// Where it sends; `None` if each message says so.
    #[must_use]
    pub fn destination(&self) -> Option<&Destination> {
        self.inner.destination.as_ref()
    }

    /// Sends a message with the producer's options.
    ///
    /// A persistent message resolves when the broker has confirmed it: it is safe then. Any other
    /// resolves when it is handed over while a broker is connected. Either way the send waits for a
    /// broker if there is none, within the send deadline, and goes on over a reconnect.
    ///
    /// Dropping the future takes the message back unless it has been written already.
    ///
    /// # Errors
    /// [`SendError`]; its [`outcome`](SendError::outcome) says whether the broker may have it, and
    /// [`into_message`](SendError::into_message) gives the message back.
    pub async fn send(&self, message: impl Into<Message>) -> Result<Receipt, SendError> {
        self.send_with(message, &self.inner.options).await
    }

    /// As [`send`](Self::send), with other options.
    ///
    /// # Errors
    /// [`SendError`].
    pub async fn send_with(
        &self,
        message: impl Into<Message>,
        options: &SendOptions,
    ) -> Result<Receipt, SendError> {
        let message = message.into();
        if self.inner.destination.is_none() {
            let advice = "the producer has no destination of its own; name one with send_to";
            return Err(SendError::new(Cause::Misuse(advice).into(), message));
        }
        self.dispatch(message, None, options).await
    }

    /// Sends a message to a destination that is named here; for producers without one.
    ///
    /// # Errors
    /// [`SendError`].
    pub async fn send_to(
        &self,
        destination: impl Into<Target>,
        message: impl Into<Message>,
    ) -> Result<Receipt, SendError> {
        self.send_to_with(destination, message, &self.inner.options).await
    }

    /// As [`send_to`](Self::send_to), with other options.
    ///
    /// # Errors
    /// [`SendError`].
    pub async fn send_to_with(
        &self,
        destination: impl Into<Target>,
        message: impl Into<Message>,
        options: &SendOptions,
    ) -> Result<Receipt, SendError> {
        let message = message.into();
        match destination.into().resolve() {
            Ok((destination, _)) => self.dispatch(message, Some(destination), options).await,
            Err(error) => Err(SendError::new(Cause::from(error).into(), message)),
        }
    }

    /// Hands a message over and gives a future of its receipt, so that many can be under way.
    ///
    /// Waits only while as many bytes as the producer's window are unconfirmed (`jms.producerWindowSize`
    /// or `producer.windowSize`; 8 MiB without). Always asks for a confirmation, except in a
    /// transaction. Dropping the receipt's future does not take the message back.
    ///
    /// ```no_run
    /// # use futures::stream::{FuturesOrdered, TryStreamExt};
    /// # async fn all(producer: relaismq::Producer) -> Result<(), relaismq::SendError> {
    /// let mut receipts = FuturesOrdered::new();
    /// for n in 0..1000 {
    ///     receipts.push_back(producer.enqueue(format!("message {n}")).await?);
    /// }
    /// while let Some(receipt) = receipts.try_next().await? {
    ///     assert!(receipt.confirmed());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`SendFailure::NotSent`](crate::SendFailure::NotSent) if it cannot be handed over before the send deadline.
    pub async fn enqueue(&self, message: impl Into<Message>) -> Result<ReceiptFuture, SendError> {
        self.enqueue_with(message, &self.inner.options).await
    }

    /// As [`enqueue`](Self::enqueue), with other options.
    ///
    /// # Errors
    /// [`SendFailure::NotSent`](crate::SendFailure::NotSent) if it cannot be handed over before the send deadline.
    pub async fn enqueue_with(
        &self,
        message: impl Into<Message>,
        options: &SendOptions,
    ) -> Result<ReceiptFuture, SendError> {
        let message = message.into();
        if self.is_transacted() {
            self.sending(message, options)?.hand_over().await?;
            return Ok(ReceiptFuture::ready(Receipt::unconfirmed()));
        }
        let sending = self.sending(message.clone(), options)?;
        match sending.within(&self.inner.window, self.inner.window_bytes).await {
            Ok((ticket, deadline)) => Ok(ReceiptFuture::new(ticket, deadline, message)),
            Err(failure) => Err(SendError::new(failure, message)),
        }
    }

    /// Closes the producer. Dropping it does the same without waiting.
    ///
    /// # Errors
    /// [`OperationError`] if the connection has ended.
    pub async fn close(self) -> Result<(), OperationError> {
        let request = Request::CloseProducer(self.inner.key);
        let port = &self.inner.session.port;
        let lane = crate::driver::Lane::Ordered;
        crate::place::expect_done(port.call(lane, request, port.request_deadline()).await)
    }

    fn sending(&self, message: Message, options: &SendOptions) -> Result<Sending<'_>, SendError> {
        Sending::new(&self.inner.session.port, self.inner.key, message, options)
    }

    async fn dispatch(
        &self,
        message: Message,
        destination: Option<Destination>,
        options: &SendOptions,
    ) -> Result<Receipt, SendError> {
        let span = self.span(destination.as_ref());
        if !self.waits_for_confirmation(options) {
            let sending = self.sending(message, options)?.to(destination);
            return sending.hand_over().await.map(|()| Receipt::unconfirmed());
        }
        let sending = self.sending(message.clone(), options)?.to(destination);
        let sent = sending.confirmed().await;
        match &sent {
            Ok(receipt) => {
                span.record("message_id", receipt.message_id().map(tracing::field::display));
            }
            Err(failure) => {
                span.record("error", tracing::field::display(failure));
            }
        }
        sent.map_err(|failure| SendError::new(failure, message))
    }

    /// Of one send; never entered, since nothing happens in it but waiting.
    fn span(&self, destination: Option<&Destination>) -> Span {
        let destination = destination.or(self.destination()).map(tracing::field::display);
        tracing::debug_span!(
            "send",
            destination,
            session = self.inner.session.key.0,
            producer = self.inner.key.0,
            message_id = Empty,
            error = Empty,
        )
    }

    fn waits_for_confirmation(&self, options: &SendOptions) -> bool {
        let defaults = &self.inner.session.port.options.producers;
        let by_default = if options.persistent {
            !defaults.use_async_send || defaults.always_sync_send
        } else {
            defaults.always_sync_send
        };
        !self.is_transacted() && options.confirm.unwrap_or(by_default)
    }

    fn is_transacted(&self) -> bool {
        self.inner.session.mode == SessionMode::Transacted
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.session.port.hand_over_later(Request::CloseProducer(self.key));
    }
}
