//! Batches as bytes: how brokers that keep the same messages tell each other of them.
//!
//! Numbers are little-endian; a text, or what is sized, is its length in bytes (u32) and itself. Whoever keeps or
//! sends it sees to it that it comes back as it was: there is no checksum in it.
//! ```text
//! version u8 = 1
//! batches, each: number of changes u32, sync u8
//! ..   changes, each a byte that says what, then
//!  1   add               place, sequence u64, envelope, transient u8, blob sized
//!  2   publish           topic text, sequence u64, envelope, blob sized, subscriptions u32, each two texts
//!  3   offer             place, first u64, last u64
//!  4   remove            place, sequence u64
//!  5   put subscription  client id, name, topic: texts; has a selector u8, selector text, no local u8
//!  6   drop subscription client id, name: texts
//!  7   put queue         text
//!  8   drop queue        text
//!  9   drop subscriber   number u64
//! 10   producer          text, sequence u64 (two's complement)
//! 11   drop producer     text
//! 12   mark              name text, bytes sized
//! place      1 queue: text; 2 subscription: two texts; 3 topic: text; 4 subscriber: number u64
//! envelope   has a producer u8, then has it a connection u8, that as text, value u64, session u64; sequence u64, expiration u64,
//!            priority u8
//! ```
//!
//! ```text
//! write, read   the two ways
//! ```

mod read;
#[cfg(test)]
mod tests;
mod write;

pub use self::{read::decode, write::encode};

/// Why bytes are no batches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// They were written by a newer release.
    #[error(
        "batches in the form {0} were written by another release; this one knows form {VERSION}"
    )]
    Version(u8),
    /// They are not what any release writes.
    #[error("what should be batches cannot be read at byte {at}")]
    Malformed {
        /// The place of the first change that cannot be read.
        at: usize,
    },
}

const VERSION: u8 = 1;
const ADD: u8 = 1;
const PUBLISH: u8 = 2;
const OFFER: u8 = 3;
const REMOVE: u8 = 4;
const PUT_SUBSCRIPTION: u8 = 5;
const DROP_SUBSCRIPTION: u8 = 6;
const PUT_QUEUE: u8 = 7;
const DROP_QUEUE: u8 = 8;
const DROP_SUBSCRIBER: u8 = 9;
const PRODUCER: u8 = 10;
const DROP_PRODUCER: u8 = 11;
const MARK: u8 = 12;
const QUEUE: u8 = 1;
const SUBSCRIPTION: u8 = 2;
const TOPIC: u8 = 3;
const SUBSCRIBER: u8 = 4;
