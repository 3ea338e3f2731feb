//! Taking messages in batches, and deciding later what becomes of them.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use super::{Consumer, Delivery, ended};
use crate::driver::Taking;
use crate::error::{OperationError, ReceiveError};

/// Batches.
impl Consumer {
    /// Waits until there is a message to take or the consumer has ended, and takes nothing. Safe to drop.
    ///
    /// # Errors
    /// [`ReceiveError`] when the consumer or the connection has ended.
    pub async fn ready(&mut self) -> Result<(), ReceiveError> {
        while !poll_fn(|context| self.poll_ready(None, context)).await? {}
        Ok(())
    }

    /// Waits for messages, and takes all that are there with one wake-up, at most `max`: never none, but
    /// for a `max` of 0. Otherwise as [`receive`](Self::receive): with automatic acknowledgement the
    /// application counts as done with all of them. Safe to drop.
    ///
    /// ```no_run
    /// # fn store(_: Vec<relaismq::Delivery>) {}
    /// # async fn work(mut consumer: relaismq::Consumer) -> Result<(), relaismq::Error> {
    /// loop {
    ///     let orders = consumer.receive_many(100).await?;
    ///     store(orders);
    /// }
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ReceiveError`] when the consumer or the connection has ended.
    pub async fn receive_many(&mut self, max: usize) -> Result<Vec<Delivery>, ReceiveError> {
        loop {
            self.ready().await?;
            let taken = self.receive_many_now(max);
            // What was there may have expired between the two looks.
            if max == 0 || !taken.is_empty() {
                return Ok(taken);
            }
        }
    }

    /// The messages that have come and were not taken yet, at most `max`. Otherwise as
    /// [`receive_many`](Self::receive_many).
    pub fn receive_many_now(&mut self, max: usize) -> Vec<Delivery> {
        self.origin.mailbox.settle();
        let taken = self.origin.mailbox.take_many(Taking::AtOnce, max);
        taken.into_iter().map(|delivery| self.delivery(delivery)).collect()
    }

    /// As [`ready`](Self::ready), for those who poll. `false`: with a prefetch of 0, the broker had
    /// nothing within `wait`. Where several poll, the last one is woken.
    ///
    /// # Errors
    /// [`ReceiveError`] when the consumer or the connection has ended.
    pub fn poll_ready(
        &mut self,
        wait: Option<Duration>,
        context: &mut Context<'_>,
    ) -> Poll<Result<bool, ReceiveError>> {
        loop {
            match self.origin.mailbox.poll_any(context) {
                Poll::Ready(Ok(())) => {
                    self.pull = None;
                    return Poll::Ready(Ok(true));
                }
                Poll::Ready(Err(end)) => return Poll::Ready(Err(ended(end))),
                Poll::Pending if !self.pulls => return Poll::Pending,
                Poll::Pending => {}
            }
            if !std::task::ready!(self.poll_pull(wait, context))? {
                return Poll::Ready(Ok(false));
            }
        }
    }
}

/// Lending.
impl Consumer {
    /// A message that has come, lent: with automatic acknowledgement it is acknowledged by
    /// [`done`](Self::done), and not before. In the other modes this is a
    /// [`receive_now`](Self::receive_now) that never asks the broker.
    ///
    /// # Errors
    /// [`ReceiveError`] when the consumer or the connection has ended.
    pub fn lend_now(&mut self) -> Result<Option<Delivery>, ReceiveError> {
        self.origin.mailbox.settle();
        match self.origin.mailbox.poll_take(self.automatic_or(Taking::Later), None) {
            Poll::Ready(Ok(delivery)) => Ok(Some(self.delivery(delivery))),
            Poll::Ready(Err(end)) => Err(ended(end)),
            Poll::Pending => Ok(None),
        }
    }

    /// The application is done with everything that it was lent up to this message. Only means something
    /// with automatic acknowledgement: the acknowledgement leaves, and nobody waits for it.
    pub fn done(&self, delivery: &Delivery) {
        if self.automatic_or(Taking::Later) == Taking::Later {
            self.origin.mailbox.consumed(delivery.epoch, delivery.number);
        }
    }

    /// Has this message delivered again, by the redelivery policy, and at last sent to the dead letter
    /// queue. In a transacted session this rolls back. What came by a link that is gone, the broker
    /// delivers again by itself.
    ///
    /// The request is handed over by the first poll of the future, which does not borrow the consumer.
    ///
    /// # Errors
    /// [`OperationError`] if the connection has ended.
    pub fn give_back(
        &self,
        delivery: &Delivery,
    ) -> impl Future<Output = Result<(), OperationError>> + Send + use<> {
        let is_old = delivery.epoch < self.origin.mailbox.epoch();
        let (session, which) =
            (Arc::clone(&self.origin.session), (self.origin.key, delivery.number));
        async move {
            match is_old {
                true => Ok(()),
                false => session.recover(Some(which)).await,
            }
        }
    }
}
