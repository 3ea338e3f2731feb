//! Destinations inside other structures.

use super::{Destination, Kind};
use crate::{
    cache::{Cached, Key},
    command::Command,
    error::{DecodeError, DecodeFault, EncodeError},
    wire::{Nested, Sink, Source, wrong_type},
};

impl Nested for Destination {
    const EXPECTED: &'static str = "a destination";

    fn type_code(&self) -> u8 {
        self.kind.code()
    }

    fn write_fields<S: Sink>(&self, sink: &mut S) -> Result<(), EncodeError> {
        sink.text("physicalName", Some(&self.name))
    }

    fn read_fields<S: Source>(code: u8, source: &mut S) -> Result<Self, DecodeError> {
        let Some(kind) = Kind::from_code(code) else {
            return Err(wrong_type::<Self>(code, source));
        };
        let at = source.offset();
        match source.text()? {
            Some(name) if !name.is_empty() => Ok(Self { kind, name }),
            _ => Err(DecodeError::new(DecodeFault::EmptyName, at)),
        }
    }
}

impl Cached for Destination {
    fn key(&self) -> Option<Key> {
        Some(Key::Destination(self.clone()))
    }

    fn is(&self, key: &Key) -> bool {
        matches!(key, Key::Destination(destination) if destination == self)
    }

    fn to_entry(&self) -> Command {
        Command::Destination(self.clone())
    }

    fn from_entry(entry: &Command) -> Option<Self> {
        match entry {
            Command::Destination(destination) => Some(destination.clone()),
            _ => None,
        }
    }
}
