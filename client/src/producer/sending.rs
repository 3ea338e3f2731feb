//! One message on its way to the driver.

use std::sync::Arc;
use std::time::Instant;

use relaismq_openwire::Destination;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{Receipt, SendOptions};
use crate::driver::{Gathering, Lane, Port, Ticket, until};
use crate::error::{Cause, SendFailure};
use crate::message::Message;
use crate::proto::io::{Failure, ProducerKey, Request};

/// Bytes that a message takes besides its body and properties, roughly.
const OVERHEAD: usize = 1024;

/// A message that is ready to be handed over.
pub(crate) struct Sending<'a> {
    port: &'a Port,
    message: Box<relaismq_openwire::Message>,
    producer: ProducerKey,
    time_to_live: Option<std::time::Duration>,
    deadline: Option<Instant>,
}

impl<'a> Sending<'a> {
    pub(crate) fn new(
        port: &'a Port,
        producer: ProducerKey,
        message: &Message,
        options: &SendOptions,
    ) -> Result<Self, SendFailure> {
        let compress = port.options.producers.use_compression;
        let mut message = message.to_wire(compress).map_err(Cause::from)?;
        message.persistent = options.persistent;
        message.priority = i8::try_from(options.priority).unwrap_or(9);
        let (time_to_live, deadline) = (options.time_to_live, port.send_deadline());
        Ok(Self { port, message, producer, time_to_live, deadline })
    }

    /// Names the destination.
    pub(crate) fn to(mut self, destination: Destination) -> Self {
        self.message.destination = Some(destination);
        self
    }

    fn request(self, confirm: bool) -> Request {
        Request::Send {
            producer: self.producer,
            message: self.message,
            time_to_live: self.time_to_live,
            stamp: !self.port.options.producers.disable_time_stamps_by_default,
            confirm,
        }
    }

    /// Waits for the broker's confirmation.
    pub(super) async fn confirmed(self) -> Result<Receipt, SendFailure> {
        let (port, deadline) = (self.port, self.deadline);
        let outcome = port.call(Lane::Ordered, self.request(true), deadline).await;
        Receipt::from_outcome(outcome)
    }

    /// Waits only for a broker, and for a place in the queue to it.
    pub(crate) async fn hand_over(self) -> Result<(), SendFailure> {
        let (port, deadline) = (self.port, self.deadline);
        if !port.is_connected() {
            port.connected_by(deadline).await?;
        }
        let bytes = self.weight();
        Ok(port.hand_over(self.request(false), bytes, deadline).await?)
    }

    /// Waits only for room in the window; the receipt follows.
    pub(super) async fn within(
        self,
        window: &Arc<Semaphore>,
        window_bytes: usize,
    ) -> Result<(Ticket, Option<Instant>), SendFailure> {
        let (port, deadline) = (self.port, self.deadline);
        let room = self.room(window, window_bytes).await?;
        let mut ticket =
            port.submit(Lane::Ordered, self.request(true), deadline, Some(room)).await?;
        ticket.detach();
        Ok((ticket, deadline))
    }

    /// Waits only for room in the window; the outcome is gathered with others.
    pub(super) async fn gathered(
        self,
        window: &Arc<Semaphore>,
        window_bytes: usize,
        place: (&Arc<Gathering>, u64, &Message),
    ) -> Result<(), SendFailure> {
        let (port, deadline) = (self.port, self.deadline);
        let room = self.room(window, window_bytes).await?;
        Ok(port.gather(self.request(true), deadline, room, place).await?)
    }

    async fn room(
        &self,
        window: &Arc<Semaphore>,
        window_bytes: usize,
    ) -> Result<OwnedSemaphorePermit, SendFailure> {
        let bytes = u32::try_from(self.weight().min(window_bytes)).unwrap_or(u32::MAX);
        let room = until(self.deadline, Arc::clone(window).acquire_many_owned(bytes)).await;
        let late = Failure::TimedOut { maybe_done: false };
        room.and_then(Result::ok).ok_or_else(|| late.into())
    }

    fn weight(&self) -> usize {
        let length = |bytes: &Option<bytes::Bytes>| bytes.as_ref().map_or(0, bytes::Bytes::len);
        OVERHEAD + length(&self.message.content) + length(&self.message.marshalled_properties)
    }
}
