//! Which messages there are, and where.

use std::collections::BTreeMap;

use super::fresh::Fresh;
use super::sealed::Sealed;
use super::shelf::{Run, Shelf};
use super::tables::Tables;
use crate::model::sequence;
use crate::store::file::format::bits::Bits;
use crate::store::file::format::change::Head;
use crate::store::file::format::checkpoint::{KnownRun, KnownSegment};
use crate::store::file::format::table::Place;
use crate::store::file::log::Ended;
use crate::store::file::trouble::Result;

/// All messages in the segments of one folder.
#[derive(Debug, Default)]
pub(in crate::store::file) struct Holdings {
    pub(super) fresh: Fresh,
    pub(super) shelves: BTreeMap<u32, Shelf>,
    pub(super) sealed: BTreeMap<u64, Sealed>,
    /// Living messages in sealed segments with what the log needs for each.
    living_bytes: u64,
}

impl Holdings {
    /// How many living messages a container has.
    pub(in crate::store::file) fn count(&self, container: u32) -> u64 {
        self.shelves.get(&container).map_or(0, |shelf| shelf.count)
    }

    /// Something in it has, or had, a place by its priority.
    pub(in crate::store::file) fn is_prioritized(&self, container: u32) -> bool {
        self.shelves.get(&container).is_some_and(|shelf| sequence::band(shelf.highest) > 0)
    }

    pub(in crate::store::file) fn is_empty(&self) -> bool {
        self.shelves.is_empty()
    }

    /// How many messages were added to the newest segment.
    pub(in crate::store::file) const fn fresh_messages(&self) -> usize {
        self.fresh.messages()
    }

    /// Living messages in all segments but the newest, in bytes of the log.
    pub(in crate::store::file) const fn living_bytes(&self) -> u64 {
        self.living_bytes
    }

    pub(in crate::store::file) fn sealed(&self) -> impl Iterator<Item = &Sealed> {
        self.sealed.values()
    }

    pub(in crate::store::file) fn segment(&self, number: u64) -> Option<&Sealed> {
        self.sealed.get(&number)
    }

    /// A message at a place in the newest segment. An older place of it is given up.
    pub(in crate::store::file) fn add(
        &mut self,
        tables: &mut Tables,
        container: u32,
        place: Place,
        offered: bool,
    ) -> Result<()> {
        let highest = self.shelves.get(&container).map(|shelf| shelf.highest);
        // Nearly every new message is above all others, so that no look-up is needed.
        if highest.is_some_and(|highest| place.sequence <= highest) {
            self.remove(tables, container, place.sequence)?;
        }
        self.fresh.put(container, place, offered);
        let shelf = self.shelves.entry(container).or_default();
        shelf.count += 1;
        shelf.highest = shelf.highest.max(place.sequence);
        Ok(())
    }

    /// False if there is no such message.
    pub(in crate::store::file) fn remove(
        &mut self,
        tables: &mut Tables,
        container: u32,
        sequence: u64,
    ) -> Result<bool> {
        let Some(shelf) = self.shelves.get_mut(&container) else { return Ok(false) };
        if let Some(marked) = self.fresh.living(container, sequence) {
            marked.removed = true;
            shelf.count = shelf.count.saturating_sub(1);
        } else {
            let Some((run, number, place)) = self.find_sealed(tables, container, sequence)? else {
                return Ok(false);
            };
            self.remove_sealed(container, run, number, place);
        }
        if self.count(container) == 0 {
            self.shelves.remove(&container);
        }
        Ok(true)
    }

    /// Whether there is such a message.
    pub(in crate::store::file) fn contains(
        &mut self,
        tables: &mut Tables,
        container: u32,
        sequence: u64,
    ) -> Result<bool> {
        if self.fresh.living(container, sequence).is_some() {
            return Ok(true);
        }
        Ok(self.find_sealed(tables, container, sequence)?.is_some())
    }

