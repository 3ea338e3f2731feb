//! Consumers.
//!
//! ```text
//! builder, delivery     opening one, and what it gives
//! taking, listening     in batches, and to a handler; browser: looking without taking
//! acknowledging         acknowledgements on their way
//! ```

mod acknowledging;
mod browser;
mod builder;
mod delivery;
mod listening;
mod taking;

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::stream::Stream;
use relaismq_openwire::Destination;

pub use self::acknowledging::AckFuture;
pub use self::browser::Browser;
pub use self::builder::ConsumerBuilder;
pub(crate) use self::builder::NO_CLIENT_ID;
pub use self::delivery::Delivery;
use self::delivery::Origin;
use crate::driver::{self, End, Lane, Taking, until};
use crate::error::{Cause, Error, OperationError, ReceiveError};
use crate::place::{SessionCore, expect_done};
use crate::proto::io::{self, Answer, ConsumerKey, Failure, Request, SessionMode};

/// How much longer than asked for the broker may take to say that it has nothing.
const GRACE: Duration = Duration::from_millis(500);

/// Receives messages: a stream, or by [`receive`](Self::receive).
///
/// It goes on over reconnects. What was not acknowledged before a link broke is delivered again. When
/// the consumer is dropped it closes in the background, and what it was sent and did not acknowledge
/// goes back to the broker, which is told how far the application was: only what it has seen comes again
/// flagged as redelivered.
pub struct Consumer {
    origin: Arc<Origin>,
    destination: Destination,
    /// Messages are asked for one by one.
    pulls: bool,
    /// The request for one message that is under way.
    pull: Option<Pulling>,
}

/// A request for one message; `Sync`, so that handles can be used by reference across tasks.
type Pulling = Pin<Box<dyn Future<Output = Result<Answer, Failure>> + Send + Sync>>;

/// Receiving.
impl Consumer {
    /// Waits for a message. With [`AckMode::Auto`](crate::AckMode::Auto) the application counts as done
    /// with it when this returns, and its acknowledgement leaves then. Safe to drop: a message is taken only by the poll that returns it.
    ///
    /// # Errors
    /// [`ReceiveError`] when the consumer or the connection has ended.
    pub async fn receive(&mut self) -> Result<Delivery, ReceiveError> {
        self.pull = None;
        if let Some(delivery) = self.origin.mailbox.take_next(Taking::AtOnce) {
            return Ok(self.delivery(delivery));
        }
        loop {
            let taken =
                poll_fn(|context| self.poll_delivery(Taking::AtOnce, None, context)).await?;
            if let Some(delivery) = taken {
                return Ok(delivery);
            }
        }
    }

    /// Waits for a message, but no longer than `limit`; `None` if none came, and never earlier.
    /// Otherwise as [`receive`](Self::receive).
    ///
    /// # Errors
    /// [`ReceiveError`] when the consumer or the connection has ended.
    pub async fn receive_timeout(
        &mut self,
        limit: Duration,
    ) -> Result<Option<Delivery>, ReceiveError> {
        self.begin_receive();
        let wait = if self.pulls { limit.saturating_add(GRACE) } else { limit };
        let deadline = driver::deadline(Some(wait));
        let taken = poll_fn(|context| self.poll_delivery(Taking::AtOnce, Some(limit), context));
        until(deadline, taken).await.unwrap_or(Ok(None))
    }

    /// A message if there is one right now. With a prefetch of 0 the broker is asked, else only what
    /// it has sent ahead counts.
    ///
    /// # Errors
    /// [`ReceiveError`] when the consumer or the connection has ended.
    pub async fn receive_now(&mut self) -> Result<Option<Delivery>, ReceiveError> {
        if self.pulls {
            return self.receive_timeout(Duration::ZERO).await;
        }
        self.begin_receive();
        match self.origin.mailbox.poll_take(Taking::AtOnce, None) {
            Poll::Ready(Ok(delivery)) => Ok(Some(self.delivery(delivery))),
            Poll::Ready(Err(end)) => Err(ended(end)),
            Poll::Pending => Ok(None),
        }
    }
}

/// Other things.
impl Consumer {
    /// Where it receives from.
    #[must_use]
    pub const fn destination(&self) -> &Destination {
        &self.destination
    }

    /// Has everything delivered again that its session received and did not acknowledge, after the
    /// delay of the redelivery policy.
    ///
    /// # Errors
    /// [`OperationError`] if the connection has ended.
    pub async fn recover(&mut self) -> Result<(), OperationError> {
        self.recovering().await
    }

