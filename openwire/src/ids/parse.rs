//! Ids out of text.

use std::{convert::Infallible, str::FromStr};

use super::{
    BrokerId, ConnectionId, ConsumerId, LocalTransactionId, MessageId, ProducerId, SessionId,
};
use crate::text::Text;

/// Text that is no id of the kind asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not {expected}")]
pub struct ParseIdError {
    expected: &'static str,
}

/// Splits `head:number` at the last colon. The head may hold colons itself.
fn split_number(text: &str) -> Option<(&str, i64)> {
    let (head, number) = text.rsplit_once(':')?;
    Some((head, number.parse().ok()?))
}

fn text(text: &str) -> Option<Text> {
    Some(text.into())
}

impl FromStr for BrokerId {
    type Err = Infallible;
    fn from_str(id: &str) -> Result<Self, Infallible> {
        Ok(Self::new(id))
    }
}

impl FromStr for ConnectionId {
    type Err = Infallible;
    fn from_str(id: &str) -> Result<Self, Infallible> {
        Ok(Self::new(id))
    }
}

impl FromStr for SessionId {
    type Err = ParseIdError;
    fn from_str(id: &str) -> Result<Self, ParseIdError> {
        let (connection, value) =
            split_number(id).ok_or(ParseIdError { expected: "a session id" })?;
        Ok(Self { connection_id: text(connection), value })
    }
}

impl FromStr for ConsumerId {
    type Err = ParseIdError;
    fn from_str(id: &str) -> Result<Self, ParseIdError> {
        let error = ParseIdError { expected: "a consumer id" };
        let (session, value) = split_number(id).ok_or(error)?;
        let (connection, session_id) = split_number(session).ok_or(error)?;
        Ok(Self { connection_id: text(connection), session_id, value })
    }
}

impl FromStr for ProducerId {
    type Err = ParseIdError;
    fn from_str(id: &str) -> Result<Self, ParseIdError> {
        let error = ParseIdError { expected: "a producer id" };
        let (session, value) = split_number(id).ok_or(error)?;
        let (connection, session_id) = split_number(session).ok_or(error)?;
        Ok(Self { connection_id: text(connection), value, session_id })
    }
}

impl FromStr for LocalTransactionId {
    type Err = ParseIdError;
    fn from_str(id: &str) -> Result<Self, ParseIdError> {
        let error = ParseIdError { expected: "a local transaction id" };
        let (connection, value) = id.strip_prefix("TX:").and_then(split_number).ok_or(error)?;
        Ok(Self { value, connection_id: Some(ConnectionId::new(connection)) })
    }
}

impl MessageId {
    /// Reads a JMS message id. One that is not in ActiveMQ's form is kept as a foreign view of an
    /// empty id.
    pub fn parse(id: &str) -> Self {
        let own = || {
            let (producer, sequence) = split_number(id)?;
            Some(producer.parse::<ProducerId>().ok()?.message(sequence))
        };
        own().unwrap_or_else(|| Self {
            text_view: text(id),
            producer_id: Some(ProducerId::default()),
            ..Self::default()
        })
    }
}

impl FromStr for MessageId {
    type Err = Infallible;
    fn from_str(id: &str) -> Result<Self, Infallible> {
        Ok(Self::parse(id))
    }
}