    /// Its run, the number of its place in the table, and the place.
    pub(super) fn find_sealed(
        &self,
        tables: &mut Tables,
        container: u32,
        sequence: u64,
    ) -> Result<Option<(usize, u32, Place)>> {
        let Some(shelf) = self.shelves.get(&container) else { return Ok(None) };
        for at in shelf.runs_with(sequence) {
            let Some(run) = shelf.runs.get(at) else { continue };
            let Some(segment) = self.sealed.get(&run.segment) else { continue };
            let number = run.search(segment, tables, sequence)?;
            if number < run.end && !segment.removed.get(number) {
                let place = tables.place(segment, number)?;
                if place.sequence == sequence {
                    return Ok(Some((at, number, place)));
                }
            }
        }
        Ok(None)
    }

    fn remove_sealed(&mut self, container: u32, run: usize, number: u32, place: Place) {
        let Some(shelf) = self.shelves.get_mut(&container) else { return };
        let segment = shelf.runs.get(run).and_then(|run| self.sealed.get_mut(&run.segment));
        if let Some(segment) = segment {
            segment.removed.set(number..number + 1);
            segment.living = segment.living.saturating_sub(1);
            let bytes = log_bytes(1, place.len.into());
            segment.living_bytes = segment.living_bytes.saturating_sub(bytes);
            self.living_bytes = self.living_bytes.saturating_sub(bytes);
        }
        shelf.remove_from(run, place.len);
    }

    /// Marks messages that may have been given out.
    pub(in crate::store::file) fn offer(
        &mut self,
        tables: &mut Tables,
        container: u32,
        first: u64,
        last: u64,
    ) -> Result<()> {
        self.fresh.living_between(container, first, last).for_each(|marked| marked.offered = true);
        let Some(shelf) = self.shelves.get(&container) else { return Ok(()) };
        for run in shelf.runs.iter().filter(|run| run.first <= last && first <= run.last) {
            let Some(segment) = self.sealed.get_mut(&run.segment) else { continue };
            let from = run.search(segment, tables, first)?;
            let to = match last.checked_add(1) {
                Some(behind) => run.search(segment, tables, behind)?,
                None => run.end,
            };
            segment.offered.set(from..to);
        }
        Ok(())
    }

    /// All messages of a container are gone.
    pub(in crate::store::file) fn drop_container(&mut self, container: u32) {
        let all = self.fresh.living_between(container, 0, u64::MAX);
        all.for_each(|marked| marked.removed = true);
        let Some(shelf) = self.shelves.remove(&container) else { return };
        for run in shelf.runs {
            let Some(segment) = self.sealed.get_mut(&run.segment) else { continue };
            segment.removed.set(run.start..run.end);
            segment.living = segment.living.saturating_sub(run.living);
            let bytes = log_bytes(run.living, run.living_bytes);
            segment.living_bytes = segment.living_bytes.saturating_sub(bytes);
            self.living_bytes = self.living_bytes.saturating_sub(bytes);
        }
    }

    /// The newest segment takes no more messages. Its table is kept with the others.
    pub(in crate::store::file) fn seal(&mut self, tables: &mut Tables, ended: Ended) {
        let all: Vec<_> = self.fresh.take().collect();
        let messages = all.iter().map(|(_, marked)| marked.len()).sum::<usize>();
        let messages = u32::try_from(messages).unwrap_or(u32::MAX);
        let (mut removed, mut offered) = (Bits::none(messages), Bits::none(messages));
        let mut places = Vec::with_capacity(messages as usize);
        let mut runs = Vec::with_capacity(all.len());
        for (container, marked) in all {
            let start = u32::try_from(places.len()).unwrap_or(u32::MAX);
            for (number, marked) in (start..).zip(&marked) {
                removed.set(number..number + u32::from(marked.removed));
                offered.set(number..number + u32::from(marked.offered));
            }
            let living = marked.iter().filter(|marked| !marked.removed);
            let lens = living.map(|marked| u64::from(marked.place.len));
            let (living, living_bytes) = lens.fold((0, 0), |(n, sum), len| (n + 1, sum + len));
            places.extend(marked.into_iter().map(|marked| marked.place));
            let ends = |place: Option<&Place>| place.map_or(0, |place| place.sequence);
            let (first, last) = (ends(places.get(start as usize)), ends(places.last()));
            let end = u32::try_from(places.len()).unwrap_or(u32::MAX);
            let segment = ended.number;
            runs.push((container, Run { segment, first, last, start, end, living, living_bytes }));
        }
        let Ended { number, bytes, end, first_commit } = ended;
        let known = KnownSegment { number, bytes, end, first_commit, messages, removed, offered };
        if messages > 0 {
            tables.keep(number, places.into());
        }
        self.insert(Sealed::from_known(known), runs);
    }

