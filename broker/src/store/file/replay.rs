//! Reads what was logged since the checkpoint, up to where the log ends.

use super::format::change::changes;
use super::index::Origin;
use super::log::{Ended, Read, Records, SegmentFile, look_behind, open, segment_name};
use super::read::{Left, Tail};
use super::running::apply_to;
use super::trouble::{Result, damaged};

/// How a segment ends.
enum End {
    /// The log goes on in the next one.
    GoesOn,
    /// The log ends here; something was begun.
    Begun,
    /// The log ends here.
    Blank,
}

impl Left {
    /// From the beginning of this segment on.
    pub(super) fn read_log(&mut self, first: u64) -> Result<()> {
        let mut number = first;
        loop {
            let Origin { disk, folder, store, .. } = &self.kept.origin;
            let (segment, header) = open(&**disk, folder, *store, number)?;
            let first_commit = self.last_commit + 1;
            let (end, at) = self.read_segment(&segment)?;
            let SegmentFile { number: this, bytes, .. } = segment;
            let ended = Ended { number: this, bytes, end: at, first_commit };
            if matches!(end, End::GoesOn) {
                self.kept.seal(ended);
                self.read.push(segment);
                number += 1;
                continue;
            }
            if bytes < header.bytes {
                let what =
                    format!("it has {bytes} bytes and had {} when it was made", header.bytes);
                return Err(damaged(&segment_name(self.kept.origin.folder, this), what));
            }
            self.tail = self.judge(&segment, at, matches!(end, End::Begun))?;
            self.end = Some(ended);
            self.read.push(segment);
            return Ok(());
        }
    }

    /// Applies the records of a segment; returns how and where they end.
    fn read_segment(&mut self, segment: &SegmentFile) -> Result<(End, u64)> {
        let Origin { folder, seeds, .. } = self.kept.origin;
        let name = segment_name(folder, segment.number);
        let mut records = Records::new(folder, segment, seeds, segment.bytes);
        loop {
            let at = records.at();
            let next = self.last_commit + 1;
            let unexpected = |found| {
                damaged(&name, format!("byte {at}: commit {found} is where {next} should be"))
            };
            match records.next()? {
                Read::Commit(header, ..) if header.commit != next => {
                    return Err(unexpected(header.commit));
                }
                Read::Commit(_, body_at, body) => {
                    for logged in changes(body) {
                        apply_to(&mut self.catalog, &mut self.kept, &logged, body_at)?;
                    }
                    self.last_commit = next;
                }
                Read::End(header) if header.commit != self.last_commit => {
                    return Err(unexpected(header.commit + 1));
                }
                Read::End(_) => return Ok((End::GoesOn, at)),
                Read::Nothing { blank: true } => return Ok((End::Blank, at)),
                Read::Nothing { blank: false } => return Ok((End::Begun, at)),
            }
        }
    }

    /// There is no whole record in this place. Was there one, and is anybody relying on it?
    fn judge(&self, segment: &SegmentFile, at: u64, begun: bool) -> Result<Option<Tail>> {
        let Origin { folder, seeds, .. } = self.kept.origin;
        let name = segment_name(folder, segment.number);
        let next = self.last_commit + 1;
        let behind = look_behind(folder, segment, seeds, at)?;
        if behind.synced >= next {
            let (records, synced) = (behind.records, behind.synced);
            let what = format!(
                "byte {at}: commit {next} cannot be read. It was synced: {records} later records in \
                 this file are there, and one of them says so of every commit up to {synced}"
            );
            return Err(damaged(&name, what));
        }
        if let Some((later, found)) = self.first_records_from(segment.number + 1)? {
            let records = found.records;
            let what = format!(
                "byte {at}: commit {next} cannot be read. It was synced: the log goes on in {later} \
                 with {records} records"
            );
            return Err(damaged(&name, what));
        }
        let commits = (next, behind.last_commit.max(next));
        let tail =
            Tail { file: name, at, bytes: behind.end - at, commits, records: behind.records };
        Ok((begun || behind.records > 0).then_some(tail))
    }
}
