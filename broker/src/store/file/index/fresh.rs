//! The messages in the segment that is being written.

use std::collections::BTreeMap;

use crate::store::file::format::table::Place;

/// A message's place and what has become of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Marked {
    pub(super) place: Place,
    pub(super) removed: bool,
    pub(super) offered: bool,
}

/// All messages that were added to one segment, removed ones too: the segment's table has them all.
#[derive(Debug, Default)]
pub(super) struct Fresh {
    shelves: BTreeMap<u32, FreshShelf>,
    messages: usize,
}

/// Those of one container.
#[derive(Debug, Default)]
struct FreshShelf {
    /// Nearly all messages come in the order of their sequences.
    in_order: Vec<Marked>,
    /// The others: moved ones, and those of transactions that took their time.
    late: BTreeMap<u64, Marked>,
}

impl Fresh {
    /// How many messages the table will have.
    pub(super) const fn messages(&self) -> usize {
        self.messages
    }

    /// A new place for a message.
    pub(super) fn put(&mut self, container: u32, place: Place, offered: bool) {
        let marked = Marked { place, removed: false, offered };
        let shelf = self.shelves.entry(container).or_default();
        self.messages += usize::from(shelf.put(marked));
    }

    /// The message, unless it is removed.
    pub(super) fn living(&mut self, container: u32, sequence: u64) -> Option<&mut Marked> {
        let found = self.shelves.get_mut(&container)?.get(sequence)?;
        (!found.removed).then_some(found)
    }

    /// Messages from this sequence on, in order, that are not removed.
    pub(super) fn living_from(
        &self,
        container: u32,
        sequence: u64,
    ) -> impl Iterator<Item = &Marked> {
        let shelf = self.shelves.get(&container).into_iter();
        shelf.flat_map(move |shelf| shelf.from(sequence)).filter(|marked| !marked.removed)
    }

    /// Those that are not removed, to be marked.
    pub(super) fn living_between(
        &mut self,
        container: u32,
        first: u64,
        last: u64,
    ) -> impl Iterator<Item = &mut Marked> {
        let shelf = self.shelves.get_mut(&container).into_iter();
        shelf.flat_map(move |shelf| shelf.between(first, last)).filter(|marked| !marked.removed)
    }

    /// Everything, by container and sequence; nothing is left.
    pub(super) fn take(&mut self) -> impl Iterator<Item = (u32, Vec<Marked>)> + use<> {
        self.messages = 0;
        let shelves = std::mem::take(&mut self.shelves).into_iter();
        shelves.map(|(container, shelf)| (container, shelf.from(0).copied().collect()))
    }
}

impl FreshShelf {
    /// False if it replaced an older place.
    fn put(&mut self, marked: Marked) -> bool {
        let sequence = marked.place.sequence;
        if self.in_order.last().is_none_or(|last| last.place.sequence < sequence) {
            self.in_order.push(marked);
            return true;
        }
        if let Some(known) = self.get(sequence) {
            *known = marked;
            return false;
        }
        self.late.insert(sequence, marked);
        true
    }

    fn get(&mut self, sequence: u64) -> Option<&mut Marked> {
        match self.in_order.binary_search_by_key(&sequence, |marked| marked.place.sequence) {
            Ok(at) => self.in_order.get_mut(at),
            Err(_) => self.late.get_mut(&sequence),
        }
    }

    fn from(&self, sequence: u64) -> impl Iterator<Item = &Marked> {
        let start = self.in_order.partition_point(|marked| marked.place.sequence < sequence);
        let mut in_order = self.in_order.get(start..).unwrap_or_default().iter().peekable();
        let mut late = self.late.range(sequence..).map(|(_, marked)| marked).peekable();
        std::iter::from_fn(move || match (in_order.peek(), late.peek()) {
            (Some(a), Some(b)) if b.place.sequence < a.place.sequence => late.next(),
            (None, _) => late.next(),
            _ => in_order.next(),
        })
    }

    fn between(&mut self, first: u64, last: u64) -> impl Iterator<Item = &mut Marked> {
        let start = self.in_order.partition_point(|marked| marked.place.sequence < first);
        let in_order = self.in_order.get_mut(start..).unwrap_or_default().iter_mut();
        let in_order = in_order.take_while(move |marked| marked.place.sequence <= last);
        let late = (first <= last).then(|| self.late.range_mut(first..=last));
        in_order.chain(late.into_iter().flatten().map(|(_, marked)| marked))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sequences(fresh: &Fresh, from: u64) -> Vec<u64> {
        fresh.living_from(1, from).map(|marked| marked.place.sequence).collect()
    }

    #[test]
    fn messages_are_in_order_whatever_the_order_of_their_arrival() {
        let mut fresh = Fresh::default();
        for (offset, sequence) in (0..).zip([5, 9, 7, 6, 12, 9, 7]) {
            fresh.put(1, Place { sequence, offset, len: 1 }, sequence == 7);
        }
        assert_eq!((sequences(&fresh, 0), fresh.messages()), (vec![5, 6, 7, 9, 12], 5));
        assert_eq!(fresh.living(1, 9).unwrap().place.offset, 5, "the later place counts");
        fresh.living(1, 9).unwrap().removed = true;
        assert_eq!((sequences(&fresh, 6), fresh.living(1, 9)), (vec![6, 7, 12], None));
        let between: Vec<_> = fresh.living_between(1, 6, 12).map(|m| m.place.sequence).collect();
        assert_eq!(between, [12, 6, 7]);
        let all: Vec<_> = fresh.take().collect();
        assert_eq!(all[0].1.iter().map(|m| m.place.offset).collect::<Vec<_>>(), [0, 3, 6, 5, 4]);
        assert!(all[0].1[2].offered && all[0].1[3].removed);
        assert_eq!((sequences(&fresh, 0), fresh.messages()), (vec![], 0));
    }
}
