//! Sessions for several producers and consumers.

use std::sync::Arc;

use crate::consumer::ConsumerBuilder;
use crate::destination::Target;
use crate::error::OperationError;
use crate::place::{Place, SessionCore};
use crate::producer::ProducerBuilder;

/// Several producers and consumers whose acknowledgements belong together.
///
/// Most applications do without: [`Connection::consumer`](crate::Connection::consumer) makes a session
/// of its own. Cheap to clone; it closes when it and everything in it is dropped.
#[derive(Clone, Debug)]
pub struct Session {
    core: Arc<SessionCore>,
}

impl Session {
    pub(crate) const fn new(core: Arc<SessionCore>) -> Self {
        Self { core }
    }

    /// A producer for one destination.
    pub fn producer(&self, destination: impl Into<Target>) -> ProducerBuilder {
        ProducerBuilder::new(self.place(), Some(destination.into()))
    }

    /// A producer that is told the destination with each message.
    pub fn anonymous_producer(&self) -> ProducerBuilder {
        ProducerBuilder::new(self.place(), None)
    }

    /// A consumer. Its mode of acknowledgement is the session's.
    pub fn consumer(&self, destination: impl Into<Target>) -> ConsumerBuilder {
        ConsumerBuilder::new(self.place(), destination.into())
    }

    /// Has everything delivered again that was received and not acknowledged, after the delay of the
    /// redelivery policy; what was redelivered too often goes to the dead letter queue.
    ///
    /// # Errors
    /// [`OperationError`] if the connection has ended.
    pub async fn recover(&self) -> Result<(), OperationError> {
        self.core.recover(None).await
    }

    fn place(&self) -> Place {
        Place::In(Arc::clone(&self.core))
    }
}
