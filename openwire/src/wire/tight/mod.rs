//! The tight encoding: all booleans, null markers and number widths as bits in front, then the
//! values in as few bytes as they need.

mod reader;
mod writer;

pub(crate) use self::{reader::TightReader, writer::TightWriter};
