//! Keys and records of the database. Numbers are big-endian, texts are UTF-8 after their length.
//!
//! ```text
//! messages   <container id u32><sequence u64>  ->  blob
//! catalog    m                 ->  format u32, last sequence u64, next container u32, commits u64
//!            c<container id>   ->  0, name, declared u8  |  1, client id, subscription name
//!            n<container id>   ->  count u64, bytes u64, head u64, last u64
//!            s<container id>   ->  topic, has selector u8, selector, no local u8
//!            r<container id>   ->  (empty) dropped; its messages are still to be removed
//!            p<producer>       ->  sequence i64
//! ```

use super::{Meta, Shelf};
use crate::model::{Container, SubscriptionKey, SubscriptionRecord};

/// The only format so far.
pub(super) const FORMAT: u32 = 1;

/// What a catalog key stands for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Kind<'a> {
    Meta,
    Container(u32),
    Counts(u32),
    Subscription(u32),
    Retired(u32),
    Producer(&'a str),
}

impl<'a> Kind<'a> {
    pub(super) fn of(key: &'a [u8]) -> Option<Self> {
        let (tag, rest) = key.split_first()?;
        let id = || Some(u32::from_be_bytes(rest.try_into().ok()?));
        match *tag {
            b'm' if rest.is_empty() => Some(Self::Meta),
            b'c' => id().map(Self::Container),
            b'n' => id().map(Self::Counts),
            b's' => id().map(Self::Subscription),
            b'r' => id().map(Self::Retired),
            b'p' => std::str::from_utf8(rest).ok().map(Self::Producer),
            _ => None,
        }
    }

    pub(super) fn key(&self) -> Vec<u8> {
        let (tag, rest): (u8, &[u8]) = match self {
            Self::Meta => (b'm', &[]),
            Self::Container(id) => (b'c', &id.to_be_bytes()),
            Self::Counts(id) => (b'n', &id.to_be_bytes()),
            Self::Subscription(id) => (b's', &id.to_be_bytes()),
            Self::Retired(id) => (b'r', &id.to_be_bytes()),
            Self::Producer(name) => (b'p', name.as_bytes()),
        };
        [&[tag], rest].concat()
    }
}

pub(super) fn meta_key() -> Vec<u8> {
    Kind::Meta.key()
}

pub(super) fn message_key(container: u32, sequence: u64) -> [u8; 12] {
    let mut key = [0; 12];
    let (id, rest) = key.split_at_mut(4);
    id.copy_from_slice(&container.to_be_bytes());
    rest.copy_from_slice(&sequence.to_be_bytes());
    key
}

pub(super) fn sequence_of(message_key: &[u8]) -> Option<u64> {
    Some(u64::from_be_bytes(message_key.get(4..)?.try_into().ok()?))
}

pub(super) fn encode_meta(meta: Meta) -> Vec<u8> {
    let mut out = FORMAT.to_be_bytes().to_vec();
    out.extend(meta.last_sequence.to_be_bytes());
    out.extend(meta.next_container.to_be_bytes());
    out.extend(meta.commits.to_be_bytes());
    out
}

/// `Err` is a format that is not ours.
pub(super) fn decode_meta(bytes: &[u8]) -> Option<Result<Meta, u32>> {
    let mut fields = Fields(bytes);
    let format = fields.u32()?;
    if format != FORMAT {
        return Some(Err(format));
    }
    let meta = Meta {
        last_sequence: fields.u64()?,
        next_container: fields.u32()?,
        commits: fields.u64()?,
    };
    fields.end(Ok(meta))
}

pub(super) fn encode_container(container: &Container, declared: bool) -> Vec<u8> {
    let mut out = Vec::new();
    match container {
        Container::Queue(name) => {
            out.push(0);
            put_text(&mut out, name);
            out.push(declared.into());
        }
        Container::Subscription(key) => {
            out.push(1);
            put_text(&mut out, &key.client_id);
            put_text(&mut out, &key.name);
        }
    }
    out
}

/// The container and whether it is declared; a subscription is when it has a record of its own.
pub(super) fn decode_container(bytes: &[u8]) -> Option<(Container, bool)> {
    let mut fields = Fields(bytes);
    let decoded = match fields.u8()? {
        0 => (Container::Queue(fields.text()?), fields.flag()?),
        1 => {
            let key = SubscriptionKey { client_id: fields.text()?, name: fields.text()? };
            (Container::Subscription(key), false)
        }
        _ => return None,
    };
    fields.end(decoded)
}

pub(super) fn encode_counts(shelf: Shelf) -> Vec<u8> {
    let numbers = [shelf.count, shelf.bytes, shelf.head, shelf.last];
    numbers.iter().flat_map(|number| number.to_be_bytes()).collect()
}

pub(super) fn decode_counts(bytes: &[u8], into: &mut Shelf) -> Option<()> {
    let mut fields = Fields(bytes);
    into.count = fields.u64()?;
    into.bytes = fields.u64()?;
    into.head = fields.u64()?;
    into.last = fields.u64()?;
    fields.end(())
}

pub(super) fn encode_subscription(record: &SubscriptionRecord) -> Vec<u8> {
    let mut out = Vec::new();
    put_text(&mut out, &record.topic);
    out.push(record.selector.is_some().into());
    put_text(&mut out, record.selector.as_deref().unwrap_or_default());
    out.push(record.no_local.into());
    out
}

pub(super) fn decode_subscription(
    key: SubscriptionKey,
    bytes: &[u8],
) -> Option<SubscriptionRecord> {
    let mut fields = Fields(bytes);
    let topic = fields.text()?;
    let has_selector = fields.flag()?;
    let selector = Some(fields.text()?).filter(|_| has_selector);
    let no_local = fields.flag()?;
    fields.end(SubscriptionRecord { key, topic, selector, no_local })
}

pub(super) fn decode_producer(bytes: &[u8]) -> Option<i64> {
    Some(i64::from_be_bytes(bytes.try_into().ok()?))
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    out.extend((text.len() as u64).to_be_bytes());
    out.extend(text.as_bytes());
}

/// Reads a record from front to back; `None` if it is not what it should be.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*taken)
    }

    fn u8(&mut self) -> Option<u8> {
        self.array().map(u8::from_be_bytes)
    }

    fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_be_bytes)
    }

    fn flag(&mut self) -> Option<bool> {
        match self.u8()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }

    fn text(&mut self) -> Option<String> {
        let len = usize::try_from(self.u64()?).ok()?;
        let (text, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(std::str::from_utf8(text).ok()?.to_owned())
    }

    fn end<T>(self, value: T) -> Option<T> {
        self.0.is_empty().then_some(value)
    }
}
