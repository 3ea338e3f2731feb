//! The connection handle.

mod builder;
mod events;
mod request;

use std::sync::Arc;
use std::time::{Duration, Instant};

use relaismq_openwire::Destination;
use relaismq_openwire::destination::Kind;
use tokio::runtime::Handle;

pub use self::builder::ConnectionBuilder;
pub use self::events::Events;
use crate::consumer::{self, Browser, ConsumerBuilder};
use crate::destination::Target;
use crate::driver::{self, Lane, Port, until};
use crate::error::{Cause, ConnectError, Error, OperationError};
use crate::message::{Message, Received};
use crate::options::ConnectOptions;
use crate::place::{AckMode, Place, expect_done};
use crate::producer::ProducerBuilder;
use crate::proto::io::{Answer, Request, SessionMode};
use crate::proto::statistics::Statistics;
use crate::session::Session;
use crate::state::State;
use crate::temporary::{Temporary, TemporaryQueue, TemporaryTopic};
use crate::transaction::{TransactedSession, Transaction};

/// A connection to one of several brokers, which moves to another one when that fails.
///
/// Cheap to clone; all clones are one connection. It needs a Tokio runtime, on which one task per
/// connection runs. When the last clone and everything made from it is dropped, the connection closes
/// in the background; [`close`](Self::close) waits for that.
#[derive(Clone, Debug)]
pub struct Connection {
    port: Arc<Port>,
}

/// Opening and closing.
impl Connection {
    /// Begins a connection to the brokers of a URI, such as
    /// `failover:(tcp://a:61616,tcp://b:61616)?timeout=3000` or `tcp://a:61616`.
    ///
    /// A malformed URI is reported by [`ConnectionBuilder::connect`].
    pub fn builder(uri: impl AsRef<str>) -> ConnectionBuilder {
        ConnectionBuilder::from_uri(uri.as_ref())
    }

    /// Begins a connection with options made in code.
    pub fn with_options(options: ConnectOptions) -> ConnectionBuilder {
        ConnectionBuilder::from_options(options)
    }

    pub(crate) fn start(options: ConnectOptions, runtime: &Handle) -> Self {
        Self { port: Arc::new(driver::start(options, runtime)) }
    }

    /// Waits for the login, and that no longer than until the connect deadline.
    pub(crate) async fn logged_in(&self, limit: Option<Duration>) -> Result<(), ConnectError> {
        let deadline = driver::deadline(self.port.limited(limit));
        let mut events = self.events();
        match self.port.call(Lane::Urgent, Request::Connect, deadline).await {
            Ok(_) => Ok(()),
            Err(failure) => {
                let failure = self.port.ending().unwrap_or(failure);
                let known = events.failures();
                Err(match (ConnectError::from_failure(failure, known.brokers), known.list) {
                    (ConnectError::TimedOut(tried) | ConnectError::NoBroker(tried), Some(list))
                        if tried.is_empty() =>
                    {
                        ConnectError::NoList(list)
                    }
                    (error, _) => error,
                })
            }
        }
    }

    /// Closes the connection and everything made from it, and waits until that is done. What was
    /// handed over before is sent first, and with automatic acknowledgement what streams gave out last
    /// is acknowledged.
    ///
    /// Returns at once while no broker is connected: what was handed over and not confirmed may be lost
    /// then, which its receipts say, or an event where nobody waits for one. Otherwise it waits for the
    /// broker's farewell as long as the broker takes what is sent or answers, at most as long as
    /// [`Timeouts::close`](crate::options::Timeouts::close) says. A broker that does neither is left
    /// after twice the time that its answers usually take on this link, and 100 ms at least; but not
    /// while it may have messages to read whose confirmation nobody waits for. If such are left behind at
    /// the limit, an [`Event::Warning`](crate::Event::Warning) says how many.
    /// Closing again is harmless. Dropping the future does not stop the closing.
    pub async fn close(&self) {
        if self.port.is_connected() {
            self.port.leave().await;
            self.close_by(driver::deadline(self.port.options.timeouts.close)).await;
        }
        if !matches!(self.state(), State::Closed { .. }) {
            // Nothing can be sent any more, or time is up.
            self.port.close_now().await;
        }
    }

