//! A real JMS client that does what a Rust test tells it.
//!
//! ```no_run
//! # async fn example() -> Result<(), relaismq_tests::peer::PeerError> {
//! use relaismq_tests::peer::{AckMode, JmsMessage, JmsPeer, SOON};
//!
//! let peer = JmsPeer::start()?;
//! let connection = peer.connect("tcp://127.0.0.1:61616").await?;
//! let session = connection.session(AckMode::Client).await?;
//! session.producer("queue://A").await?.send(&JmsMessage::text("hello")).await?;
//! let received = session.consumer("queue://A").await?.receive(SOON).await?;
//! assert_eq!(received.and_then(|message| message.text()), Some("hello".to_owned()));
//! # Ok(())
//! # }
//! ```
//!
//! Every session has a Java thread of its own: calls on one session run one after the other, calls on
//! different sessions at the same time.

mod connection;
mod endpoint;
mod link;
mod message;
mod session;
mod value;

pub use connection::{Connect, JmsConnection};
pub use endpoint::{JmsConsumer, JmsProducer};
pub use link::{Event, JmsPeer, PeerError, SOON};
pub use message::{Body, JmsMessage, Received, SendOptions, Sent};
pub use session::{ConsumerOptions, JmsSession};
pub use value::JmsValue;

/// How a session acknowledges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AckMode {
    /// Each message as it is received.
    Auto,
    /// All messages so far, when told.
    Client,
    /// Lazily.
    DupsOk,
    /// Only the message told.
    Individual,
    /// With the transaction.
    Transacted,
}

impl AckMode {
    fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Client => "client",
            Self::DupsOk => "dups_ok",
            Self::Individual => "individual",
            Self::Transacted => "transacted",
        }
    }
}
