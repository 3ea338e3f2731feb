//! A failover client for Apache ActiveMQ brokers over OpenWire, their native protocol.
//!
//! It keeps an application talking to its brokers while brokers die: name several in a `failover:` URI
//! and go on working. Sends, consumers, subscriptions and temporary queues move to the next broker by
//! themselves; what cannot be saved is reported for what it is.
//!
//! ```no_run
//! use std::time::Duration;
//!
//! use futures::StreamExt;
//! use relaismq::{AckMode, Connection, Message, Queue};
//!
//! # async fn run() -> Result<(), relaismq::Error> {
//! let conn = Connection::builder("failover:(tcp://a:61616,tcp://b:61616)?randomize=false")
//!     .credentials("app", "s3cret")
//!     .connect_timeout(Duration::from_secs(10))
//!     .connect()
//!     .await?;
//!
//! let orders = conn.producer(Queue::new("orders")).priority(7).build().await?;
//! // Resolves when the broker has the message.
//! orders.send(Message::text("<order id='7'/>").property("region", "EU")).await?;
//!
//! let mut consumer = conn
//!     .consumer("orders")
//!     .selector("region = 'EU'")
//!     .ack(AckMode::Individual)
//!     .build()
//!     .await?;
//! while let Some(order) = consumer.next().await {
//!     let order = order?;
//!     println!("{} (delivery {})", order.text()?, order.delivery_count());
//!     order.ack().await?;
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # What to use
//!
//! | for | use |
//! |---|---|
//! | one message after the other, each safe when `send` returns | [`Producer::send`] |
//! | many messages under way at once | [`Producer::enqueue`]; in batches, [`Producer::pipeline`] |
//! | a stream of messages | [`Consumer`] as a stream, or [`Consumer::receive`]; in batches, [`Consumer::receive_many`] |
//! | many acknowledgements under way at once | [`Delivery::ack`], awaited later |
//! | a handler with redelivery and a dead letter queue | [`Consumer::listen`] |
//! | all or nothing | [`Connection::transaction`], [`Connection::transacted_session`] |
//! | questions and answers | [`Connection::request`], [`Connection::temporary_queue`] |
//! | looking without taking | [`Connection::browser`] |
//! | knowing what happens | [`Connection::events`], [`Connection::state`], [`Connection::statistics`] |
//! | all of it from threads, without `async` | [`blocking`] |
//!
//! # What holds
//!
//! - **Deadlines.** Every operation ends by its deadline, from the call to the result, the wait for a
//!   broker included. Without one configured, it goes on until it succeeds or the connection ends.
//! - **Three outcomes.** A failed send says [`NotSent`](SendFailure::NotSent),
//!   [`Unknown`](SendFailure::Unknown) or [`Refused`](SendFailure::Refused), and gives the message back; a
//!   failed commit says
//!   [`RolledBack`](TransactionError::RolledBack) or [`InDoubt`](TransactionError::InDoubt). Nothing is
//!   reported as success that the broker has not confirmed.
//! - **Acknowledgements** of [`AckMode::Individual`] and [`AckMode::Client`] are done when the broker has
//!   confirmed them, and may be awaited later: [`Delivery::ack`]. Automatic ones are handed over.
//! - **Epochs.** Each delivery belongs to the link that it came by. To acknowledge it over a later link
//!   is an error, [`AckError::StaleDelivery`], because the broker delivers it again.
//! - **Cancellation.** Every future may be dropped at any point: nothing is lost, nothing stays open,
//!   the connection stays usable.
//! - **Closing** never hangs: a broker that gives no sign of life is left after twice the time that its
//!   answers usually take.
//!
//! # Options
//!
//! All options of ActiveMQ's URIs are understood under their own names, and misspelt ones refused; see
//! [`uri`] for the grammar and [`options`] for every option with its default. Builders set the same
//! options in code.
//!
//! # TLS
//!
//! `ssl://` is all that a broker with a certificate of a public CA needs, such as those of Amazon MQ.
//! [`TlsOptions`](options::TlsOptions) has private CAs, client certificates and what else there is, with an
//! example. What fails says what to do: [`ConnectError::Unusable`] if trying again would not help. TLS is the
//! feature `tls` of this crate, on by default; without it `ssl://` is refused.
//!
//! # How it is built
//!
//! Handles talk to one task per connection (`driver`), which owns the sockets and asks a machine
//! without I/O (`proto`) what to do. The machine decides everything about failover, and can be tested
//! in virtual time.

pub mod blocking;
mod connection;
mod consumer;
mod destination;
mod driver;
mod error;
mod message;
pub mod options;
mod place;
mod producer;
mod proto;
mod session;
mod state;
mod temporary;
mod trace;
mod transaction;
pub mod uri;

/// The example of the README is compiled with the others.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}

pub use self::connection::{Connection, ConnectionBuilder, Events};
pub use self::consumer::{AckFuture, Browser, Consumer, ConsumerBuilder, Delivery};
pub use self::destination::{DestinationError, Queue, Target, Topic};
pub use self::error::{
    AckError, BrokerFailure, Cause, ConnectError, Error, OperationError, ReceiveError, Refusal,
    RefusalKind, SendError, SendFailure, SendOutcome, TransactionError,
};
pub use self::message::{
    BodyError, BodyKind, FromValue, Message, MessageFault, PrimitiveMap, Received, Value,
};
pub use self::place::AckMode;
pub use self::producer::{
    Pipeline, Producer, ProducerBuilder, Receipt, ReceiptFuture, SendOptions, Settled,
};
pub use self::proto::event::Event;
pub use self::proto::io::{Doubt, Epoch};
pub use self::proto::statistics::{Figure, FigureKind, Statistics};
pub use self::session::Session;
pub use self::state::State;
pub use self::temporary::{TemporaryQueue, TemporaryTopic};
pub use self::trace::{TraceContext, TraceContextError, TraceSource};
pub use self::transaction::{TransactedSession, Transaction};
pub use relaismq_openwire::{Destination, MessageId, Text};