    /// Ends in good order: consumers get nothing more, and what the application has already comes to its end:
    /// messages are acknowledged or given back, transactions end, sends are confirmed. Then it closes, and
    /// after `limit` in any case. True if nothing was left.
    ///
    /// Handlers and tasks may go on sending and acknowledging meanwhile, also over a reconnect. Dropping the
    /// future lets the consumers go on.
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// # async fn stop(connection: relaismq::Connection) {
    /// if !connection.drain(Duration::from_secs(20)).await {
    ///     eprintln!("what was not finished will be delivered again");
    /// }
    /// # }
    /// ```
    pub async fn drain(&self, limit: Duration) -> bool {
        let drained = self.port.call(Lane::Urgent, Request::Drain { limit }, None).await;
        self.close().await;
        drained == Ok(Answer::Drained(true))
    }

    async fn close_by(&self, deadline: Option<Instant>) {
        let request = Request::Close;
        if let Ok(mut ticket) = self.port.submit(Lane::Ordered, request, deadline, None).await {
            ticket.detach();
            // However it ends, the state tells.
            drop(ticket.outcome(deadline).await);
        }
    }
}

/// Watching and steering.
impl Connection {
    /// What the connection is doing right now.
    #[must_use]
    pub fn state(&self) -> State {
        self.port.state().borrow().clone()
    }

    /// What happens to the connection from here on.
    ///
    /// A listener that falls behind by more than 256 events misses some, and is told so by an
    /// [`Event::Warning`](crate::Event::Warning); it never holds the connection up. One that comes when
    /// the connection has ended finds just that.
    #[must_use]
    pub fn events(&self) -> Events {
        let events = self.port.events();
        match self.state() {
            // It was told before we listened.
            State::Closed { reason } => Events::of_the_end(reason),
            _ => Events::new(events),
        }
    }

    /// What the connection has done and has, in figures. Also after its end, as it was then. Safe to drop.
    pub async fn statistics(&self) -> Statistics {
        match self.port.call(Lane::Urgent, Request::Statistics, None).await {
            Ok(Answer::Statistics(statistics)) => *statistics,
            _ => self.port.last_statistics(),
        }
    }

    /// Waits until a broker has accepted the login. Safe to drop.
    ///
    /// # Errors
    /// [`ConnectError::TimedOut`] after `limit`, [`ConnectError::Closed`] if the connection has ended.
    pub async fn wait_connected(&self, limit: Duration) -> Result<(), ConnectError> {
        self.port
            .connected_by(driver::deadline(Some(limit)))
            .await
            .map_err(|failure| ConnectError::from_failure(failure, Vec::new()))
    }

    /// Ends the pause between two attempts, such as when the application knows that the network is
    /// back. Does nothing while connected.
    pub async fn reconnect_now(&self) {
        // A connection that has ended cannot be hurried.
        drop(self.port.call(Lane::Urgent, Request::ReconnectNow, None).await);
    }

    /// As configured, defaults filled in.
    #[must_use]
    pub fn options(&self) -> &ConnectOptions {
        &self.port.options
    }
}

/// Making things.
impl Connection {
    /// A producer for one destination.
    pub fn producer(&self, destination: impl Into<Target>) -> ProducerBuilder {
        ProducerBuilder::new(self.place(SessionMode::Auto), Some(destination.into()))
    }

    /// A producer that is told the destination with each message.
    pub fn anonymous_producer(&self) -> ProducerBuilder {
        ProducerBuilder::new(self.place(SessionMode::Auto), None)
    }

    /// A consumer, in a session of its own.
    pub fn consumer(&self, destination: impl Into<Target>) -> ConsumerBuilder {
        ConsumerBuilder::new(self.place(SessionMode::Auto), destination.into())
    }

