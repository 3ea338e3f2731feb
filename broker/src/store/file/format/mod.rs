//! What every byte on disk means: the specification of format 3.
//!
//! Numbers are little-endian and unsigned; a text is its length in bytes (u32) and UTF-8. A hash is
//! XXH3 with 64 bits; each has a seed of its own (see [`seeds`]), so that what was meant for another
//! store, file, place or message is never taken for valid. Nothing is compressed.
//!
//! # Segment: `segment-<number, ten digits>`
//! ```text
//!    0  "RelaiSeg"
//!    8  format u32 = 1, then u32 = 0
//!   16  id of the store, 16 bytes
//!   32  number of the segment u64, the same as in its name
//!   40  length of the file u64 when it was made; it may be cut behind its last record
//!   48  0 u64
//!   56  hash of the 56 bytes before
//! 4096  records, one behind the other, each at a multiple of 8; behind the last one 8 zero bytes
//! ```
//! The rest of the file is whatever was there: zeros, or what is left of an earlier use.
//!
//! # Record: one commit
//! ```text
//!    0  hash of bytes 8 to 40, never 0; the seed knows the segment and the place in it
//!    8  "RREC"
//!   12  length of the body u32
//!   16  number of the commit u64, one more than that of the record before
//!   24  highest commit that was known to be synced when this record was written u64
//!   32  hash of the body without the blobs in it
//!   40  body: changes, one behind the other; then zeros to a multiple of 8
//! ```
//! A body of length 0 ends the segment: the log goes on in the one with the next number, which is
//! there already. Such an end has the number of the last commit.
//!
//! # Change: a byte that says what, then
//! ```text
//!    1  add           container u32, sequence u64, length u32, hash of the blob u64, blob
//!    2  move          the same: a message has been copied here, the older copy is dead
//!    3  move, marked  the same, of a message that may have been given out
//!    4  remove        container u32, sequence u64
//!    5  offer         container u32, first u64, last u64
//!    6  queue         container u32, name: from now on this number stands for this queue
//!    7  backlog       container u32, client id, subscription name: or for this subscription's
//!    8  declare       container u32: the queue exists even when empty
//!    9  subscribe     container u32, topic, has a selector u8, selector, no local u8
//!   10  drop          container u32: with all its messages; the number is never used again
//!   11  producer      name, sequence u64 (two's complement)
//!   12  forget        producer's name
//!   13  subscriber    container u32, number u64: for a topic subscriber's; in the spill only
//!   14  topic         container u32, name: for this topic's, which are added once for all
//!   15  give          topic, sequence, subscriptions: a message that was added is in these backlogs
//!   16  take          topic, first, span, subscriptions: what these have from first to first + span
//!                     is removed from their backlogs; what no backlog has any more is removed
//!   17  offer each    first, span, subscriptions: as 5, of what these have in their backlogs
//!   18  mark          name, length u32, bytes: to be remembered in place of what had this name
//! ```
//!
//! In 15 to 17 numbers have seven bits a byte, lowest first, with the eighth bit in all bytes but the
//! last; subscriptions are their length in bytes, then each container as what it is more than the one
//! before. A drop of a subscription removes its backlog too.
//!
//! # Table: `table-<number>`, the places of the messages of a segment that is not written any more
//! ```text
//! pages of 4096 bytes:
//!    0  hash of the other 4088; the seed knows the segment and the page
//!    8  places in this page u32 (255 in all but the last), then u32 = 0
//!   16  places: sequence u64, offset of the change in the segment u32, length of the blob u32
//! ```
//! Ordered by container, then sequence; of several changes for one message the last counts. It can be
//! made again from the segment at any time.
//!
//! # Note: `synced`
//! ```text
//!    0  commits up to this one were synced u64
//!    8  hash of that; not a whole note if it does not fit
//! ```
//!
//! # Checkpoint: `checkpoint`
//! ```text
//!    0  "RelaiChk"
//!    8  format u32 = 3 (2: the same without marks; 1: without backlogs, too), then u32 = 0
//!   16  id of the store, 16 bytes
//!   32  length of the body u64
//!   40  hash of the body
//!   48  hash of the 48 bytes before
//!   56  body:
//!       closed in order u8, boot id of the system on which it was opened text
//!       last commit u64, last sequence u64, next container u32
//!       the log goes on at the beginning of this segment u64
//!       containers u32, each: number u32, 6, 7 or 14 u8 and the name as in that change, declared u8,
//!           has a subscription u8, then that as in change 9
//!       producers u32, each: name, sequence u64
//!       segments u32, each: number u64, length of the file u64, end of its records u64, first
//!           commit u64, messages in its table u32, removed (bits), offered (bits)
//!       runs u32, each: container u32, segment u64, first sequence u64, last u64, its first place
//!           in the table u32, places u32, living u32, their blobs in bytes u64
//!       backlogs u32, each: topic u32, subscription u32, what it has of that topic and what of it may
//!           have been given out: two lengths u32, each followed by a set of sequences in the
//!           standard portable form of 64-bit Roaring bitmaps
//!       marks u32, each: name, length u32, bytes
//! ```
//! Bits are a byte: 0 none is set, 1 all are; 2 a bit for each place follows, lowest first, in whole
//! u64. A run is what a segment has of one container.
//!
//! ```text
//! segment, record, change, body    the log
//! table, checkpoint                where things are in it
//! bits, numbers, seeds             sets of places, numbers, hashes that are valid in one place only
//! ```

pub(super) mod bits;
pub(super) mod body;
pub(super) mod change;
pub(super) mod checkpoint;
mod numbers;
pub(super) mod record;
pub(super) mod seeds;
pub(super) mod segment;
pub(super) mod table;
