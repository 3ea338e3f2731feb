//! The log: append and read.

use std::{collections::VecDeque, sync::Arc};

use bytes::Bytes;

use super::{
    VOTE,
    note::Note,
    recent::Recent,
    record::{FIRST_RECORD, RecordHeader},
    segment::Segment,
};
use crate::{
    replica::{
        entry, small,
        trouble::{Result, Trouble, damaged, with},
        types::{Entry, LogId, Vote},
    },
    store::disk::Disk,
};

/// The log of one broker. After an error it must not be used again.
#[derive(Debug)]
pub(crate) struct Journal {
    pub(super) disk: Arc<dyn Disk>,
    /// Oldest first; the last one is being written.
    pub(super) segments: VecDeque<Segment>,
    /// Index of the first entry that is there.
    pub(super) first: u64,
    /// Where each entry is.
    pub(super) places: VecDeque<Place>,
    pub(super) last: Option<LogId>,
    pub(super) purged: Option<LogId>,
    pub(super) vote: Option<Vote>,
    /// Entries below this index are synced.
    pub(super) synced: u64,
    pub(super) note: Note,
    pub(super) recent: Recent,
    pub(super) segment_bytes: u64,
    /// Something has failed: nobody knows what is on disk.
    pub(super) broken: bool,
}

/// Where an entry is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// Index of the segment's first entry.
    pub(super) segment: u64,
    /// Of the record.
    pub(super) at: u64,
    /// Of the record, with its header.
    pub(super) len: u32,
}

impl Journal {
    /// The last entry, or what was purged last.
    pub(crate) fn last(&self) -> Option<LogId> {
        self.last.or(self.purged)
    }

    pub(crate) const fn purged(&self) -> Option<LogId> {
        self.purged
    }

    pub(crate) const fn vote(&self) -> Option<Vote> {
        self.vote
    }

    /// Never written to: its broker has promised nothing yet.
    pub(crate) fn is_blank(&self) -> bool {
        self.vote.is_none() && self.last().is_none()
    }

    /// Bytes of all entries that are there.
    pub(crate) fn bytes(&self) -> u64 {
        self.places.iter().map(|place| u64::from(place.len)).sum()
    }

    /// The highest index behind which no more than so many bytes of entries are left.
    pub(crate) fn index_before(&self, bytes: u64) -> Option<u64> {
        let mut left = bytes;
        let newest = (self.first..self.next()).rev().zip(self.places.iter().rev());
        for (index, place) in newest {
            match left.checked_sub(place.len.into()) {
                Some(less) => left = less,
                None => return Some(index),
            }
        }
        None
    }

    /// Keeps a vote. Durable when it returns.
    pub(crate) fn save_vote(&mut self, vote: Vote) -> Result<()> {
        self.guarded(|journal| {
            if !is_forgotten() {
                small::replace(&*journal.disk, VOTE, &vote)?;
            }
            journal.vote = Some(vote);
            Ok(())
        })
    }

    /// Keeps entries that follow the last one. Durable when it returns.
    pub(crate) fn append(&mut self, entries: Vec<Entry>) -> Result<()> {
        let Some(first) = entries.first().map(|entry| entry.log_id.index) else { return Ok(()) };
        self.guarded(|journal| {
            journal.prepare(first)?;
            let records = journal.records(&entries)?;
            let segment = journal.segments.back_mut().ok_or_else(no_segment)?;
            segment.append(records)?;
            for entry in entries {
                journal.last = Some(entry.log_id);
                journal.recent.push(entry);
            }
            journal.synced = journal.next();
            journal.note.write(journal.synced)
        })
    }

    /// Entries from `from` to before `to`, as far as they are there and have no more than so many bytes together;
    /// one at least.
    pub(crate) fn read(&self, from: u64, to: u64, most_bytes: usize) -> Result<Vec<Entry>> {
        let (from, to) = (from.max(self.first), to.min(self.next()));
        let (mut found, mut bytes) = (Vec::new(), 0);
        for index in from..to {
            let entry = self.entry(index)?;
            bytes += entry::weight(&entry);
            if bytes > most_bytes && !found.is_empty() {
                break;
            }
            found.push(entry);
        }
        Ok(found)
    }

