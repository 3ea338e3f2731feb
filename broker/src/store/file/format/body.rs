//! Writes the changes of a commit.

use xxhash_rust::xxh3::Xxh3;

use super::change::{
    ADD, DECLARE, DROP, FORGET, GIVE, Head, MARK, MOVE, MOVE_MARKED, OFFER, OFFER_EACH, PRODUCER,
    REMOVE, SUBSCRIBE, Subscription, TAKE, blob_hash, kind_of, put_name,
};
use super::numbers::{put_number, put_numbers};
use super::record::{RecordHeader, padding_of};
use super::seeds::Seeds;
use crate::model::Container;
use crate::model::coding::Put;

/// Collects the changes of a commit, with room for the header before them.
pub(in crate::store::file) struct Body {
    seeds: Seeds,
    hash: Xxh3,
    /// Room for the header, then the changes.
    bytes: Vec<u8>,
    len: usize,
    /// How many messages are in it.
    pub(in crate::store::file) messages: usize,
}

/// To the buffer and to the hash.
impl Put for Body {
    fn put(&mut self, bytes: &[u8]) {
        self.hash.update(bytes);
        self.append(bytes);
    }
}

impl Body {
    /// An empty one; `buffer` is used again.
    pub(in crate::store::file) fn new(seeds: Seeds, mut buffer: Vec<u8>) -> Self {
        buffer.clear();
        buffer.resize(RecordHeader::LEN, 0);
        Self { seeds, hash: seeds.body(), bytes: buffer, len: 0, messages: 0 }
    }

    /// Length of all changes in bytes.
    pub(in crate::store::file) const fn len(&self) -> usize {
        self.len
    }

    pub(in crate::store::file) const fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub(in crate::store::file) fn changes(&self) -> &[u8] {
        self.bytes.get(RecordHeader::LEN..RecordHeader::LEN + self.len).unwrap_or_default()
    }

    pub(in crate::store::file) fn hash(&self) -> u64 {
        self.hash.digest()
    }

    /// The whole record with this header, and 8 bytes which say that none follows. The body must
    /// not be added to afterwards.
    pub(in crate::store::file) fn framed(&mut self, header: &[u8]) -> &[u8] {
        if let Some(room) = self.bytes.get_mut(..RecordHeader::LEN) {
            room.copy_from_slice(header);
        }
        self.bytes.resize(RecordHeader::LEN + self.len + padding_of(self.len) + 8, 0);
        &self.bytes
    }

    /// The buffer, to be used again.
    pub(in crate::store::file) fn into_buffer(self) -> Vec<u8> {
        self.bytes
    }

    pub(in crate::store::file) fn add(&mut self, container: u32, sequence: u64, blob: &[u8]) {
        self.message(ADD, container, sequence, blob);
    }

    pub(in crate::store::file) fn moved(
        &mut self,
        container: u32,
        sequence: u64,
        blob: &[u8],
        offered: bool,
    ) {
        self.message(if offered { MOVE_MARKED } else { MOVE }, container, sequence, blob);
    }

    fn message(&mut self, kind: u8, container: u32, sequence: u64, blob: &[u8]) {
        let len = u32::try_from(blob.len()).unwrap_or(u32::MAX);
        let hash = blob_hash(blob, container, sequence, self.seeds);
        self.put(&Head::encode(kind, container, sequence, len, hash));
        self.append(blob);
        self.messages += 1;
    }

    fn append(&mut self, bytes: &[u8]) {
        self.bytes.put(bytes);
        self.len += bytes.len();
    }

    pub(in crate::store::file) fn remove(&mut self, container: u32, sequence: u64) {
        self.u8(REMOVE);
        self.u32(container);
        self.u64(sequence);
    }

    pub(in crate::store::file) fn offer(&mut self, container: u32, first: u64, last: u64) {
        self.u8(OFFER);
        self.u32(container);
        self.u64(first);
        self.u64(last);
    }

    /// The numbers in ascending order, here and in the next two.
    pub(in crate::store::file) fn give(&mut self, topic: u32, sequence: u64, to: &[u32]) {
        self.u8(GIVE);
        put_number(self, topic.into());
        put_number(self, sequence);
        put_numbers(self, to);
    }

    pub(in crate::store::file) fn take(
        &mut self,
        topic: u32,
        (first, last): (u64, u64),
        from: &[u32],
    ) {
        self.u8(TAKE);
        put_number(self, topic.into());
        put_number(self, first);
        put_number(self, last.saturating_sub(first));
        put_numbers(self, from);
    }

    pub(in crate::store::file) fn offer_each(&mut self, (first, last): (u64, u64), to: &[u32]) {
        self.u8(OFFER_EACH);
        put_number(self, first);
        put_number(self, last.saturating_sub(first));
        put_numbers(self, to);
    }

    pub(in crate::store::file) fn name(&mut self, number: u32, container: &Container) {
        self.u8(kind_of(container));
        self.u32(number);
        put_name(self, container);
    }

    pub(in crate::store::file) fn declare(&mut self, container: u32) {
        self.u8(DECLARE);
        self.u32(container);
    }

    pub(in crate::store::file) fn subscribe(&mut self, container: u32, to: &Subscription) {
        self.u8(SUBSCRIBE);
        self.u32(container);
        to.encode(self);
    }

    pub(in crate::store::file) fn drop(&mut self, container: u32) {
        self.u8(DROP);
        self.u32(container);
    }

    pub(in crate::store::file) fn producer(&mut self, name: &str, sequence: i64) {
        self.u8(PRODUCER);
        self.text(name);
        self.put(&sequence.to_le_bytes());
    }

    pub(in crate::store::file) fn forget(&mut self, producer: &str) {
        self.u8(FORGET);
        self.text(producer);
    }

    pub(in crate::store::file) fn mark(&mut self, name: &str, bytes: &[u8]) {
        self.u8(MARK);
        self.text(name);
        self.sized(bytes);
    }
}
