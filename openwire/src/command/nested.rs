//! Structures of any type inside other structures.

use super::Command;
use crate::{
    cache::{Cached, Key},
    error::{DecodeError, EncodeError},
    wire::{Nested, Sink, Source},
};

impl Nested for Box<Command> {
    const EXPECTED: &'static str = Command::EXPECTED;

    fn type_code(&self) -> u8 {
        (**self).type_code()
    }

    fn write_fields<S: Sink>(&self, sink: &mut S) -> Result<(), EncodeError> {
        (**self).write_fields(sink)
    }

    fn read_fields<S: Source>(code: u8, source: &mut S) -> Result<Self, DecodeError> {
        Command::read_fields(code, source).map(Self::new)
    }
}

impl Cached for Box<Command> {
    fn key(&self) -> Option<Key> {
        Some(match &**self {
            Command::BrokerId(id) => Key::Broker(id.clone()),
            Command::ConnectionId(id) => Key::Connection(id.clone()),
            Command::SessionId(id) => Key::Session(id.clone()),
            Command::ConsumerId(id) => Key::Consumer(id.clone()),
            Command::ProducerId(id) => Key::Producer(id.clone()),
            Command::LocalTransactionId(id) => Key::Local(id.clone()),
            Command::XaTransactionId(id) => Key::Xa(Box::new(id.clone())),
            Command::Destination(destination) => Key::Destination(destination.clone()),
            Command::MessageId(id) => id.cache_key(),
            Command::Message(message) => message.message_id.as_ref()?.cache_key(),
            Command::SubscriptionInfo(info) => {
                Key::Subscription(info.client_id.clone(), info.subscription_name.clone())
            }
            Command::ConsumerInfo(info) => Key::ConsumerInfo(info.consumer_id.clone()),
            _ => return None,
        })
    }

    fn is(&self, key: &Key) -> bool {
        self.key().as_ref() == Some(key)
    }

    fn to_entry(&self) -> Command {
        (**self).clone()
    }

    fn from_entry(entry: &Command) -> Option<Self> {
        Some(Self::new(entry.clone()))
    }
}
