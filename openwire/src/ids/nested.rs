//! Ids inside other structures.

use super::{
    BrokerId, ConnectionId, ConsumerId, LocalTransactionId, ProducerId, SessionId, TransactionId,
    XaTransactionId,
};
use crate::{
    cache::{Cached, Key},
    command::Command,
    error::{DecodeError, EncodeError},
    wire::{Nested, Sink, Source, Structure, wrong_type},
};

impl Nested for TransactionId {
    const EXPECTED: &'static str = "a transaction id";

    fn type_code(&self) -> u8 {
        match self {
            Self::Local(_) => LocalTransactionId::CODE,
            Self::Xa(_) => XaTransactionId::CODE,
        }
    }

    fn write_fields<S: Sink>(&self, sink: &mut S) -> Result<(), EncodeError> {
        match self {
            Self::Local(id) => id.write(sink),
            Self::Xa(id) => id.write(sink),
        }
    }

    fn read_fields<S: Source>(code: u8, source: &mut S) -> Result<Self, DecodeError> {
        match code {
            LocalTransactionId::CODE => LocalTransactionId::read(source).map(Self::Local),
            XaTransactionId::CODE => XaTransactionId::read(source).map(|id| Self::Xa(id.into())),
            _ => Err(wrong_type::<Self>(code, source)),
        }
    }
}

impl Cached for TransactionId {
    fn key(&self) -> Option<Key> {
        Some(match self {
            Self::Local(id) => Key::Local(id.clone()),
            Self::Xa(id) => Key::Xa(id.clone()),
        })
    }

    fn is(&self, key: &Key) -> bool {
        match (self, key) {
            (Self::Local(id), Key::Local(of)) => id == of,
            (Self::Xa(id), Key::Xa(of)) => id == of,
            _ => false,
        }
    }

    fn to_entry(&self) -> Command {
        match self {
            Self::Local(id) => id.clone().into(),
            Self::Xa(id) => Command::XaTransactionId((**id).clone()),
        }
    }

    fn from_entry(entry: &Command) -> Option<Self> {
        match entry {
            Command::LocalTransactionId(id) => Some(Self::Local(id.clone())),
            Command::XaTransactionId(id) => Some(Self::Xa(id.clone().into())),
            _ => None,
        }
    }
}

/// Ids that occur in cached fields on their own.
macro_rules! cached_ids {
    ($($id:ident => $key:ident),*) => { $(
        impl Cached for $id {
            fn key(&self) -> Option<Key> {
                Some(Key::$key(self.clone()))
            }

            fn is(&self, key: &Key) -> bool {
                matches!(key, Key::$key(id) if id == self)
            }

            fn to_entry(&self) -> Command {
                Command::$id(self.clone())
            }

            fn from_entry(entry: &Command) -> Option<Self> {
                match entry {
                    Command::$id(id) => Some(id.clone()),
                    _ => None,
                }
            }
        }
    )* };
}

cached_ids!(
    BrokerId => Broker, ConnectionId => Connection, SessionId => Session, ConsumerId => Consumer,
    ProducerId => Producer
);
