//! The plain types that the engine and the stores share; neither sees the other.
//!
//! ```text
//! places      where messages wait: containers, and durable subscriptions
//! change      what is asked of a store: changes, in batches
//! recovered   what it says: at its start, and when it is read
//! error       why it could not
//! sequence    the order of messages as one number; prioritized: which queues are in that of priorities
//! prepared    branches of distributed transactions, as bytes
//! form        batches as bytes, by which brokers tell each other of them; coding: numbers and texts in such
//! ```

mod change;
pub(crate) mod coding;
mod error;
pub mod form;
mod places;
mod prepared;
mod prioritized;
mod recovered;
pub mod sequence;

pub use self::change::{Batch, Change, Envelope, Ticket};
pub use self::error::StoreError;
pub use self::places::{Container, SubscriptionKey, SubscriptionRecord};
pub(crate) use self::prepared::PreparedBranch;
pub use self::prioritized::Prioritized;
pub use self::recovered::{ContainerSummary, Recovered, StoreLimits, StoredMessage};

/// The two clocks, read by whoever drives the engine: it never reads one itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Now {
    /// Time since an arbitrary origin; never goes back.
    pub monotonic: std::time::Duration,
    /// Milliseconds since 1970, for timestamps and expiry.
    pub unix_ms: i64,
}
