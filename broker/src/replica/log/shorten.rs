//! Takes back the end of the log, or drops its beginning.

use super::{FOLDER, PURGED, journal::Journal, segment::name_of};
use crate::replica::{
    small,
    trouble::{Result, with},
    types::LogId,
};

impl Journal {
    /// Takes back everything from this index on. Durable when it returns.
    pub(crate) fn truncate(&mut self, index: u64) -> Result<()> {
        if index >= self.next() {
            return Ok(());
        }
        self.guarded(|journal| {
            journal.synced = journal.synced.min(index);
            journal.note.lower(journal.synced)?;
            journal.drop_segments_from(index)?;
            if let Some(place) = journal.place(index)
                && let Some(segment) = journal.segments.back_mut()
                && segment.first == place.segment
            {
                segment.cut(place.at)?;
            }
            journal.forget_from(index)
        })
    }

    /// Drops everything up to this entry, which may be one that is not there. Durable when it returns.
    pub(crate) fn purge(&mut self, upto: LogId) -> Result<()> {
        let is_noted = self.purged.is_some_and(|purged| purged.index >= upto.index);
        self.guarded(|journal| {
            if !is_noted {
                small::replace(&*journal.disk, PURGED, &upto)?;
                journal.purged = Some(upto);
            }
            journal.forget_upto(upto.index)
        })
    }

    /// After a purge, now or before the last start.
    pub(super) fn forget_upto(&mut self, index: u64) -> Result<()> {
        self.recent.purge(index);
        while self.first <= index && self.places.pop_front().is_some() {
            self.first += 1;
        }
        if self.places.is_empty() {
            self.first = self.first.max(index + 1);
            self.last = None;
        }
        let needed = self.places.front().map(|place| place.segment);
        while let Some(segment) = self.segments.front()
            && needed.is_none_or(|needed| segment.first < needed)
        {
            let name = segment.name();
            self.disk.remove(&name).map_err(with(&name))?;
            self.segments.pop_front();
        }
        self.synced = self.synced.max(self.first);
        Ok(())
    }

    /// Those that have nothing older, the newest first: a crash in between leaves no gap.
    fn drop_segments_from(&mut self, index: u64) -> Result<()> {
        while let Some(segment) = self.segments.pop_back_if(|segment| segment.first >= index) {
            let name = name_of(segment.first);
            let removed = self.disk.remove(&name).and_then(|()| self.disk.sync_folder(FOLDER));
            removed.map_err(with(&name))?;
        }
        Ok(())
    }

    fn forget_from(&mut self, index: u64) -> Result<()> {
        self.recent.truncate(index);
        let left = usize::try_from(index.saturating_sub(self.first)).unwrap_or(0);
        self.places.truncate(left);
        self.last = match self.places.len() {
            0 => None,
            _ => Some(self.entry(self.next() - 1)?.log_id),
        };
        Ok(())
    }
}