    /// Looks at the messages in a queue without taking any; the stream ends when all have been seen.
    ///
    /// # Errors
    /// [`OperationError`] if it is no queue, or cannot be opened.
    pub async fn browser(&self, queue: impl Into<Target>) -> Result<Browser, OperationError> {
        ConsumerBuilder::new(self.place(SessionMode::Auto), queue.into()).browse().await
    }

    /// A session: several producers and consumers whose acknowledgements belong together.
    ///
    /// # Errors
    /// [`OperationError`] if the connection has ended.
    pub async fn session(&self, mode: AckMode) -> Result<Session, OperationError> {
        Ok(Session::new(self.place(mode.into()).session().await?))
    }

    /// One transaction; dropping it rolls back.
    ///
    /// # Errors
    /// [`OperationError`] if the connection has ended.
    pub async fn transaction(&self) -> Result<Transaction, OperationError> {
        Ok(Transaction::new(self.place(SessionMode::Transacted).session().await?))
    }

    /// A session in which each commit or rollback begins the next transaction.
    ///
    /// # Errors
    /// [`OperationError`] if the connection has ended.
    pub async fn transacted_session(&self) -> Result<TransactedSession, OperationError> {
        Ok(TransactedSession::new(self.place(SessionMode::Transacted).session().await?))
    }

    /// A queue that lives until the guard is dropped, for answers to requests.
    ///
    /// # Errors
    /// [`OperationError`] if the broker does not make one.
    pub async fn temporary_queue(&self) -> Result<TemporaryQueue, OperationError> {
        Ok(TemporaryQueue(Temporary::create(&self.port, Kind::TempQueue).await?))
    }

    /// A topic that lives until the guard is dropped.
    ///
    /// # Errors
    /// [`OperationError`] if the broker does not make one.
    pub async fn temporary_topic(&self) -> Result<TemporaryTopic, OperationError> {
        Ok(TemporaryTopic(Temporary::create(&self.port, Kind::TempTopic).await?))
    }

    /// Sends a request and waits for its answer, which a temporary queue receives.
    ///
    /// The receiver must send its answer to the request's `reply_to`; it should quote the correlation
    /// id, or failing that the message id. Answers that quote something else are passed over.
    ///
    /// # Errors
    /// [`Error`] of the step that failed; [`Cause::TimedOut`] if no answer came within `limit`.
    pub async fn request(
        &self,
        destination: impl Into<Target>,
        message: impl Into<Message>,
        limit: Duration,
    ) -> Result<Received, Error> {
        let deadline = driver::deadline(Some(limit));
        let answer =
            until(deadline, request::request(self, destination.into(), message.into())).await;
        answer.unwrap_or_else(|| Err(OperationError::Unknown(Cause::TimedOut).into()))
    }

    /// Deletes a durable subscription, which must have no consumer.
    ///
    /// # Errors
    /// [`OperationError`] if there is none, it is in use, or the connection has no client id.
    pub async fn unsubscribe(&self, name: impl Into<String>) -> Result<(), OperationError> {
        if self.options().identity.client_id.is_none() {
            return Err(OperationError::NotDone(Cause::Misuse(consumer::NO_CLIENT_ID)));
        }
        self.operation(Request::Unsubscribe(name.into())).await
    }

    /// Deletes a queue or topic with all its messages.
    ///
    /// # Errors
    /// [`OperationError`] if it is in use, or the broker does not allow it.
    pub async fn delete_destination(&self, destination: Destination) -> Result<(), OperationError> {
        self.operation(Request::DeleteDestination(destination)).await
    }

    async fn operation(&self, request: Request) -> Result<(), OperationError> {
        let deadline = self.port.request_deadline();
        expect_done(self.port.call(Lane::Urgent, request, deadline).await)
    }

    fn place(&self, mode: SessionMode) -> Place {
        Place::New(Arc::clone(&self.port), mode)
    }
}
