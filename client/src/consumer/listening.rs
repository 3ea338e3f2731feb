//! Giving messages to a handler.

use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures::stream::{FuturesUnordered, StreamExt};
use tracing::Instrument;
use tracing::instrument::Instrumented;

use super::{AckFuture, Consumer, Delivery};
use crate::driver::Taking;
use crate::error::{Cause, Error, OperationError, ReceiveError};
use crate::proto::io::SessionMode;

/// Acknowledgements that may be under way while the handler works on the next message, as many as the
/// default window of a queue: enough for a
/// broker that waits for its disk, and few enough to come again after a crash.
const UNDER_WAY: usize = 1000;

impl Consumer {
    /// Gives every message to `handler`, one after the other, until the consumer ends.
    ///
    /// When the handler returns `Ok`, the message is acknowledged (with
    /// [`AckMode::Auto`](crate::AckMode::Auto), `Client` or `Individual`). When it returns an error,
    /// the message is delivered again by the redelivery policy, and at last goes to the dead letter
    /// queue. In a transacted session, `Ok` does nothing and an error rolls back.
    ///
    /// The handler has the next message while up to 1000 acknowledgements wait for the broker's
    /// confirmation. One that fails is logged and is no reason to stop: the message comes again.
    ///
    /// Dropping the future while the handler runs leaves its message unacknowledged.
    ///
    /// # Errors
    /// [`Error::Receive`] when the consumer or the connection has ended, [`Error::Operation`] if a
    /// message cannot be given back.
    pub async fn listen<F, R, E>(&mut self, mut handler: F) -> Result<(), Error>
    where
        F: FnMut(Delivery) -> R,
        R: Future<Output = Result<(), E>>,
        E: fmt::Display,
    {
        let mut under_way = UnderWay::default();
        loop {
            self.begin_receive();
            let taken = poll_fn(|context| self.poll_listening(&mut under_way, context)).await?;
            let Some(delivery) = taken else { continue };
            match handled(&mut handler, &delivery).await {
                Ok(()) => self.succeeded(delivery, &mut under_way).await,
                Err(error) => {
                    tracing::debug!(message = ?delivery, %error, "the handler gave a message back");
                    self.give_back(&delivery).await?;
                }
            }
        }
    }

    /// As [`listen`](Self::listen), with up to `at_once` handlers at the same time: more than one message is
    /// worked on, and they are done in any order. Only with
    /// [`AckMode::Individual`](crate::AckMode::Individual), because all other modes acknowledge whatever came
    /// before as well.
    ///
    /// The handlers run within this future, on one thread at a time; one that computes for long should spawn
    /// a task. Dropping the future leaves the messages of the handlers unacknowledged.
    ///
    /// # Errors
    /// As [`listen`](Self::listen); at once if the mode is another one, or `at_once` is 0.
    pub async fn listen_concurrently<F, R, E>(
        &mut self,
        at_once: usize,
        mut handler: F,
    ) -> Result<(), Error>
    where
        F: FnMut(Delivery) -> R,
        R: Future<Output = Result<(), E>>,
        E: fmt::Display,
    {
        if at_once == 0 || self.origin.session.mode != SessionMode::Individual {
            return Err(OperationError::NotDone(Cause::Misuse(ONE_BY_ONE)).into());
        }
        let mut working = FuturesUnordered::new();
        loop {
            let has_room = working.len() < at_once;
            tokio::select! {
                biased;
                Some(()) = working.next() => {}
                next = self.receive(), if has_room => {
                    let delivery = next?;
                    working.push(settled(handled(&mut handler, &delivery), delivery));
                }
            }
        }
    }

    /// The next message; while there is none, also what becomes of acknowledgements.
    fn poll_listening(
        &mut self,
        under_way: &mut UnderWay,
        context: &mut Context<'_>,
    ) -> Poll<Result<Option<Delivery>, ReceiveError>> {
        let next = self.poll_delivery(self.automatic_or(Taking::Later), None, context);
        if next.is_pending() {
            // Whether any is left does not matter here.
            let _ = under_way.poll_below(1, context);
        }
        next
    }

    /// After a handler's success.
    async fn succeeded(&self, delivery: Delivery, under_way: &mut UnderWay) {
        match self.origin.session.mode {
            SessionMode::Auto | SessionMode::DupsOk => {
                self.done(&delivery);
            }
            SessionMode::Client | SessionMode::Individual => {
                under_way.0.push_back((delivery.ack(), delivery));
                poll_fn(|context| under_way.poll_below(UNDER_WAY, context)).await;
            }
            SessionMode::Transacted => {}
        }
    }
}

const ONE_BY_ONE: &str =
    "handlers at the same time need AckMode::Individual, and room for one message at least";

/// What the handler does with a message, in the span of that.
fn handled<R: Future>(
    handler: &mut impl FnMut(Delivery) -> R,
    delivery: &Delivery,
) -> Instrumented<R> {
    let span = delivery.span();
    span.in_scope(|| handler(delivery.clone())).instrument(span)
}

/// One message, from its handler to its acknowledgement.
async fn settled<E: fmt::Display>(
    handled: impl Future<Output = Result<(), E>>,
    delivery: Delivery,
) {
    let outcome = match handled.await {
        Ok(()) => delivery.ack().await,
        Err(error) => {
            tracing::debug!(message = ?delivery, %error, "the handler gave a message back");
            delivery.reject().await
        }
    };
    if let Err(error) = outcome {
        tracing::warn!(message = ?delivery, %error, "not acknowledged");
    }
}

/// Acknowledgements whose outcome nobody knows yet, oldest first.
#[derive(Default)]
struct UnderWay(VecDeque<(AckFuture, Delivery)>);

impl UnderWay {
    /// Ready when fewer than `limit` are left. Those that have failed are logged.
    fn poll_below(&mut self, limit: usize, context: &mut Context<'_>) -> Poll<()> {
        while let Some((acked, message)) = self.0.front_mut() {
            match Pin::new(acked).poll(context) {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(error)) => tracing::warn!(?message, %error, "not acknowledged"),
                Poll::Pending if self.0.len() < limit => return Poll::Ready(()),
                Poll::Pending => return Poll::Pending,
            }
            self.0.pop_front();
        }
        Poll::Ready(())
    }
}
