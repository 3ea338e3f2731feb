//! Ids as text, in ActiveMQ's forms.

use std::fmt::{self, Display};

use super::{
    BrokerId, ConnectionId, ConsumerId, LocalTransactionId, MessageId, ProducerId, SessionId,
    TransactionId, XaTransactionId,
};
use crate::{text::Text, wire::cursor::Cursor};

/// What JMS wants in front of every message id.
const JMS_PREFIX: &str = "ID:";
/// The XA format of Arjuna (Narayana), whose parts have a structure.
const ARJUNA_FORMAT: i32 = 131_077;

/// The text of an optional part; a missing one shows as nothing.
fn shown(text: Option<&Text>) -> &str {
    text.map_or("", Text::as_str)
}

impl Display for BrokerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(shown(self.value.as_ref()))
    }
}

impl Display for ConnectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(shown(self.value.as_ref()))
    }
}

impl Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", shown(self.connection_id.as_ref()), self.value)
    }
}

impl Display for ConsumerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", shown(self.connection_id.as_ref()), self.session_id, self.value)
    }
}

impl Display for ProducerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", shown(self.connection_id.as_ref()), self.session_id, self.value)
    }
}

/// A foreign id if there is one, with the prefix that JMS wants; else producer and sequence.
impl Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.text_view {
            Some(view) if view.starts_with(JMS_PREFIX) => f.write_str(view),
            Some(view) => write!(f, "{JMS_PREFIX}{view}"),
            None => self.fmt_key(f),
        }
    }
}

impl MessageId {
    /// Producer and sequence, whatever the foreign view: the same for equal ids.
    pub fn key(&self) -> String {
        struct KeyOf<'a>(&'a MessageId);
        impl Display for KeyOf<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt_key(f)
            }
        }
        KeyOf(self).to_string()
    }

    fn fmt_key(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(producer) = &self.producer_id {
            producer.fmt(f)?;
        }
        write!(f, ":{}", self.producer_sequence_id)
    }
}

impl Display for LocalTransactionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let connection = self.connection_id.as_ref().and_then(|id| id.value.as_ref());
        write!(f, "TX:{}:{}", shown(connection), self.value)
    }
}

impl Display for XaTransactionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = |part: &Option<bytes::Bytes>| {
            let bytes = part.as_deref().unwrap_or_default();
            match arjuna_uid(bytes) {
                Some(uid) if self.format_id == ARJUNA_FORMAT => uid,
                _ => java_hex(bytes),
            }
        };
        let (global, branch) = (part(&self.global_transaction_id), part(&self.branch_qualifier));
        write!(f, "XID:[{},globalId={global},branchId={branch}]", self.format_id)
    }
}

impl Display for TransactionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local(id) => id.fmt(f),
            Self::Xa(id) => id.fmt(f),
        }
    }
}

/// Every byte as Java shows it: without leading zeros, and as 32 bits if negative.
fn java_hex(bytes: &[u8]) -> String {
    let widen = |byte: &u8| i32::from(byte.cast_signed()).cast_unsigned();
    bytes.iter().map(|byte| format!("{:x}", widen(byte))).collect()
}

/// Two longs and three ints in signed hexadecimal; `None` if there are too few bytes.
fn arjuna_uid(bytes: &[u8]) -> Option<String> {
    let mut cursor = Cursor::new(bytes);
    let mut parts = Vec::with_capacity(5);
    for _ in 0..2 {
        parts.push(signed_hex(cursor.i64().ok()?));
    }
    for _ in 0..3 {
        parts.push(signed_hex(cursor.i32().ok()?.into()));
    }
    Some(parts.join(":"))
}

fn signed_hex(value: i64) -> String {
    let sign = if value < 0 { "-" } else { "" };
    format!("{sign}{:x}", value.unsigned_abs())
}
