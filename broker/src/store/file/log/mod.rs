//! The log: records, one behind the other, in segments.
//!
//! ```text
//! files      names, made ahead and opened again
//! append     writes records at the end
//! read       reads them back, in order
//! behind     looks for records where none should be
//! ```

mod append;
mod behind;
mod files;
mod read;

pub(super) use self::append::{Ended, Log};
pub(super) use self::behind::{Behind, look_behind};
pub(super) use self::files::{
    SegmentFile, Source, make, make_without_room, number_of, open, segment_name, table_name,
    table_number_of,
};
pub(super) use self::read::{Read, Records};