    /// A segment and its runs by container.
    fn insert(&mut self, mut segment: Sealed, runs: Vec<(u32, Run)>) {
        for (container, run) in runs {
            segment.living += run.living;
            segment.living_bytes += log_bytes(run.living, run.living_bytes);
            if let Some(shelf) = self.shelves.get_mut(&container) {
                shelf.insert(run);
            }
        }
        self.living_bytes += segment.living_bytes;
        self.sealed.insert(segment.number, segment);
    }

    /// Takes out the segments that have no living messages.
    pub(in crate::store::file) fn take_dead(&mut self) -> Vec<Sealed> {
        if self.sealed.values().all(|segment| segment.living > 0) {
            return Vec::new();
        }
        let (dead, living) =
            std::mem::take(&mut self.sealed).into_iter().partition(|(_, it)| it.living == 0);
        self.sealed = living;
        let dead: BTreeMap<u64, Sealed> = dead;
        dead.into_values().collect()
    }

    /// The file of a segment is shorter now.
    pub(in crate::store::file) fn shorten(&mut self, number: u64, bytes: u64) {
        if let Some(segment) = self.sealed.get_mut(&number) {
            segment.bytes = bytes;
        }
    }

    /// For a checkpoint; the newest segment must be empty.
    pub(in crate::store::file) fn known(&self) -> (Vec<KnownSegment>, Vec<KnownRun>) {
        let segments = self.sealed.values().map(Sealed::known).collect();
        let runs = self
            .shelves
            .iter()
            .flat_map(|(&container, shelf)| shelf.runs.iter().map(move |run| run.known(container)));
        (segments, runs.collect())
    }

    /// From a checkpoint. `None` if it contradicts itself.
    pub(in crate::store::file) fn from_known(
        segments: Vec<KnownSegment>,
        runs: &[KnownRun],
    ) -> Option<Self> {
        let mut found = Self::default();
        let mut by_segment: BTreeMap<u64, Vec<(u32, Run)>> = BTreeMap::new();
        for known in runs {
            let run = Run::from_known(known);
            by_segment.entry(known.segment).or_default().push((known.container, run));
            let shelf = found.shelves.entry(known.container).or_default();
            shelf.count += u64::from(known.living);
            shelf.highest = shelf.highest.max(known.last);
        }
        for known in segments {
            let runs = by_segment.remove(&known.number).unwrap_or_default();
            let segment = Sealed::from_known(known);
            let fits = runs.iter().all(|(_, run)| {
                run.end <= segment.messages
                    && run.living == segment.removed.count_clear(run.start, run.end)
            });
            if !fits {
                return None;
            }
            found.insert(segment, runs);
        }
        by_segment.is_empty().then_some(found)
    }
}

impl Run {
    /// The first of its places whose sequence is not lower than this.
    pub(super) fn search(
        &self,
        segment: &Sealed,
        tables: &mut Tables,
        sequence: u64,
    ) -> Result<u32> {
        if sequence <= self.first {
            return Ok(self.start);
        }
        if sequence > self.last {
            return Ok(self.end);
        }
        let spread = u128::from(self.last - self.first).max(1);
        let places = u128::from(self.end - self.start).saturating_sub(1);
        let before = u128::from(sequence - self.first) * places / spread;
        let guess = self.start.saturating_add(u32::try_from(before).unwrap_or(u32::MAX));
        tables.search(segment, (self.start, self.end), guess, sequence)
    }
}

/// What messages take up in the log.
pub(in crate::store::file) const fn log_bytes(messages: u32, blobs: u64) -> u64 {
    blobs + messages as u64 * Head::LEN as u64
}
