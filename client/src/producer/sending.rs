//! One message on its way to the driver.

use std::sync::Arc;
use std::time::{Duration, Instant};

use relaismq_openwire::Destination;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{Receipt, SendOptions};
use crate::driver::{Gathering, Lane, Port, Ticket, until};
use crate::error::{Cause, SendError, SendFailure};
use crate::message::{Message, Prepared, Rest};
use crate::proto::io::{Failure, ProducerKey, Request};
use crate::trace::TraceSource;

/// Bytes that a message takes besides its body and properties, roughly.
const OVERHEAD: usize = 1024;

/// A message that is ready to be handed over.
pub(crate) struct Sending<'a> {
    port: &'a Port,
    message: Prepared,
    producer: ProducerKey,
    time_to_live: Option<Duration>,
    timeout: Option<Duration>,
}

impl<'a> Sending<'a> {
    pub(crate) fn new(
        port: &'a Port,
        producer: ProducerKey,
        message: Message,
        options: &SendOptions,
    ) -> Result<Self, SendError> {
        let message = traced(message, port.options.producers.trace_context.as_ref());
        let compress = port.options.producers.use_compression;
        let mut message = message
            .prepare(compress)
            .map_err(|(fault, message)| SendError::new(Cause::from(fault).into(), message))?;
        let wire = Arc::make_mut(&mut message.wire);
        wire.persistent = options.persistent;
        wire.priority = i8::try_from(options.priority).unwrap_or(9);
        let SendOptions { time_to_live, timeout, .. } = *options;
        Ok(Self { port, message, producer, time_to_live, timeout })
    }

    /// Names the destination, if the producer has none.
    pub(crate) fn to(mut self, destination: Option<Destination>) -> Self {
        if destination.is_some() {
            Arc::make_mut(&mut self.message.wire).destination = destination;
        }
        self
    }

    fn request(self, confirm: bool) -> Request {
        let (request, _) = self.split(confirm);
        request
    }

    /// The request, and what is needed besides to make the message again of it.
    fn split(self, confirm: bool) -> (Request, Rest) {
        let Prepared { wire: message, rest } = self.message;
        let request = Request::Send {
            producer: self.producer,
            message,
            time_to_live: self.time_to_live,
            stamp: !self.port.options.producers.disable_time_stamps_by_default,
            confirm,
        };
        (request, rest)
    }

    fn deadline(&self) -> Option<Instant> {
        self.port.send_deadline(self.timeout)
    }

    /// Waits for the broker's confirmation.
    pub(super) async fn confirmed(self) -> Result<Receipt, SendFailure> {
        let (port, deadline) = (self.port, self.deadline());
        let outcome = port.call(Lane::Ordered, self.request(true), deadline).await;
        Receipt::from_outcome(outcome)
    }

    /// Waits only for a broker, and for a place in the queue to it.
    pub(crate) async fn hand_over(self) -> Result<(), SendError> {
        let (port, bytes, timeout) = (self.port, self.weight(), self.timeout);
        let (request, rest) = self.split(false);
        let Err(request) = port.hand_over_now(request, bytes) else { return Ok(()) };
        // Apart, so that a send that need not wait is small.
        let waited = Box::pin(wait_to_hand_over(port, request, bytes, timeout)).await;
        waited
            .map_err(|(failure, request)| SendError::new(failure.into(), made_again(request, rest)))
    }

    /// Waits only for room in the window; the receipt follows.
    pub(super) async fn within(
        self,
        window: &Arc<Semaphore>,
        window_bytes: usize,
    ) -> Result<(Ticket, Option<Instant>), SendFailure> {
        let (port, deadline) = (self.port, self.deadline());
        let room = self.room(window, window_bytes, deadline).await?;
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
        let (port, deadline) = (self.port, self.deadline());
        let room = self.room(window, window_bytes, deadline).await?;
        Ok(port.gather(self.request(true), deadline, room, place).await?)
    }

    async fn room(
        &self,
        window: &Arc<Semaphore>,
        window_bytes: usize,
        deadline: Option<Instant>,
    ) -> Result<OwnedSemaphorePermit, SendFailure> {
        let bytes = u32::try_from(self.weight().min(window_bytes)).unwrap_or(u32::MAX);
        let window = Arc::clone(window);
        if let Ok(room) = Arc::clone(&window).try_acquire_many_owned(bytes) {
            return Ok(room);
        }
        let room = until(deadline, window.acquire_many_owned(bytes)).await;
        let late = Failure::TimedOut { maybe_done: false };
        room.and_then(Result::ok).ok_or_else(|| late.into())
    }

    fn weight(&self) -> usize {
        let length = |bytes: &Option<bytes::Bytes>| bytes.as_ref().map_or(0, bytes::Bytes::len);
        let wire = &self.message.wire;
        OVERHEAD + length(&wire.content) + length(&wire.marshalled_properties)
    }
}

fn traced(message: Message, source: Option<&TraceSource>) -> Message {
    match source.and_then(TraceSource::current) {
        Some(context) => message.trace_context(&context),
        None => message,
    }
}

fn made_again(request: Request, rest: Rest) -> Message {
    match request {
        Request::Send { message, .. } => Prepared { wire: message, rest }.into(),
        // Only sends are handed over here.
        _ => Message::empty(),
    }
}

async fn wait_to_hand_over(
    port: &Port,
    request: Request,
    bytes: usize,
    timeout: Option<Duration>,
) -> Result<(), (Failure, Request)> {
    let deadline = port.send_deadline(timeout);
    if !port.is_connected()
        && let Err(failure) = port.connected_by(deadline).await
    {
        return Err((failure, request));
    }
    port.hand_over(request, bytes, deadline).await
}
