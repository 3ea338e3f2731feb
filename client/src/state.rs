//! What a connection is doing, as the driver knows and the application sees it.

use crate::options::BrokerAddress;

/// What a connection is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum State {
    /// No broker has accepted the login yet.
    Connecting,
    /// In use.
    Connected {
        /// With which broker.
        broker: BrokerAddress,
    },
    /// The link to the broker is gone; another one is being looked for.
    Reconnecting,
    /// Over for good.
    Closed {
        /// Why; `None` if the application closed it.
        reason: Option<String>,
    },
}
