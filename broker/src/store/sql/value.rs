//! Values on their way into a database, and out of it.

use bytes::Bytes;

use super::trouble::{Result, Trouble};

/// What a statement is given, and what a column holds. Arrays exist in PostgreSQL only.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Int(Option<i64>),
    Text(Option<String>),
    Blob(Bytes),
    Ints(Vec<Option<i64>>),
    Texts(Vec<Option<String>>),
    Blobs(Vec<Bytes>),
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(Some(number))
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Int(Some(clamp(number)))
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(Some(text.to_owned()))
    }
}

impl From<Bytes> for Value {
    fn from(blob: Bytes) -> Self {
        Self::Blob(blob)
    }
}

/// How a column is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Int,
    Text,
    Blob,
}

/// One row of an answer.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Row(pub(super) Vec<Value>);

impl Row {
    /// A number; null counts as none.
    pub(super) fn int(&self, column: usize) -> Result<Option<i64>> {
        match self.0.get(column) {
            Some(Value::Int(number)) => Ok(*number),
            other => Err(unexpected(column, other)),
        }
    }

    /// A number that is there.
    pub(super) fn number(&self, column: usize) -> Result<i64> {
        self.int(column)?.ok_or_else(|| unexpected(column, None))
    }

    /// An id that is there, as the broker counts.
    pub(super) fn sequence(&self, column: usize) -> Result<u64> {
        let number = self.number(column)?;
        u64::try_from(number)
            .map_err(|_| Trouble::Damaged(format!("a row has the id {number}, which is negative")))
    }

    /// A text; null counts as none.
    pub(super) fn text(&self, column: usize) -> Result<Option<String>> {
        match self.0.get(column) {
            Some(Value::Text(text)) => Ok(text.clone()),
            other => Err(unexpected(column, other)),
        }
    }

    /// A text that is there.
    pub(super) fn name(&self, column: usize) -> Result<String> {
        self.text(column)?.ok_or_else(|| unexpected(column, None))
    }

    /// Bytes; null counts as none of them.
    pub(super) fn blob(&self, column: usize) -> Result<Bytes> {
        match self.0.get(column) {
            Some(Value::Blob(blob)) => Ok(blob.clone()),
            other => Err(unexpected(column, other)),
        }
    }
}

fn unexpected(column: usize, found: Option<&Value>) -> Trouble {
    let found = match found {
        Some(Value::Int(_)) => "a number",
        Some(Value::Text(_)) => "a text",
        Some(Value::Blob(_)) => "bytes",
        Some(_) => "an array",
        None => "nothing",
    };
    Trouble::Damaged(format!("column {} of an answer holds {found}", column + 1))
}

/// Databases count with signs; nothing is kept beyond what they can say.
pub(super) fn clamp(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
