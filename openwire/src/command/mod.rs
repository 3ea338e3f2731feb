//! Everything that travels in a frame.
//!
//! ```text
//! connection, session, producer, consumer   what clients open, ask for and end
//! message, dispatch, transaction            messages there and back
//! response, throwable                       answers, and Java's exceptions
//! broker, destination_info                  what brokers and administrators say
//! legacy                                    known, so that nothing is unknown; nobody sends it any more
//! nested                                    commands inside commands
//! ```

mod broker;
mod connection;
mod consumer;
mod destination_info;
mod dispatch;
mod legacy;
mod message;
mod nested;
mod producer;
mod response;
mod session;
mod throwable;
mod transaction;

use std::sync::Arc;

pub use self::{
    broker::{BrokerInfo, BrokerSubscriptionInfo},
    connection::{
        ConnectionControl, ConnectionError, ConnectionInfo, ControlCommand, FlushCommand,
        KeepAliveInfo, ShutdownInfo, WireFormatInfo,
    },
    consumer::{
        ConsumerControl, ConsumerInfo, MessagePull, NetworkBridgeFilter, RemoveSubscriptionInfo,
    },
    destination_info::DestinationInfo,
    dispatch::{MessageAck, MessageDispatch, MessageDispatchNotification},
    legacy::{
        DiscoveryEvent, JournalQueueAck, JournalTopicAck, JournalTrace, JournalTransaction,
        LastPartialCommand, PartialCommand, ReplayCommand, SubscriptionInfo,
    },
    message::{BlobReference, Message, MessageKind},
    producer::{ProducerAck, ProducerInfo},
    response::{DataArrayResponse, DataResponse, ExceptionResponse, IntegerResponse, Response},
    session::{RemoveInfo, SessionInfo},
    throwable::{StackElement, Throwable},
    transaction::TransactionInfo,
};
use crate::{
    destination::Destination,
    error::{DecodeError, EncodeError},
    ids::{
        BrokerId, ConnectionId, ConsumerId, LocalTransactionId, MessageId, ProducerId, SessionId,
        XaTransactionId,
    },
    wire::{Nested, Sink, Source, Structure, wrong_type},
};

