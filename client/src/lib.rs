//! A failover client for Apache ActiveMQ brokers over OpenWire.

mod connection;
mod consumer;
mod destination;
mod driver;
mod error;
mod message;
pub mod options;
mod producer;
pub mod proto;
mod request;
mod session;
mod temporary;
mod transaction;
pub mod uri;

pub use self::connection::{Connection, ConnectionBuilder, Events, State};
pub use self::consumer::{Browser, Consumer, ConsumerBuilder, Delivery};
pub use self::destination::{DestinationError, Queue, Target, Topic};
pub use self::error::{
    AckError, BrokerFailure, Cause, ConnectError, Error, OperationError, ReceiveError, Refusal,
    RefusalKind, SendError, SendOutcome, TransactionError,
};
pub use self::message::{
    BodyError, BodyKind, FromValue, Message, MessageFault, PrimitiveMap, Received, Value,
};
pub use self::producer::{Producer, ProducerBuilder, Receipt, ReceiptFuture, SendOptions};
pub use self::proto::event::Event;
pub use self::session::{AckMode, Session};
pub use self::temporary::{TemporaryQueue, TemporaryTopic};
pub use self::transaction::{TransactedSession, Transaction};
pub use relaismq_openwire::{Destination, MessageId, Text};
