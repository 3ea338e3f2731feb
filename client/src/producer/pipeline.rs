//! Many sends under way, whose outcomes are looked at in batches.

use std::future::poll_fn;
use std::sync::Arc;

use relaismq_openwire::Destination;

use super::{Producer, Receipt, SendOptions};
use crate::destination::Target;
use crate::driver::{Gathered, Gathering};
use crate::error::{Cause, SendError};
use crate::message::Message;
use crate::proto::io::Answer;

/// Sends without a future for each: outcomes are gathered, each with the number that the application
/// gave the message, and taken in batches.
///
/// For applications that send faster than they could look after futures, and for bindings of other
/// languages. The messages go in order with all others of the producer, and share its window. Cheap to
/// clone; all clones gather into one place. What is under way goes on when the last one is dropped, and
/// nobody hears what becomes of it.
///
/// ```no_run
/// # async fn all(producer: relaismq::Producer) -> Result<(), relaismq::SendError> {
/// let pipeline = producer.pipeline();
/// for number in 0..1000 {
///     pipeline.send(number, format!("message {number}")).await?;
/// }
/// while pipeline.under_way() > 0 {
///     for settled in pipeline.settled().await {
///         println!("message {}: {:?}", settled.tag, settled.outcome);
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Pipeline {
    producer: Producer,
    gathering: Arc<Gathering>,
}

/// What became of one message of a [`Pipeline`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Settled {
    /// The number that it was sent with.
    pub tag: u64,
    /// The receipt, or the message and why it has none.
    pub outcome: Result<Receipt, SendError>,
}

impl Producer {
    /// A way of sending in which outcomes come in batches.
    #[must_use]
    pub fn pipeline(&self) -> Pipeline {
        Pipeline { producer: self.clone(), gathering: Arc::default() }
    }
}

impl Pipeline {
    /// Hands a message over under a number of the application's choice; only told back, never looked at.
    ///
    /// Waits as [`Producer::enqueue`] does, only for room in the producer's window, and asks for a
    /// confirmation as that does. Where `Ok` came back, exactly one [`Settled`] follows; where an error,
    /// none. Dropping the future while it waits leaves the message unsent.
    ///
    /// # Errors
    /// [`SendFailure::NotSent`](crate::SendFailure::NotSent) if it cannot be handed over before the send deadline.
    pub async fn send(&self, tag: u64, message: impl Into<Message>) -> Result<(), SendError> {
        self.send_with(tag, message, &self.producer.inner.options).await
    }

    /// As [`send`](Self::send), with other options.
    ///
    /// # Errors
    /// [`SendFailure::NotSent`](crate::SendFailure::NotSent) if it cannot be handed over before the send deadline.
    pub async fn send_with(
        &self,
        tag: u64,
        message: impl Into<Message>,
        options: &SendOptions,
    ) -> Result<(), SendError> {
        let message = message.into();
        self.hand_over(tag, message, None, options).await
    }

    /// As [`send_with`](Self::send_with), to a destination that is named here; for producers without
    /// one.
    ///
    /// # Errors
    /// [`SendFailure::NotSent`](crate::SendFailure::NotSent) if it cannot be handed over before the send deadline.
    pub async fn send_to_with(
        &self,
        tag: u64,
        destination: impl Into<Target>,
        message: impl Into<Message>,
        options: &SendOptions,
    ) -> Result<(), SendError> {
        let message = message.into();
        match destination.into().resolve() {
            Ok((destination, _)) => self.hand_over(tag, message, Some(destination), options).await,
            Err(error) => Err(SendError::new(Cause::from(error).into(), message)),
        }
    }

    /// Waits for outcomes and takes all that have gathered, in the order in which they came; nothing if
    /// no message is under way. Safe to drop.
    pub async fn settled(&self) -> Vec<Settled> {
        let gathered = poll_fn(|context| self.gathering.poll_take(context)).await;
        gathered.into_iter().map(Settled::from).collect()
    }

    /// The outcomes that have gathered until now.
    #[must_use]
    pub fn settled_now(&self) -> Vec<Settled> {
        self.gathering.take().into_iter().map(Settled::from).collect()
    }

    /// Messages whose outcome has not come yet.
    #[must_use]
    pub fn under_way(&self) -> usize {
        self.gathering.under_way()
    }

    async fn hand_over(
        &self,
        tag: u64,
        message: Message,
        destination: Option<Destination>,
        options: &SendOptions,
    ) -> Result<(), SendError> {
        let sending = self.producer.sending(message.clone(), options)?.to(destination);
        if self.producer.is_transacted() {
            sending.hand_over().await?;
            // Only the commit confirms it.
            let outcome = Ok(Answer::Done);
            self.gathering.put(Gathered { tag, message, outcome });
            return Ok(());
        }
        let inner = &self.producer.inner;
        let place = (&self.gathering, tag, &message);
        let sent = sending.gathered(&inner.window, inner.window_bytes, place).await;
        sent.map_err(|failure| SendError::new(failure, message))
    }
}

impl From<Gathered> for Settled {
    fn from(Gathered { tag, message, outcome }: Gathered) -> Self {
        let receipt = match outcome {
            Ok(Answer::Done) => Ok(Receipt::unconfirmed()),
            outcome => Receipt::from_outcome(outcome),
        };
        Self { tag, outcome: receipt.map_err(|failure| SendError::new(failure, message)) }
    }
}
