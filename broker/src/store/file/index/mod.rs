//! What the store knows of its messages without reading them.
//!
//! ```text
//! Holdings
//!   fresh      of the segment that is being written: the place of each message
//!   shelves    of each container: its runs, one for each older segment that has messages of it
//!   sealed     of each older segment: which of its messages are removed, which were given out
//! Tables       the places in older segments, read from disk a page at a time; rebuild: made again
//! listing      goes through one container in order, over all segments; holdings, shelf, tables: the above
//! ```
//! So a message in a segment that is not written any more costs two bits of memory, and those only
//! when some of the segment's messages have been removed or given out.

mod fresh;
mod holdings;
mod listing;
mod rebuild;
mod sealed;
mod shelf;
mod tables;

pub(super) use self::holdings::Holdings;
pub(super) use self::listing::{Found, Wanted};
pub(super) use self::rebuild::Origin;
pub(super) use self::sealed::Sealed;
pub(super) use self::tables::Tables;
