//! Reads what an earlier owner left, and judges it. Nothing is changed by it.
//!
//! ```text
//! checkpoint --segments since--> record by record --> End: the next segment
//!                                      |
//!                                      +--> no whole record: what is behind it?
//!                                             says that it was synced --> damaged
//!                                             nothing, or nothing of the kind --> the log ends here
//! ```

use std::fmt;

use super::backlogs::Backlogs;
use super::catalog::Catalog;
use super::format::checkpoint::{Checkpoint, Unusable};
use super::format::segment::FIRST_RECORD;
use super::index::{Holdings, Origin};
use super::keeper::CHECKPOINT;
use super::log::{Behind, Ended, SegmentFile, look_behind, number_of, segment_name};
use super::messages::Messages;
use super::note;
use super::trouble::{Result, Trouble, damaged, with};
use crate::store::disk::Listed;

/// A store as it was left.
pub(super) struct Left {
    pub(super) catalog: Catalog,
    pub(super) kept: Messages,
    /// Its owner ended in order.
    pub(super) closed: bool,
    /// The run of the system on which it was open.
    pub(super) boot: String,
    pub(super) last_commit: u64,
    /// The segment in which the log ends, unless it was closed.
    pub(super) end: Option<Ended>,
    /// Segments that were read because no checkpoint says what is in them.
    pub(super) read: Vec<SegmentFile>,
    pub(super) tail: Option<Tail>,
    /// Higher than that of any segment there ever was.
    pub(super) next_segment: u64,
    pub(super) checkpoint_bytes: u64,
    /// Everything in the folder.
    pub(super) listed: Vec<Listed>,
}

/// What was written last and is not whole. It was never synced, so that nobody was told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tail {
    pub(super) file: String,
    pub(super) at: u64,
    /// Up to where something of it was found; 0 if only its beginning was.
    pub(super) bytes: u64,
    /// The first commit in it and the last that was found.
    pub(super) commits: (u64, u64),
    /// Records of which the header is there.
    pub(super) records: u64,
}

impl fmt::Display for Tail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, at, bytes, commits: (first, last), .. } = self;
        write!(f, "{bytes} bytes from byte {at} of {file} on (commit {first}")?;
        if first != last {
            write!(f, " to {last}")?;
        }
        f.write_str("), which were never synced, so that nobody was told that they were kept")
    }
}

/// Reads the store in this folder.
pub(super) fn read(origin: &Origin) -> Result<Left> {
    let (checkpoint, checkpoint_bytes) = read_checkpoint(origin)?;
    if checkpoint.store != origin.store {
        let what = format!("it is that of store {}, not {}", checkpoint.store, origin.store);
        return Err(damaged(&checkpoint_name(origin), what));
    }
    let listed = origin.disk.list(origin.folder).map_err(with(origin.folder))?;
    check_segments(origin, &checkpoint, &listed)?;
    let highest = listed.iter().filter_map(|file| number_of(&file.name)).max();
    let contradicts = || damaged(&checkpoint_name(origin), "it contradicts itself");
    let catalog = Catalog::from_checkpoint(&checkpoint);
    let Checkpoint { segments, runs, backlogs, .. } = checkpoint;
    let holdings = Holdings::from_known(segments, &runs).ok_or_else(contradicts)?;
    let mut left = Left {
        catalog,
        kept: Messages::new(origin.clone(), holdings).with(Backlogs::from_known(backlogs)),
        closed: checkpoint.closed,
        boot: checkpoint.boot,
        last_commit: checkpoint.last_commit,
        end: None,
        read: Vec::new(),
        tail: None,
        next_segment: checkpoint.next_segment.max(highest.map_or(0, |number| number + 1)),
        checkpoint_bytes,
        listed,
    };
    if left.closed {
        left.check_closed(checkpoint.next_segment)?;
    } else {
        left.read_log(checkpoint.next_segment)?;
    }
    note::check(origin, left.last_commit)?;
    Ok(left)
}

fn checkpoint_name(origin: &Origin) -> String {
    format!("{}/{CHECKPOINT}", origin.folder)
}

/// The checkpoint and its length.
fn read_checkpoint(origin: &Origin) -> Result<(Checkpoint, u64)> {
    let name = checkpoint_name(origin);
    let file = origin.disk.open(&name).map_err(with(&name))?;
    let len = file.len().map_err(with(&name))?;
    let mut bytes = vec![0; usize::try_from(len).unwrap_or(0)];
    file.read_at(&mut bytes, 0).map_err(with(&name))?;
    match Checkpoint::decode(&bytes) {
        Ok(checkpoint) => Ok((checkpoint, len)),
        Err(unusable) => Err(unusable_checkpoint(&name, unusable)),
    }
}

pub(super) fn unusable_checkpoint(name: &str, unusable: Unusable) -> Trouble {
    match unusable {
        Unusable::Damaged => damaged(name, "it is not as it was written"),
        Unusable::Format(format) => Trouble::Unsupported(format!(
            "its format is {format}, and this broker knows formats 1 to 3: use the release that made it"
        )),
    }
}

/// Those that the checkpoint names are there, and long enough.
fn check_segments(origin: &Origin, checkpoint: &Checkpoint, listed: &[Listed]) -> Result<()> {
    for known in &checkpoint.segments {
        let name = segment_name(origin.folder, known.number);
        let found = listed.iter().find(|file| number_of(&file.name) == Some(known.number));
        match found.map(|file| file.bytes) {
            None => return Err(damaged(&name, "it is missing")),
            Some(bytes) if bytes < known.end => {
                let what = format!("it has {bytes} bytes; its records end at {}", known.end);
                return Err(damaged(&name, what));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

impl Left {
    /// Nothing may have been logged behind an orderly end.
    fn check_closed(&self, next_segment: u64) -> Result<()> {
        let Some((name, _)) = self.first_records_from(next_segment)? else { return Ok(()) };
        let commit = self.last_commit;
        let what = format!(
            "the log goes on in it behind the orderly end after commit {commit}: the checkpoint is \
             older than the log"
        );
        Err(damaged(&name, what))
    }

    /// The first segment from this number on that has records, and what is in it.
    pub(super) fn first_records_from(&self, number: u64) -> Result<Option<(String, Behind)>> {
        let numbers = self.listed.iter().filter_map(|file| number_of(&file.name));
        for number in numbers.filter(|&other| other >= number) {
            let behind = look_into(&self.kept.origin, number)?;
            if behind.records > 0 {
                return Ok(Some((segment_name(self.kept.origin.folder, number), behind)));
            }
        }
        Ok(None)
    }
}

/// The records of a segment in which there should be none.
fn look_into(origin: &Origin, number: u64) -> Result<Behind> {
    let name = segment_name(origin.folder, number);
    let file = origin.disk.open(&name).map_err(with(&name))?;
    let bytes = file.len().map_err(with(&name))?;
    let mut first = [0; 8];
    // The first record is the first that is written; where it is blank there never was one.
    if bytes < FIRST_RECORD + 8 {
        return Ok(Behind::default());
    }
    file.read_at(&mut first, FIRST_RECORD).map_err(with(&name))?;
    if first == [0; 8] {
        return Ok(Behind::default());
    }
    let segment = SegmentFile { number, bytes, file: file.into() };
    look_behind(origin.folder, &segment, origin.seeds, FIRST_RECORD)
}
