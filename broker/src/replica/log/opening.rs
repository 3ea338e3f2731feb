//! Reads what is there, and judges it: an end that was never synced is cut off, anything else that is not whole
//! is damage.

use std::{collections::VecDeque, sync::Arc};

use bytes::Bytes;

use super::{
    FOLDER, PURGED, VOTE,
    journal::{BEGINNING, Journal, Place},
    note::Note,
    recent::Recent,
    record::{FIRST_RECORD, RecordHeader, TAG, is_segment_header},
    segment::{Segment, first_of, name_of},
};
use crate::{
    replica::{
        entry, small,
        trouble::{Result, damaged, with},
        types::LogId,
    },
    store::disk::Disk,
};

impl Journal {
    /// Opens the log, or makes one. Segments end when they have so many bytes.
    pub(crate) fn open(disk: Arc<dyn Disk>, segment_bytes: u64) -> Result<Self> {
        let made = disk.make_folder(FOLDER).and_then(|()| disk.sync_folder(""));
        made.map_err(with(FOLDER))?;
        let (note, noted) = Note::open(&*disk)?;
        let purged: Option<LogId> = small::read(&*disk, PURGED)?;
        let vote = small::read(&*disk, VOTE)?;
        let mut journal = Self {
            segments: VecDeque::new(),
            first: purged.map_or(0, |purged| purged.index + 1),
            places: VecDeque::new(),
            last: None,
            purged,
            vote,
            synced: 0,
            note,
            recent: Recent::default(),
            segment_bytes,
            broken: false,
            disk,
        };
        journal.read_segments(noted)?;
        Ok(journal)
    }

    fn read_segments(&mut self, noted: u64) -> Result<()> {
        let listed = self.disk.list(FOLDER).map_err(with(FOLDER))?;
        let mut firsts: Vec<u64> = listed.iter().filter_map(|file| first_of(&file.name)).collect();
        firsts.sort_unstable();
        if let (Some(&first), Some(purged)) = (firsts.first(), self.purged)
            && first > purged.index + 1
        {
            let what = format!(
                "it begins with entry {first}, but only those up to {} were dropped",
                purged.index
            );
            return Err(damaged(&name_of(first), what));
        }
        self.remove_purged(&mut firsts)?;
        if let Some(&first) = firsts.first() {
            self.first = first;
        }
        for (n, &first) in firsts.iter().enumerate() {
            let is_last = n + 1 == firsts.len();
            self.read_segment(first, is_last, noted)?;
        }
        if noted > self.next() && self.purged.is_none_or(|purged| purged.index + 1 < noted) {
            let what = format!(
                "entries below {noted} were synced, but the log ends before {}",
                self.next()
            );
            return Err(damaged("log/synced", what));
        }
        self.synced = self.next();
        match self.purged {
            Some(purged) => self.forget_upto(purged.index),
            None => Ok(()),
        }
    }

    /// Some that were purged may be left, in any order.
    fn remove_purged(&self, firsts: &mut Vec<u64>) -> Result<()> {
        let Some(purged) = self.purged else { return Ok(()) };
        let needed = firsts.iter().rposition(|&first| first <= purged.index + 1).unwrap_or(0);
        for first in firsts.drain(..needed) {
            let name = name_of(first);
            self.disk.remove(&name).map_err(with(&name))?;
        }
        Ok(())
    }

    fn read_segment(&mut self, first: u64, is_last: bool, noted: u64) -> Result<()> {
        let name = name_of(first);
        if first != self.next() {
            let what = format!("it begins with entry {first}, and {} should be next", self.next());
            return Err(damaged(&name, what));
        }
        let file = self.disk.open(&name).map_err(with(&name))?;
        let bytes = file.len().map_err(with(&name))?;
        let mut whole = vec![0; usize::try_from(bytes).unwrap_or(0)];
        file.read_at(&mut whole, 0).map_err(with(&name))?;
        let header = whole.get(..FIRST_RECORD).unwrap_or_default();
        if !is_segment_header(header, first) {
            return self.without_header(first, is_last, noted);
        }
        let end = self.read_records(first, &whole);
        let mut segment = Segment { first, file, end, bytes };
        let rest = whole.get(usize::try_from(end).unwrap_or(0)..).unwrap_or_default();
        if rest.iter().any(|&byte| byte != 0) {
            self.judge(first, end, rest, is_last, noted)?;
            segment.cut(end)?;
        }
        self.segments.push_back(segment);
        Ok(())
    }

    /// One that was being made holds nothing; it is made again when it is needed.
    fn without_header(&self, first: u64, is_last: bool, noted: u64) -> Result<()> {
        let name = name_of(first);
        if !is_last || noted > first {
            return Err(damaged(&name, "its beginning is not as it was written"));
        }
        self.disk.remove(&name).map_err(with(&name))
    }

    /// Takes in the records of a segment as far as they are whole; returns where they end.
    fn read_records(&mut self, segment: u64, whole: &[u8]) -> u64 {
        let mut at = BEGINNING;
        while let Some(from) = usize::try_from(at).ok().and_then(|from| whole.get(from..))
            && let Some((header, entry)) = record(from, (segment, at))
            && header.index == self.next()
            && let Some(entry) = entry::take(&Bytes::copy_from_slice(entry))
            && entry.log_id.index == header.index
        {
            let len = u32::try_from(header.record_len()).unwrap_or(u32::MAX);
            self.places.push_back(Place { segment, at, len });
            self.last = Some(entry.log_id);
            at += header.record_len();
        }
        at
    }

    /// There is no whole record in this place. Is anybody relying on it?
    fn judge(&self, segment: u64, end: u64, rest: &[u8], is_last: bool, noted: u64) -> Result<()> {
        let (name, next) = (name_of(segment), self.next());
        let relied = |why: &str| {
            damaged(&name, format!("byte {end}: entry {next} cannot be read. It was synced: {why}"))
        };
        if !is_last {
            return Err(relied("the log goes on in another file"));
        }
        if noted > next {
            return Err(relied("a note beside the log says so"));
        }
        let later = (1..rest.len())
            .filter(|&from| rest.get(from + 8..from + 12).is_some_and(|tag| tag == TAG));
        for from in later {
            let found = record(rest.get(from..).unwrap_or_default(), (segment, end + from as u64));
            if found.is_some_and(|(header, _)| header.synced > next) {
                return Err(relied("a later record says so"));
            }
        }
        Ok(())
    }
}

/// The whole record at the beginning of these bytes, and the entry in it.
fn record(bytes: &[u8], place: (u64, u64)) -> Option<(RecordHeader, &[u8])> {
    let header = RecordHeader::read(bytes)?;
    let record = bytes.get(..usize::try_from(header.record_len()).ok()?)?;
    let entry = record.get(RecordHeader::LEN..)?;
    header.is_whole(record, place).then_some((header, entry))
}
