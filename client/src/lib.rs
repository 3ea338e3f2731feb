//! A failover client for Apache ActiveMQ brokers over OpenWire.

mod destination;
mod message;
pub mod options;
pub mod proto;
pub mod uri;

pub use self::destination::{DestinationError, Queue, Target, Topic};
pub use self::message::{
    BodyError, BodyKind, FromValue, Message, MessageFault, PrimitiveMap, Received, Value,
};
pub use relaismq_openwire::Destination;
