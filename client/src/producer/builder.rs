//! Opening producers.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

use super::{Inner, Producer, SendOptions};
use crate::destination::Target;
use crate::driver::Lane;
use crate::error::unexpected;
use crate::error::{Cause, OperationError};
use crate::place::Place;
use crate::proto::io::{Answer, Request};

/// Unconfirmed bytes of [`Producer::enqueue`] where no window is configured.
const DEFAULT_WINDOW: usize = 8 * 1024 * 1024;

/// A producer that is about to be opened.
#[derive(Clone, Debug)]
#[must_use = "nothing happens before build()"]
pub struct ProducerBuilder {
    place: Place,
    target: Option<Target>,
    options: SendOptions,
    window: Option<usize>,
}

impl ProducerBuilder {
    pub(crate) fn new(place: Place, target: Option<Target>) -> Self {
        Self { place, target, options: SendOptions::default(), window: None }
    }

    /// See [`SendOptions::persistent`].
    pub fn persistent(self, persistent: bool) -> Self {
        Self { options: self.options.persistent(persistent), ..self }
    }

    /// See [`SendOptions::priority`].
    pub fn priority(self, priority: u8) -> Self {
        Self { options: self.options.priority(priority), ..self }
    }

    /// See [`SendOptions::time_to_live`].
    pub fn time_to_live(self, time: Duration) -> Self {
        Self { options: self.options.time_to_live(time), ..self }
    }

    /// See [`SendOptions::confirm`].
    pub fn confirm(self, confirm: bool) -> Self {
        Self { options: self.options.confirm(confirm), ..self }
    }

    /// See [`SendOptions::timeout`].
    pub fn timeout(self, limit: Duration) -> Self {
        Self { options: self.options.timeout(limit), ..self }
    }

    /// All options of its sends at once.
    pub fn options(self, options: SendOptions) -> Self {
        Self { options, ..self }
    }

    /// Bytes that [`Producer::enqueue`] may have under way unconfirmed. Default:
    /// `producer.windowSize` of the destination, else `jms.producerWindowSize`, else 8 MiB.
    pub fn window(self, bytes: usize) -> Self {
        Self { window: Some(bytes), ..self }
    }

    /// Opens the producer. Dropping the future leaves nothing open.
    ///
    /// # Errors
    /// [`OperationError`] if the destination is malformed, the broker refuses, or it takes longer
    /// than the request deadline.
    pub async fn build(self) -> Result<Producer, OperationError> {
        let resolved = self.target.map(Target::resolve).transpose();
        let resolved = resolved.map_err(|error| OperationError::NotDone(Cause::from(error)))?;
        let (destination, named) = resolved.unzip();
        let session = self.place.session().await?;
        let port = &session.port;
        let named = named.map(|named| named.producer).unwrap_or_default();
        let request = Request::OpenProducer {
            session: session.key,
            destination: destination.clone(),
            dispatch_async: named.dispatch_async.unwrap_or(false),
        };
        let deadline = port.request_deadline();
        let key = match port.call(Lane::Urgent, request, deadline).await? {
            Answer::Producer(key) => key,
            other => return Err(unexpected(&other).into()),
        };
        let configured = named.window_size;
        let configured = configured.unwrap_or(port.options.producers.producer_window_size);
        let configured = usize::try_from(configured).ok().filter(|bytes| *bytes > 0);
        let window_bytes = self.window.or(configured).unwrap_or(DEFAULT_WINDOW);
        let window_bytes = window_bytes.clamp(1, Semaphore::MAX_PERMITS);
        let window = Arc::new(Semaphore::new(window_bytes));
        let options = self.options;
        let to = destination.as_ref().map(tracing::field::display);
        tracing::debug!(
            session = session.key.0,
            producer = key.0,
            destination = to,
            "producer open"
        );
        let inner = Inner { session, key, destination, options, window, window_bytes };
        Ok(Producer { inner: Arc::new(inner) })
    }
}