/// Declares [`Command`] and everything that is the same for all its structures.
macro_rules! commands {
    (
        commands { $( $(#[$doc:meta])* $variant:ident ($($wrap:ident)?) ),* $(,)? }
        structures { $( $(#[$other_doc:meta])* $other:ident ($($other_wrap:ident)?) ),* $(,)? }
    ) => {
        /// Anything with a type byte: commands, and the ids, destinations and records that are
        /// found inside them.
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum Command {
            /// A message of any kind.
            Message(Arc<Message>),
            /// A queue or topic.
            Destination(Destination),
            $( $(#[$doc])* $variant(commands!(@type $variant $($wrap)?)), )*
            $( $(#[$other_doc])* $other(commands!(@type $other $($other_wrap)?)), )*
        }

        impl Command {
            /// The first version that has all types.
            pub(crate) const ALL_SINCE: u8 = {
                let mut version = BlobReference::SINCE;
                $( if $variant::SINCE > version { version = $variant::SINCE; } )*
                $( if $other::SINCE > version { version = $other::SINCE; } )*
                version
            };

            /// ActiveMQ's name of the type.
            pub fn name(&self) -> &'static str {
                match self {
                    Self::Message(message) => message.kind.name(),
                    Self::Destination(destination) => destination.kind.type_name(),
                    $( Self::$variant(_) => $variant::NAME, )*
                    $( Self::$other(_) => $other::NAME, )*
                }
            }

            /// ActiveMQ's name of the type with this byte, if `version` has it.
            pub(crate) fn name_of(code: u8, version: u8) -> Option<&'static str> {
                let (name, since) = match code {
                    $( $variant::CODE => ($variant::NAME, $variant::SINCE), )*
                    $( $other::CODE => ($other::NAME, $other::SINCE), )*
                    23..=29 => (MessageKind::from_code(code)?.name(), if code == 29 { 3 } else { 1 }),
                    100..=103 => (crate::destination::Kind::from_code(code)?.type_name(), 1),
                    _ => return None,
                };
                (version >= since).then_some(name)
            }

            /// The number given by the sender; `None` for types that are no commands.
            pub fn command_id(&self) -> Option<i32> {
                match self {
                    Self::Message(message) => Some(message.command_id),
                    $( Self::$variant(command) => Some(command.command_id), )*
                    _ => None,
                }
            }

            /// Numbers the command and says whether its sender waits for a response.
            pub fn set_request(&mut self, command_id: i32, response_required: bool) {
                match self {
                    Self::Message(message) => {
                        let message = Arc::make_mut(message);
                        message.command_id = command_id;
                        message.response_required = response_required;
                    }
                    $( Self::$variant(command) => {
                        command.command_id = command_id;
                        command.response_required = response_required;
                    } )*
                    _ => {}
                }
            }

            /// The sender waits for exactly one response.
            pub fn response_required(&self) -> bool {
                match self {
                    Self::Message(message) => message.response_required,
                    $( Self::$variant(command) => command.response_required, )*
                    _ => false,
                }
            }
        }

        impl Nested for Command {
            const EXPECTED: &'static str = "a structure";

            fn type_code(&self) -> u8 {
                match self {
                    Self::Message(message) => message.type_code(),
                    Self::Destination(destination) => destination.type_code(),
                    $( Self::$variant(_) => $variant::CODE, )*
                    $( Self::$other(_) => $other::CODE, )*
                }
            }

            fn write_fields<S: Sink>(&self, sink: &mut S) -> Result<(), EncodeError> {
                match self {
                    Self::Message(message) => message.write_fields(sink),
                    Self::Destination(destination) => destination.write_fields(sink),
                    $( Self::$variant(command) => command.write(sink), )*
                    $( Self::$other(structure) => structure.write(sink), )*
                }
            }

            fn read_fields<S: Source>(code: u8, source: &mut S) -> Result<Self, DecodeError> {
                match code {
                    23..=29 => Nested::read_fields(code, source).map(Self::Message),
                    100..=103 => Nested::read_fields(code, source).map(Self::Destination),
                    $( $variant::CODE if source.version() >= $variant::SINCE => {
                        $variant::read(source).map(|it| Self::$variant(it.into()))
                    } )*
                    $( $other::CODE if source.version() >= $other::SINCE => {
                        $other::read(source).map(|it| Self::$other(it.into()))
                    } )*
                    _ => Err(wrong_type::<Self>(code, source)),
                }
            }
        }

        $( impl From<$variant> for Command {
            fn from(command: $variant) -> Self {
                Self::$variant(command.into())
            }
        } )*
        $( impl From<$other> for Command {
            fn from(structure: $other) -> Self {
                Self::$other(structure.into())
            }
        } )*
    };
    (@type $variant:ident boxed) => { Box<$variant> };
    (@type $variant:ident) => { $variant };
}

commands! {
    commands {
        /// Introduces a broker.
        BrokerInfo(boxed),
        /// Logs a client in.
        ConnectionInfo(boxed),
        /// Opens a session.
        SessionInfo(),
        /// Opens a consumer.
        ConsumerInfo(boxed),
        /// Opens a producer.
        ProducerInfo(boxed),
        /// Begins, prepares, ends or recovers a transaction.
        TransactionInfo(),
        /// Makes or removes a destination.
        DestinationInfo(boxed),
        /// Deletes a durable subscription.
        RemoveSubscriptionInfo(boxed),
        /// Shows that the peer is alive.
        KeepAliveInfo(),
        /// Announces the end of the connection.
        ShutdownInfo(),
        /// Ends a connection, session, consumer or producer.
        RemoveInfo(),
        /// Free text.
        ControlCommand(),
        /// Does nothing.
        FlushCommand(),
        /// Reports a failure that no response can carry.
        ConnectionError(boxed),
        /// Changes or closes a consumer.
        ConsumerControl(boxed),
        /// Steers a client between brokers.
        ConnectionControl(boxed),
        /// Gives window back to a producer.
        ProducerAck(),
        /// Asks for one message.
        MessagePull(boxed),
        /// Hands a message to a consumer.
        MessageDispatch(),
        /// Acknowledges messages.
        MessageAck(boxed),
        /// Done.
        Response(),
        /// Refused.
        ExceptionResponse(boxed),
        /// Done, with a structure.
        DataResponse(),
        /// Done, with structures.
        DataArrayResponse(),
        /// Done, with a number.
        IntegerResponse(),
        /// Asks for commands again, over UDP.
        ReplayCommand(),
        /// Legacy replication of a dispatch.
        MessageDispatchNotification(boxed),
        /// Lists durable subscriptions to a bridged broker.
        BrokerSubscriptionInfo(boxed),
    }
    structures {
        /// Introduces a peer.
        WireFormatInfo(),
        /// A discovered service.
        DiscoveryEvent(),
        /// A journal record.
        JournalTopicAck(boxed),
        /// A journal record.
        JournalQueueAck(boxed),
        /// A journal record.
        JournalTrace(),
        /// A journal record.
        JournalTransaction(boxed),
        /// A stored durable subscription.
        SubscriptionInfo(boxed),
        /// A piece of a command, over UDP.
        PartialCommand(),
        /// The last piece of a command, over UDP.
        LastPartialCommand(),
        /// Keeps messages from going round.
        NetworkBridgeFilter(),
        /// An id.
        MessageId(),
        /// An id.
        LocalTransactionId(),
        /// An id.
        XaTransactionId(),
        /// An id.
        ConnectionId(),
        /// An id.
        SessionId(),
        /// An id.
        ConsumerId(),
        /// An id.
        ProducerId(),
        /// An id.
        BrokerId(),
    }
}

impl From<Message> for Command {
    fn from(message: Message) -> Self {
        Self::Message(Arc::new(message))
    }
}

impl From<Destination> for Command {
    fn from(destination: Destination) -> Self {
        Self::Destination(destination)
    }
}
