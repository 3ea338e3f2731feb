//! Goes through a container's messages in order, over all the segments that have some of them.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::holdings::Holdings;
use super::shelf::Run;
use super::tables::Tables;
use crate::store::file::format::table::Place;
use crate::store::file::trouble::Result;

/// Which messages are wanted.
#[derive(Clone, Copy, Debug)]
pub(in crate::store::file) struct Wanted {
    /// Only those with a higher sequence.
    pub(in crate::store::file) after: u64,
    /// No more than so many.
    pub(in crate::store::file) most: usize,
    /// No more than so many bytes of blobs, but for the first.
    pub(in crate::store::file) bytes: usize,
}

/// A message that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store::file) struct Found {
    /// `None`: the newest.
    pub(in crate::store::file) segment: Option<u64>,
    pub(in crate::store::file) place: Place,
    pub(in crate::store::file) offered: bool,
}

/// A run whose next message is known.
struct Cursor {
    run: Run,
    /// The place of that message in the table.
    number: u32,
    place: Place,
}

impl Holdings {
    /// The wanted messages in order.
    pub(in crate::store::file) fn list(
        &self,
        tables: &mut Tables,
        container: u32,
        wanted: Wanted,
    ) -> Result<Vec<Found>> {
        let Some(from) = wanted.after.checked_add(1) else { return Ok(Vec::new()) };
        let mut merge = Merge::new(self, container, from);
        let mut found: Vec<Found> = Vec::new();
        let mut bytes_left = wanted.bytes;
        while found.len() < wanted.most {
            let Some(next) = merge.next(tables)? else { break };
            let len = next.place.len as usize;
            if len > bytes_left && !found.is_empty() {
                break;
            }
            bytes_left = bytes_left.saturating_sub(len);
            found.push(next);
        }
        Ok(found)
    }

    /// Where a message is, if there is such a one.
    pub(in crate::store::file) fn find(
        &mut self,
        tables: &mut Tables,
        container: u32,
        sequence: u64,
    ) -> Result<Option<Found>> {
        if let Some(marked) = self.fresh.living(container, sequence) {
            let (place, offered) = (marked.place, marked.offered);
            return Ok(Some(Found { segment: None, place, offered }));
        }
        let Some((run, number, place)) = self.find_sealed(tables, container, sequence)? else {
            return Ok(None);
        };
        let run = self.shelves.get(&container).and_then(|shelf| shelf.runs.get(run));
        let segment = run.map(|run| run.segment);
        let sealed = segment.and_then(|it| self.sealed.get(&it));
        let offered = sealed.is_some_and(|it| it.was_offered(number));
        Ok(Some(Found { segment, place, offered }))
    }
}

/// All runs of a container and its newest messages, merged.
struct Merge<'a> {
    holdings: &'a Holdings,
    from: u64,
    /// By first sequence: those that have not begun.
    runs: &'a [Run],
    /// Those that have, by the sequence of their next message.
    begun: BinaryHeap<Reverse<(u64, usize)>>,
    cursors: Vec<Cursor>,
    fresh: std::iter::Peekable<Box<dyn Iterator<Item = Found> + 'a>>,
}

impl<'a> Merge<'a> {
    fn new(holdings: &'a Holdings, container: u32, from: u64) -> Self {
        let fresh = holdings.fresh.living_from(container, from);
        let fresh = fresh.map(|marked| Found {
            segment: None,
            place: marked.place,
            offered: marked.offered,
        });
        let fresh: Box<dyn Iterator<Item = Found>> = Box::new(fresh);
        let runs = holdings.shelves.get(&container).map_or(&[][..], |shelf| &shelf.runs);
        let fresh = fresh.peekable();
        Self { holdings, from, runs, begun: BinaryHeap::new(), cursors: Vec::new(), fresh }
    }

    fn next(&mut self, tables: &mut Tables) -> Result<Option<Found>> {
        while let Some((run, rest)) = self.runs.split_first()
            && self.begun.peek().is_none_or(|Reverse((sequence, _))| run.first <= *sequence)
        {
            self.runs = rest;
            if run.last >= self.from {
                self.begin(*run, tables)?;
            }
        }
        let sealed = self.begun.peek().map(|Reverse((sequence, _))| *sequence);
        let fresh = self.fresh.peek().map(|found| found.place.sequence);
        match (sealed, fresh) {
            (Some(sealed), Some(fresh)) if fresh < sealed => Ok(self.fresh.next()),
            (None, _) => Ok(self.fresh.next()),
            _ => self.next_sealed(tables),
        }
    }

    fn begin(&mut self, run: Run, tables: &mut Tables) -> Result<()> {
        let Some(segment) = self.holdings.sealed.get(&run.segment) else { return Ok(()) };
        let number = run.search(segment, tables, self.from)?;
        let cursor = Cursor { run, number, place: Place::default() };
        self.cursors.push(cursor);
        self.look(self.cursors.len() - 1, number, tables)
    }

    /// Finds the cursor's next message from this place on.
    fn look(&mut self, at: usize, number: u32, tables: &mut Tables) -> Result<()> {
        let Some(cursor) = self.cursors.get_mut(at) else { return Ok(()) };
        let Some(segment) = self.holdings.sealed.get(&cursor.run.segment) else { return Ok(()) };
        let Some(number) = segment.next_living(number, cursor.run.end) else { return Ok(()) };
        cursor.number = number;
        cursor.place = tables.place(segment, number)?;
        self.begun.push(Reverse((cursor.place.sequence, at)));
        Ok(())
    }

    fn next_sealed(&mut self, tables: &mut Tables) -> Result<Option<Found>> {
        let Some(Reverse((_, at))) = self.begun.pop() else { return Ok(None) };
        let Some(cursor) = self.cursors.get(at) else { return Ok(None) };
        let (number, segment) = (cursor.number, cursor.run.segment);
        let offered =
            self.holdings.sealed.get(&segment).is_some_and(|sealed| sealed.was_offered(number));
        let found = Found { segment: Some(segment), place: cursor.place, offered };
        self.look(at, number + 1, tables)?;
        Ok(Some(found))
    }
}