    /// Index of the next entry.
    pub(super) fn next(&self) -> u64 {
        self.first + self.places.len() as u64
    }

    pub(super) fn entry(&self, index: u64) -> Result<Entry> {
        if let Some(entry) = self.recent.get(index) {
            return Ok(entry.clone());
        }
        let missing = || Trouble::Io(format!("the log has no entry {index}"));
        let place = self.place(index).ok_or_else(missing)?;
        let found = self.segments.iter().find(|segment| segment.first == place.segment);
        let segment = found.ok_or_else(missing)?;
        let mut record = vec![0; place.len as usize];
        segment.file.read_at(&mut record, place.at).map_err(with(&segment.name()))?;
        let wrong = || {
            damaged(
                &segment.name(),
                format!("byte {}: entry {index} is not as it was written", place.at),
            )
        };
        let header = RecordHeader::read(&record).ok_or_else(wrong)?;
        if header.index != index || !header.is_whole(&record, (place.segment, place.at)) {
            return Err(wrong());
        }
        let record = Bytes::from(record).slice(RecordHeader::LEN..);
        entry::take(&record).ok_or_else(wrong)
    }

    pub(super) fn place(&self, index: u64) -> Option<Place> {
        let at = usize::try_from(index.checked_sub(self.first)?).ok()?;
        self.places.get(at).copied()
    }

    /// Makes sure that there is a segment to write an entry with this index to.
    fn prepare(&mut self, index: u64) -> Result<()> {
        if self.places.is_empty() {
            self.first = index;
        }
        if index != self.next() {
            return Err(Trouble::Io(format!(
                "entry {index} does not follow entry {}",
                self.next()
            )));
        }
        if self.segments.back().is_none_or(|last| last.end >= self.segment_bytes) {
            self.segments.push_back(Segment::make(&*self.disk, index)?);
        }
        Ok(())
    }

    /// The entries as they are written to the last segment; their places are known from now on.
    fn records(&mut self, entries: &[Entry]) -> Result<Vec<u8>> {
        let segment = self.segments.back().ok_or_else(no_segment)?;
        let (number, mut at) = (segment.first, segment.end);
        let (mut records, mut bytes) = (Vec::new(), Vec::new());
        for entry in entries {
            bytes.clear();
            entry::put(&mut bytes, entry);
            let begin = records.len();
            RecordHeader::put(&mut records, (number, at), entry.log_id.index, self.synced, &bytes);
            let too_long = |_| Trouble::Io(format!("entry {} is too long", entry.log_id.index));
            let len = u32::try_from(records.len() - begin).map_err(too_long)?;
            self.places.push_back(Place { segment: number, at, len });
            at += u64::from(len);
        }
        Ok(records)
    }

    /// After an error every later call fails.
    pub(super) fn guarded<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if std::mem::replace(&mut self.broken, true) {
            return Err(Trouble::Io("the log is used after an error".to_owned()));
        }
        let outcome = work(self)?;
        self.broken = false;
        Ok(outcome)
    }
}

/// Whether votes stay in memory: only ever in tests.
fn is_forgotten() -> bool {
    #[cfg(test)]
    return control::VOTES_ARE_FORGOTTEN.get();
    #[cfg(not(test))]
    false
}

fn no_segment() -> Trouble {
    Trouble::Io("the log has no segment".to_owned())
}

/// Where a new segment's first record is.
pub(super) const BEGINNING: u64 = FIRST_RECORD as u64;

/// Tests let votes be forgotten to see that this is noticed.
#[cfg(test)]
pub(crate) mod control {
    use std::cell::Cell;

    thread_local! {
        pub(in crate::replica) static VOTES_ARE_FORGOTTEN: Cell<bool> = const { Cell::new(false) };
    }
}
