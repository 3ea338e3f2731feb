//! Destinations that live with their connection.

use std::ops::Deref;
use std::sync::Arc;

use relaismq_openwire::Destination;
use relaismq_openwire::destination::Kind;

use crate::destination::Target;
use crate::driver::{Lane, Port};
use crate::error::OperationError;
use crate::error::unexpected;
use crate::proto::io::{Answer, Request};

/// A queue of this connection: everyone may send to it, only this connection may receive from it.
///
/// It survives reconnects, and is deleted when this guard is dropped or the connection closes. Drop its
/// consumers first: the broker keeps what is in use.
#[derive(Debug)]
pub struct TemporaryQueue(pub(crate) Temporary);

/// A topic of this connection; see [`TemporaryQueue`].
#[derive(Debug)]
pub struct TemporaryTopic(pub(crate) Temporary);

/// Deletes its destination when dropped.
#[derive(Debug)]
pub(crate) struct Temporary {
    destination: Destination,
    port: Arc<Port>,
}

impl Temporary {
    pub(crate) async fn create(port: &Arc<Port>, kind: Kind) -> Result<Self, OperationError> {
        let request = Request::CreateTemporary(kind);
        match port.call(Lane::Urgent, request, port.request_deadline()).await? {
            Answer::Temporary(destination) => Ok(Self { destination, port: Arc::clone(port) }),
            other => Err(unexpected(&other).into()),
        }
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        self.port.hand_over_later(Request::DeleteDestination(self.destination.clone()));
    }
}

macro_rules! destinations {
    ($($name:ident),*) => { $(
        /// The destination, such as for a message's `reply_to`.
        impl Deref for $name {
            type Target = Destination;

            fn deref(&self) -> &Destination {
                &self.0.destination
            }
        }

        impl From<&$name> for Target {
            fn from(temporary: &$name) -> Self {
                (&**temporary).into()
            }
        }

        impl From<&$name> for Destination {
            fn from(temporary: &$name) -> Self {
                (**temporary).clone()
            }
        }
    )* };
}

destinations!(TemporaryQueue, TemporaryTopic);
