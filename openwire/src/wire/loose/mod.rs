//! The loose encoding: every field inline, in order.

mod reader;
mod writer;

pub(crate) use self::{reader::LooseReader, writer::LooseWriter};
