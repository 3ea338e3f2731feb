//! What a checkpoint holds.

use bytes::Bytes;
use roaring::RoaringTreemap;
use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::bits::Bits;
use super::change::{Subscription, kind_of, put_name, take_name};
use super::seeds::StoreId;
use crate::model::Container;
use crate::model::coding::{Put, Take};

/// The whole store but for its messages and what was logged since.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::store::file) struct Checkpoint {
    pub(in crate::store::file) store: StoreId,
    /// Its owner ended in order: nothing was logged since.
    pub(in crate::store::file) closed: bool,
    /// The run of the system on which it was opened.
    pub(in crate::store::file) boot: String,
    pub(in crate::store::file) last_commit: u64,
    pub(in crate::store::file) last_sequence: u64,
    pub(in crate::store::file) next_container: u32,
    /// The log goes on at the beginning of this one.
    pub(in crate::store::file) next_segment: u64,
    pub(in crate::store::file) containers: Vec<KnownContainer>,
    pub(in crate::store::file) producers: Vec<(String, i64)>,
    pub(in crate::store::file) segments: Vec<KnownSegment>,
    pub(in crate::store::file) runs: Vec<KnownRun>,
    pub(in crate::store::file) backlogs: Vec<KnownBacklog>,
    pub(in crate::store::file) marks: Vec<(String, Bytes)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::store::file) struct KnownContainer {
    pub(in crate::store::file) number: u32,
    pub(in crate::store::file) container: Container,
    pub(in crate::store::file) declared: bool,
    pub(in crate::store::file) subscription: Option<Subscription>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::store::file) struct KnownSegment {
    pub(in crate::store::file) number: u64,
    pub(in crate::store::file) bytes: u64,
    pub(in crate::store::file) end: u64,
    pub(in crate::store::file) first_commit: u64,
    pub(in crate::store::file) messages: u32,
    pub(in crate::store::file) removed: Bits,
    pub(in crate::store::file) offered: Bits,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store::file) struct KnownRun {
    pub(in crate::store::file) container: u32,
    pub(in crate::store::file) segment: u64,
    pub(in crate::store::file) first: u64,
    pub(in crate::store::file) last: u64,
    pub(in crate::store::file) start: u32,
    pub(in crate::store::file) places: u32,
    pub(in crate::store::file) living: u32,
    pub(in crate::store::file) living_bytes: u64,
}

/// What one subscription has of one topic.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::store::file) struct KnownBacklog {
    pub(in crate::store::file) topic: u32,
    pub(in crate::store::file) subscription: u32,
    pub(in crate::store::file) waiting: RoaringTreemap,
    pub(in crate::store::file) offered: RoaringTreemap,
}

/// Why a checkpoint cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store::file) enum Unusable {
    Damaged,
    /// Another format than ours.
    Format(u32),
}

impl Checkpoint {
    pub(in crate::store::file) fn encode(&self) -> Vec<u8> {
        let body = self.encode_body();
        let mut out = Vec::with_capacity(HEADER_LEN + body.len());
        out.put(MAGIC);
        out.u32(FORMAT);
        out.u32(0);
        out.put(&self.store.0);
        out.u64(body.len() as u64);
        out.u64(xxh3_64_with_seed(&body, 0));
        let hash = xxh3_64_with_seed(&out, 0);
        out.u64(hash);
        out.put(&body);
        out
    }

    pub(in crate::store::file) fn decode(bytes: &[u8]) -> Result<Self, Unusable> {
        let Header { format, store, len, hash } = decode_header(bytes)?;
        let body = bytes.get(HEADER_LEN..).unwrap_or_default();
        if body.len() as u64 != len || xxh3_64_with_seed(body, 0) != hash {
            return Err(Unusable::Damaged);
        }
        let mut fields = Take(body);
        let found = Self::decode_body(format, store, &mut fields).filter(|_| fields.is_at_end());
        found.ok_or(Unusable::Damaged)
    }

    fn encode_body(&self) -> Vec<u8> {
        let mut out = Vec::new();
        out.u8(self.closed.into());
        out.text(&self.boot);
        out.u64(self.last_commit);
        out.u64(self.last_sequence);
        out.u32(self.next_container);
        out.u64(self.next_segment);
        put_all(&mut out, &self.containers, KnownContainer::encode);
        put_all(&mut out, &self.producers, |(name, sequence), out| {
            out.text(name);
            out.put(&sequence.to_le_bytes());
        });
        put_all(&mut out, &self.segments, KnownSegment::encode);
        put_all(&mut out, &self.runs, KnownRun::encode);
        put_all(&mut out, &self.backlogs, KnownBacklog::encode);
        put_all(&mut out, &self.marks, |(name, bytes), out| {
            out.text(name);
            out.sized(bytes);
        });
        out
    }

    fn decode_body(format: u32, store: StoreId, fields: &mut Take<'_>) -> Option<Self> {
        Some(Self {
            store,
            closed: fields.flag()?,
            boot: fields.text()?.to_owned(),
            last_commit: fields.u64()?,
            last_sequence: fields.u64()?,
            next_container: fields.u32()?,
            next_segment: fields.u64()?,
            containers: take_all(fields, 10, KnownContainer::decode)?,
            producers: take_all(fields, 12, |fields| {
                Some((fields.text()?.to_owned(), i64::from_le_bytes(fields.array()?)))
            })?,
            segments: take_all(fields, 38, KnownSegment::decode)?,
            runs: take_all(fields, 48, KnownRun::decode)?,
            backlogs: match format {
                1 => Vec::new(),
                _ => take_all(fields, 16, KnownBacklog::decode)?,
            },
            marks: match format {
                1 | 2 => Vec::new(),
                _ => take_all(fields, 8, take_mark)?,
            },
        })
    }
}

