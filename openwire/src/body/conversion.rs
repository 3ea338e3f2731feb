//! Values given for JMS headers, turned into what the header holds.

use super::value::Value;
use crate::{
    destination::{Destination, Kind},
    error::{DecodeError, EncodeError},
    text::Text,
};

/// Why a property could not be set.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PropertyError {
    /// The name stands for a header that holds something else.
    #[error("{name} cannot hold {value:?}")]
    Unsuited {
        /// Which property.
        name: String,
        /// What was to be put there.
        value: Value,
    },
    /// The properties that are there already are malformed.
    #[error("the existing properties are malformed")]
    Malformed(#[from] DecodeError),
    /// The new properties cannot be encoded.
    #[error("the properties cannot be encoded")]
    Unencodable(#[from] EncodeError),
}

/// Why a header did not take a value.
pub(super) enum Refusal {
    NoHeader(Value),
    Unsuited(Value),
}

/// A whole number, also one written as text, as Java converts them.
pub(super) fn number(value: Value) -> Result<i64, Refusal> {
    let number = match &value {
        Value::Text(text) => text.trim().parse().ok(),
        other => other.as_i64(),
    };
    number.ok_or(Refusal::Unsuited(value))
}

pub(super) fn small(value: Value) -> Result<i32, Refusal> {
    let number = number(value)?;
    i32::try_from(number).map_err(|_| Refusal::Unsuited(number.into()))
}

pub(super) fn truth(value: Value) -> Result<bool, Refusal> {
    match &value {
        Value::Boolean(value) => Ok(*value),
        Value::Text(text) => Ok(text.eq_ignore_ascii_case("true")),
        _ => Err(Refusal::Unsuited(value)),
    }
}

pub(super) fn persistence(value: Value) -> Result<bool, Refusal> {
    match &value {
        Value::Boolean(value) => Ok(*value),
        Value::Text(text) if text.eq_ignore_ascii_case("persistent") => Ok(true),
        Value::Text(text) if text.eq_ignore_ascii_case("non_persistent") => Ok(false),
        // JMS counts NON_PERSISTENT as 1 and PERSISTENT as 2.
        Value::Int(1) => Ok(false),
        Value::Int(2) => Ok(true),
        _ => Err(Refusal::Unsuited(value)),
    }
}

pub(super) fn destination(value: Value) -> Result<Option<Destination>, Refusal> {
    match &value {
        Value::Null => Ok(None),
        Value::Text(text) => match Destination::parse(text, Kind::Queue) {
            Some(destination) => Ok(Some(destination)),
            None => Err(Refusal::Unsuited(value)),
        },
        _ => Err(Refusal::Unsuited(value)),
    }
}

/// The scheduler's numbers have fixed widths.
pub(super) fn scheduled(name: &str, value: Value) -> Result<Value, Value> {
    let refused = |refusal| match refusal {
        Refusal::NoHeader(value) | Refusal::Unsuited(value) => value,
    };
    match name {
        "AMQ_SCHEDULED_DELAY" | "AMQ_SCHEDULED_PERIOD" => {
            number(value).map(Value::Long).map_err(refused)
        }
        "AMQ_SCHEDULED_REPEAT" => small(value).map(Value::Int).map_err(refused),
        _ => Ok(value),
    }
}

pub(super) fn text(value: Value) -> Result<Option<Text>, Refusal> {
    match value {
        Value::Null => Ok(None),
        Value::Text(text) => Ok(Some(text)),
        other => Err(Refusal::Unsuited(other)),
    }
}
