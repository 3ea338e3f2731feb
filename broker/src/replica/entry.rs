//! Entries of the log as bytes, on disk and between brokers.
//!
//! ```text
//!  0  what u8: 1 nothing, 2 batches, 3 the members
//!  1  term u64, index u64
//! 17  batches in their byte form, or members as postcard writes them
//! ```

use bytes::Bytes;
use openraft::{CommittedLeaderId, EntryPayload, Membership};

use super::types::{Entry, LogId, Member, Proposal};
use crate::model::coding::{Put, Take};

/// Appends an entry.
pub(super) fn put(out: &mut Vec<u8>, entry: &Entry) {
    let kind = match &entry.payload {
        EntryPayload::Blank => BLANK,
        EntryPayload::Normal(_) => NORMAL,
        EntryPayload::Membership(_) => MEMBERS,
    };
    out.u8(kind);
    out.u64(entry.log_id.leader_id.term);
    out.u64(entry.log_id.index);
    match &entry.payload {
        EntryPayload::Blank => {}
        EntryPayload::Normal(Proposal(bytes)) => out.put(bytes),
        // Writing to memory does not fail.
        EntryPayload::Membership(members) => {
            out.put(&postcard::to_stdvec(members).unwrap_or_default());
        }
    }
}

/// Reads an entry that takes all of these bytes and shares their memory. `None` if it is none.
pub(super) fn take(bytes: &Bytes) -> Option<Entry> {
    let mut fields = Take(bytes);
    let (kind, term, index) = (fields.u8()?, fields.u64()?, fields.u64()?);
    let log_id = log_id(term, index);
    let payload = match kind {
        BLANK if fields.is_at_end() => EntryPayload::Blank,
        NORMAL => EntryPayload::Normal(Proposal(bytes.slice_ref(fields.0))),
        MEMBERS => {
            let members: Membership<u64, Member> = postcard::from_bytes(fields.0).ok()?;
            EntryPayload::Membership(members)
        }
        _ => return None,
    };
    Some(Entry { log_id, payload })
}

/// About the bytes that it takes.
pub(super) fn weight(entry: &Entry) -> usize {
    let payload = match &entry.payload {
        EntryPayload::Normal(Proposal(bytes)) => bytes.len(),
        EntryPayload::Blank | EntryPayload::Membership(_) => 0,
    };
    payload + OVERHEAD
}

/// The entry with this index of the leader of this term.
pub(super) fn log_id(term: u64, index: u64) -> LogId {
    LogId::new(CommittedLeaderId::new(term, 0), index)
}

const BLANK: u8 = 1;
const NORMAL: u8 = 2;
const MEMBERS: u8 = 3;
const OVERHEAD: usize = 128;