/// The id of the store whose checkpoint begins with these bytes.
pub(in crate::store::file) fn store_of(beginning: &[u8]) -> Result<StoreId, Unusable> {
    decode_header(beginning).map(|header| header.store)
}

/// What stands before a body.
struct Header {
    format: u32,
    store: StoreId,
    /// Of the body.
    len: u64,
    hash: u64,
}

fn decode_header(bytes: &[u8]) -> Result<Header, Unusable> {
    let read = || {
        let mut fields = Take(bytes);
        let magic: [u8; 8] = fields.array()?;
        let (format, _) = (fields.u32()?, fields.u32()?);
        let (store, len, hash) = (StoreId(fields.array()?), fields.u64()?, fields.u64()?);
        Some((magic == *MAGIC, Header { format, store, len, hash }, fields.u64()?))
    };
    let covered = bytes.get(..HEADER_LEN - 8).unwrap_or_default();
    match read() {
        Some((true, header, hash)) if hash == xxh3_64_with_seed(covered, 0) => {
            match header.format {
                1..=FORMAT => Ok(header),
                other => Err(Unusable::Format(other)),
            }
        }
        _ => Err(Unusable::Damaged),
    }
}

fn put_all<T>(out: &mut Vec<u8>, all: &[T], put: impl Fn(&T, &mut Vec<u8>)) {
    out.u32(u32::try_from(all.len()).unwrap_or(u32::MAX));
    all.iter().for_each(|one| put(one, out));
}

fn take_all<'a, T>(
    fields: &mut Take<'a>,
    least: usize,
    take: impl Fn(&mut Take<'a>) -> Option<T>,
) -> Option<Vec<T>> {
    let count = fields.count(least)?;
    (0..count).map(|_| take(fields)).collect()
}

fn take_mark(fields: &mut Take<'_>) -> Option<(String, Bytes)> {
    Some((fields.text()?.to_owned(), Bytes::copy_from_slice(fields.sized()?)))
}

impl KnownContainer {
    fn encode(&self, out: &mut Vec<u8>) {
        out.u32(self.number);
        out.u8(kind_of(&self.container));
        put_name(out, &self.container);
        out.u8(self.declared.into());
        out.u8(self.subscription.is_some().into());
        if let Some(subscription) = &self.subscription {
            subscription.encode(out);
        }
    }

    fn decode(fields: &mut Take<'_>) -> Option<Self> {
        let number = fields.u32()?;
        let kind = fields.u8()?;
        let container = take_name(kind, fields)?;
        let declared = fields.flag()?;
        let subscription = if fields.flag()? { Some(Subscription::decode(fields)?) } else { None };
        Some(Self { number, container, declared, subscription })
    }
}

impl KnownSegment {
    fn encode(&self, out: &mut Vec<u8>) {
        out.u64(self.number);
        out.u64(self.bytes);
        out.u64(self.end);
        out.u64(self.first_commit);
        out.u32(self.messages);
        self.removed.encode(out);
        self.offered.encode(out);
    }

    fn decode(fields: &mut Take<'_>) -> Option<Self> {
        let (number, bytes, end) = (fields.u64()?, fields.u64()?, fields.u64()?);
        let (first_commit, messages) = (fields.u64()?, fields.u32()?);
        let mut bits = || Bits::decode(fields, messages);
        let (removed, offered) = (bits()?, bits()?);
        Some(Self { number, bytes, end, first_commit, messages, removed, offered })
    }
}

impl KnownRun {
    fn encode(&self, out: &mut Vec<u8>) {
        out.u32(self.container);
        out.u64(self.segment);
        out.u64(self.first);
        out.u64(self.last);
        out.u32(self.start);
        out.u32(self.places);
        out.u32(self.living);
        out.u64(self.living_bytes);
    }

    fn decode(fields: &mut Take<'_>) -> Option<Self> {
        Some(Self {
            container: fields.u32()?,
            segment: fields.u64()?,
            first: fields.u64()?,
            last: fields.u64()?,
            start: fields.u32()?,
            places: fields.u32()?,
            living: fields.u32()?,
            living_bytes: fields.u64()?,
        })
    }
}

impl KnownBacklog {
    fn encode(&self, out: &mut Vec<u8>) {
        out.u32(self.topic);
        out.u32(self.subscription);
        for set in [&self.waiting, &self.offered] {
            let mut bytes = Vec::with_capacity(set.serialized_size());
            // Memory takes everything.
            drop(set.serialize_into(&mut bytes));
            out.u32(u32::try_from(bytes.len()).unwrap_or(u32::MAX));
            out.put(&bytes);
        }
    }

    fn decode(fields: &mut Take<'_>) -> Option<Self> {
        let (topic, subscription) = (fields.u32()?, fields.u32()?);
        let mut set = || {
            let len = usize::try_from(fields.u32()?).ok()?;
            RoaringTreemap::deserialize_from(fields.bytes(len)?).ok()
        };
        let (waiting, offered) = (set()?, set()?);
        Some(Self { topic, subscription, waiting, offered })
    }
}

const MAGIC: &[u8; 8] = b"RelaiChk";
/// What is written. Format 2 had no marks; format 1 no backlogs either: each subscription had its own copies.
const FORMAT: u32 = 3;
/// Enough of a checkpoint to know whose it is.
pub(in crate::store::file) const HEADER_LEN: usize = 56;
