//! Local transactions.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use relaismq_openwire::Destination;

use crate::consumer::{Consumer, ConsumerBuilder, Delivery};
use crate::destination::Target;
use crate::driver::Lane;
use crate::error::{Cause, Error, SendError, SendFailure, TransactionError};
use crate::message::Message;
use crate::place::{Place, SessionCore, expect_done};
use crate::producer::{ProducerBuilder, SendOptions, Sending};
use crate::proto::io::{Answer, ProducerKey, Request};

/// One transaction: what is sent and received in it happens altogether or not at all.
///
/// Dropping it rolls back.
///
/// ```no_run
/// # use std::time::Duration;
/// # async fn transfer(conn: relaismq::Connection) -> Result<(), relaismq::Error> {
/// let mut tx = conn.transaction().await?;
/// if let Some(order) = tx.receive("orders", Duration::from_secs(1)).await? {
///     tx.send("invoices", &*order).await?;
/// }
/// tx.commit().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Transaction {
    session: TransactedSession,
}

impl Transaction {
    pub(crate) fn new(core: Arc<SessionCore>) -> Self {
        Self { session: TransactedSession::new(core) }
    }

    /// Makes everything sent and received in the transaction final.
    ///
    /// Dropping the future leaves it open whether the commit happens.
    ///
    /// # Errors
    /// [`TransactionError::RolledBack`] if nothing of it happened, [`TransactionError::InDoubt`] if
    /// that is not known.
    pub async fn commit(self) -> Result<(), TransactionError> {
        self.session.commit().await
    }

    /// Undoes everything: what was received is delivered again.
    ///
    /// # Errors
    /// [`TransactionError`] if the connection has ended; the broker rolls back by itself then.
    pub async fn rollback(self) -> Result<(), TransactionError> {
        self.session.rollback().await
    }
}

impl std::ops::Deref for Transaction {
    type Target = TransactedSession;

    fn deref(&self) -> &TransactedSession {
        &self.session
    }
}

impl std::ops::DerefMut for Transaction {
    fn deref_mut(&mut self) -> &mut TransactedSession {
        &mut self.session
    }
}

/// A session in which each commit or rollback ends one transaction and begins the next.
///
/// Dropping it, and everything made from it, rolls the open transaction back.
#[derive(Debug)]
pub struct TransactedSession {
    core: Arc<SessionCore>,
    /// The consumers behind [`receive`](Self::receive).
    consumers: HashMap<Target, Consumer>,
}

impl TransactedSession {
    pub(crate) fn new(core: Arc<SessionCore>) -> Self {
        Self { core, consumers: HashMap::new() }
    }

    /// A producer for one destination.
    pub fn producer(&self, destination: impl Into<Target>) -> ProducerBuilder {
        ProducerBuilder::new(self.place(), Some(destination.into()))
    }

    /// A consumer whose messages are acknowledged by the commit.
    pub fn consumer(&self, destination: impl Into<Target>) -> ConsumerBuilder {
        ConsumerBuilder::new(self.place(), destination.into())
    }

    /// Sends a persistent message of normal priority as part of the transaction. Resolves when the
    /// message is handed over; only the commit confirms it.
    ///
    /// # Errors
    /// [`SendError`] if it cannot be handed over.
    pub async fn send(
        &self,
        destination: impl Into<Target>,
        message: impl Into<Message>,
    ) -> Result<(), SendError> {
        self.send_with(destination, message, &SendOptions::default()).await
    }

    /// As [`send`](Self::send), with options.
    ///
    /// # Errors
    /// [`SendError`] if it cannot be handed over.
    pub async fn send_with(
        &self,
        destination: impl Into<Target>,
        message: impl Into<Message>,
        options: &SendOptions,
    ) -> Result<(), SendError> {
        let message = message.into();
        let (destination, producer) = match self.way(destination.into()).await {
            Ok(way) => way,
            Err(failure) => return Err(SendError::new(failure, message)),
        };
        let sending = Sending::new(&self.core.port, producer, message, options)?;
        sending.to(Some(destination)).hand_over().await
    }

    async fn way(&self, target: Target) -> Result<(Destination, ProducerKey), SendFailure> {
        let (destination, _) = target.resolve().map_err(Cause::from)?;
        Ok((destination, self.core.anonymous_producer().await?))
    }

    /// Receives one message as part of the transaction; `None` if none comes within `limit`.
    ///
    /// The first call for a destination opens a consumer, which later calls use again.
    ///
    /// # Errors
    /// [`Error::Operation`] if the consumer cannot be opened, [`Error::Receive`] if it is lost.
    pub async fn receive(
        &mut self,
        destination: impl Into<Target>,
        limit: Duration,
    ) -> Result<Option<Delivery>, Error> {
        let target = destination.into();
        if !self.consumers.contains_key(&target) {
            let consumer = self.consumer(target.clone()).build().await?;
            self.consumers.insert(target.clone(), consumer);
        }
        match self.consumers.get_mut(&target) {
            Some(consumer) => Ok(consumer.receive_timeout(limit).await?),
            None => Ok(None),
        }
    }

    /// Makes everything sent and received since the last commit or rollback final.
    ///
    /// Dropping the future leaves it open whether the commit happens.
    ///
    /// # Errors
    /// [`TransactionError::RolledBack`] if nothing of it happened, [`TransactionError::InDoubt`] if
    /// that is not known. Either way the next transaction has begun, except after
    /// [`TransactionError::NotDone`].
    pub async fn commit(&self) -> Result<(), TransactionError> {
        self.finish(Request::Commit(self.core.key)).await
    }

    /// Undoes everything since the last commit or rollback: what was received is delivered again,
    /// after the delay of the redelivery policy.
    ///
    /// # Errors
    /// [`TransactionError`] if the connection has ended; the broker rolls back by itself then.
    pub async fn rollback(&self) -> Result<(), TransactionError> {
        self.finish(Request::Rollback(self.core.key)).await
    }

    async fn finish(&self, request: Request) -> Result<(), TransactionError> {
        let port = &self.core.port;
        let outcome: Result<Answer, _> =
            port.call(Lane::Ordered, request, port.request_deadline()).await;
        expect_done(outcome)
    }

    fn place(&self) -> Place {
        Place::In(Arc::clone(&self.core))
    }
}

/// What is open is rolled back at once, also while a delivery of it is still held somewhere.
impl Drop for TransactedSession {
    fn drop(&mut self) {
        self.core.port.hand_over_later(Request::Rollback(self.core.key));
    }
}