    /// As [`recover`](Self::recover), as a future that does not borrow the consumer.
    ///
    /// # Errors
    /// [`OperationError`] if the connection has ended.
    pub fn recovering(&self) -> impl Future<Output = Result<(), OperationError>> + Send + use<> {
        self.origin.mailbox.unsettle();
        let session = Arc::clone(&self.origin.session);
        async move { session.recover(None).await }
    }

    /// Closes the consumer and waits until the broker knows. With
    /// [`AckMode::Auto`](crate::AckMode::Auto) this acknowledges what the stream gave out last.
    ///
    /// Dropping the consumer closes it without waiting, and leaves that one unacknowledged: it comes
    /// again, flagged as redelivered.
    ///
    /// # Errors
    /// [`OperationError`] if the connection has ended.
    pub async fn close(self) -> Result<(), OperationError> {
        self.origin.mailbox.settle();
        let port = &self.origin.session.port;
        let request = Request::CloseConsumer(self.origin.key);
        expect_done(port.call(Lane::Ordered, request, port.request_deadline()).await)
    }

    fn begin_receive(&mut self) {
        self.pull = None;
        self.origin.mailbox.settle();
    }

    /// With automatic acknowledgement a message is acknowledged when the application is done with it.
    fn automatic_or(&self, automatic: Taking) -> Taking {
        match self.origin.session.mode {
            SessionMode::Auto | SessionMode::DupsOk => automatic,
            SessionMode::Client | SessionMode::Individual | SessionMode::Transacted => {
                Taking::AtOnce
            }
        }
    }

    /// The next delivery; `None` if the broker had none within `wait`, for consumers that pull.
    fn poll_delivery(
        &mut self,
        taking: Taking,
        wait: Option<Duration>,
        context: &mut Context<'_>,
    ) -> Poll<Result<Option<Delivery>, ReceiveError>> {
        loop {
            match self.origin.mailbox.poll_take(taking, Some(context)) {
                Poll::Ready(Ok(delivery)) => {
                    self.pull = None;
                    return Poll::Ready(Ok(Some(self.delivery(delivery))));
                }
                Poll::Ready(Err(end)) => return Poll::Ready(Err(ended(end))),
                Poll::Pending if !self.pulls => return Poll::Pending,
                Poll::Pending => {}
            }
            if !std::task::ready!(self.poll_pull(wait, context))? {
                return Poll::Ready(Ok(None));
            }
        }
    }

    /// Asks the broker for a message; false if it had none.
    fn poll_pull(
        &mut self,
        wait: Option<Duration>,
        context: &mut Context<'_>,
    ) -> Poll<Result<bool, ReceiveError>> {
        let pull =
            self.pull.get_or_insert_with(|| pull(&self.origin.session, self.origin.key, wait));
        let answer = std::task::ready!(pull.as_mut().poll(context));
        self.pull = None;
        Poll::Ready(Ok(answer? != Answer::Pulled(false)))
    }

    fn delivery(&self, delivery: io::Delivery) -> Delivery {
        Delivery::new(delivery, &self.origin)
    }
}

/// Messages as they come; ends when the consumer or the connection has ended, after the error that
/// says why. With [`AckMode::Auto`](crate::AckMode::Auto), asking for the next message acknowledges
/// the one before, and so does [`close`](Consumer::close).
impl Stream for Consumer {
    type Item = Result<Delivery, Error>;

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Delivery, Error>>> {
        let taking = self.automatic_or(Taking::UntilNext);
        if let Some(delivery) = self.origin.mailbox.take_next(taking) {
            self.pull = None;
            return Poll::Ready(Some(Ok(self.delivery(delivery))));
        }
        loop {
            match std::task::ready!(self.poll_delivery(taking, None, context)) {
                Ok(Some(delivery)) => return Poll::Ready(Some(Ok(delivery))),
                Ok(None) => {}
                Err(ReceiveError::Ended(Cause::Closed(None))) => return Poll::Ready(None),
                Err(error) => {
                    self.origin.mailbox.close();
                    return Poll::Ready(Some(Err(error.into())));
                }
            }
        }
    }
}

impl Drop for Consumer {
    fn drop(&mut self) {
        self.origin.session.port.hand_over_later(Request::CloseConsumer(self.origin.key));
    }
}

impl fmt::Debug for Consumer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Consumer")
            .field("key", &self.origin.key)
            .field("destination", &self.destination)
            .finish_non_exhaustive()
    }
}

fn pull(session: &Arc<SessionCore>, consumer: ConsumerKey, wait: Option<Duration>) -> Pulling {
    let port = Arc::clone(&session.port);
    Box::pin(async move { port.call(Lane::Urgent, Request::Pull { consumer, wait }, None).await })
}

fn ended(end: End) -> ReceiveError {
    match end {
        End::Browsed => ReceiveError::Ended(Cause::Closed(None)),
        End::Failed(failure) => failure.into(),
    }
}
