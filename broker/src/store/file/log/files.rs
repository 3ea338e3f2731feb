//! Segments as files.

use std::io;
use std::sync::Arc;

use crate::store::disk::{Disk, DiskFile, fill_with_zeros};
use crate::store::file::format::seeds::StoreId;
use crate::store::file::format::segment::{FIRST_RECORD, SegmentHeader};
use crate::store::file::trouble::{Result, damaged, with};

/// An open segment.
#[derive(Clone, Debug)]
pub(in crate::store::file) struct SegmentFile {
    pub(in crate::store::file) number: u64,
    /// Length of the file.
    pub(in crate::store::file) bytes: u64,
    pub(in crate::store::file) file: Arc<dyn DiskFile>,
}

/// Where the room of a new segment comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::store::file) enum Source {
    /// From the disk: filled with zeros, so that appending needs no more room and a sync of it
    /// writes nothing but the data.
    New,
    /// The same at a start, when nobody else has anything to sync: all at once.
    First,
    /// From a file of the same length that is not needed any more. Its records mean nothing in a
    /// segment with another number.
    Used(String),
}

/// Makes a segment that is ready to be written, and stays so after a power cut. Under another name
/// until it is: a segment that has its name is whole.
pub(in crate::store::file) fn make(
    disk: &dyn Disk,
    folder: &str,
    header: SegmentHeader,
    source: &Source,
) -> io::Result<SegmentFile> {
    let name = segment_name(folder, header.number);
    let fresh = format!("{name}.new");
    let file = match source {
        Source::New | Source::First => disk.create(&fresh)?,
        Source::Used(other) => {
            disk.rename(other, &fresh)?;
            disk.open(&fresh)?
        }
    };
    let made = fill(&*file, header, source).and_then(|()| disk.rename(&fresh, &name));
    if let Err(error) = made.and_then(|()| disk.sync_folder(folder)) {
        disk.remove(&fresh)?;
        return Err(error);
    }
    Ok(SegmentFile { number: header.number, bytes: header.bytes, file: file.into() })
}

fn fill(file: &dyn DiskFile, header: SegmentHeader, source: &Source) -> io::Result<()> {
    let mut page = header.encode();
    // No record, either.
    page.resize(usize::try_from(FIRST_RECORD).map_err(io::Error::other)? + 8, 0);
    file.write_at(&page, 0)?;
    if !matches!(source, Source::Used(_)) || file.len()? != header.bytes {
        file.set_len(page.len() as u64)?;
        fill_with_zeros(file, (page.len() as u64, header.bytes), *source != Source::First)?;
    }
    // Of everything in it, before it gets its name.
    file.sync()
}

/// Makes a segment that need not survive anything. It takes room when it is written.
pub(in crate::store::file) fn make_without_room(
    disk: &dyn Disk,
    folder: &str,
    header: SegmentHeader,
) -> io::Result<SegmentFile> {
    let file = disk.create(&segment_name(folder, header.number))?;
    file.write_at(&header.encode(), 0)?;
    Ok(SegmentFile { number: header.number, bytes: header.bytes, file: file.into() })
}

/// Opens a segment that must be there.
pub(in crate::store::file) fn open(
    disk: &dyn Disk,
    folder: &str,
    store: StoreId,
    number: u64,
) -> Result<(SegmentFile, SegmentHeader)> {
    let name = segment_name(folder, number);
    let file = disk.open(&name).map_err(with(&name))?;
    let mut bytes = [0; SegmentHeader::LEN];
    file.read_at(&mut bytes, 0).map_err(with(&name))?;
    let header = SegmentHeader::decode(&bytes)
        .ok_or_else(|| damaged(&name, "byte 0: its header cannot be read"))?;
    if (header.store, header.number) != (store, number) {
        let SegmentHeader { store: other, number: found, .. } = header;
        let what = format!("it is segment {found} of store {other}; this is store {store}");
        return Err(damaged(&name, what));
    }
    let bytes = file.len().map_err(with(&name))?;
    Ok((SegmentFile { number, bytes, file: file.into() }, header))
}

pub(in crate::store::file) fn segment_name(folder: &str, number: u64) -> String {
    format!("{folder}/{SEGMENT}{number:010}")
}

pub(in crate::store::file) fn table_name(folder: &str, number: u64) -> String {
    format!("{folder}/{TABLE}{number:010}")
}

/// The number in a segment's name (without the folder).
pub(in crate::store::file) fn number_of(name: &str) -> Option<u64> {
    number_behind(SEGMENT, name)
}

/// The number in a table's name (without the folder).
pub(in crate::store::file) fn table_number_of(name: &str) -> Option<u64> {
    number_behind(TABLE, name)
}

fn number_behind(prefix: &str, name: &str) -> Option<u64> {
    name.strip_prefix(prefix).filter(|digits| digits.len() >= 10)?.parse().ok()
}

const SEGMENT: &str = "segment-";
const TABLE: &str = "table-";
