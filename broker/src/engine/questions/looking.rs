//! What is in a queue from one place to another, wherever it is.

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

use relaismq_openwire::Message;

use crate::{
    engine::{
        Engine,
        io::Seen,
        state::{entry::Entry, line::Line, slab::LineId, walk::STRIDE},
    },
    model::StoredMessage,
};

/// A message of a queue.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) entry: Entry,
    pub(crate) place: Place,
}

/// Where it was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// It waits in memory, or at least its entry does.
    Waiting,
    /// A consumer has been given it.
    InFlight,
    /// Only the store has it.
    Stored,
}

impl Found {
    pub(crate) const fn message(&self) -> Option<&Arc<Message>> {
        self.entry.message()
    }

    pub(crate) fn seen(&self) -> Option<Seen> {
        Some(Seen {
            sequence: self.entry.sequence,
            message: self.message()?.clone(),
            counter: self.entry.counter,
            in_flight: self.place == Place::InFlight,
        })
    }
}

type Finds = BTreeMap<u64, Found>;

impl Engine {
    /// What is confirmed behind `after`, in order, and how far that is: up to `through`, or less if there is
    /// much. `stored` is what the store has there.
    pub(crate) fn look_at(
        &self,
        id: LineId,
        after: u64,
        through: u64,
        stored: &[StoredMessage],
    ) -> (Vec<Found>, u64) {
        let Some(line) = self.destinations.line(id) else { return (Vec::new(), through) };
        let mut finds = Finds::new();
        let through = line.find_waiting(after, through, &mut finds);
        self.find_in_flight(id, after, through, &mut finds);
        self.find_stored(id, through, stored, &mut finds);
        let last = finds.keys().nth(STRIDE - 1).copied().filter(|_| finds.len() > STRIDE);
        let there = finds.into_values().take(STRIDE).filter(|it| it.entry.is_ready());
        (there.collect(), last.unwrap_or(through))
    }

    fn find_in_flight(&self, id: LineId, after: u64, through: u64, finds: &mut Finds) {
        let members = self.destinations.line(id).map(|line| line.members.iter());
        let members = members.into_iter().flatten();
        let subs = members.filter_map(|it| self.subscriptions.get(it.sub));
        let in_flight = subs.flat_map(|it| &it.in_flight).filter(|it| it.line == id);
        for it in in_flight.filter(|it| it.entry.sequence > after && it.entry.sequence <= through) {
            let (entry, place) = (it.entry.clone(), Place::InFlight);
            finds.insert(entry.sequence, Found { entry, place });
        }
    }

    /// What has been in memory and is neither waiting nor given to anybody has gone, though the store may
    /// not have known that yet.
    fn find_stored(&self, id: LineId, through: u64, stored: &[StoredMessage], finds: &mut Finds) {
        let Some(line) = self.destinations.line(id) else { return };
        let known: HashSet<u64> = self.known_behind(id);
        for stored in stored.iter().take_while(|it| it.sequence <= through) {
            let sequence = stored.sequence;
            let only_there = sequence > line.tail.read_through
                && line.tail.is_confirmed(sequence)
                && !known.contains(&sequence);
            let is_away = finds.get(&sequence).is_some_and(|it| it.entry.is_away());
            if !is_away && !only_there {
                continue;
            }
            let Some(entry) = self.stored_entry(id, stored) else { continue };
            if is_away {
                let body = entry.message().cloned();
                let found = finds.get_mut(&sequence).zip(body);
                found.into_iter().for_each(|(found, body)| found.entry.fetch(body));
            } else {
                finds.insert(sequence, Found { entry, place: Place::Stored });
            }
        }
    }
}

impl Line {
    /// Returns how far that is.
    fn find_waiting(&self, after: u64, through: u64, finds: &mut Finds) -> u64 {
        let begin = self.pending.partition_point(|it| it.sequence <= after);
        let waiting = self.pending.range(begin..).take_while(|it| it.sequence <= through);
        for entry in waiting.take(STRIDE + 1) {
            let found = Found { entry: entry.clone(), place: Place::Waiting };
            finds.insert(entry.sequence, found);
        }
        let last = finds.last_key_value().map(|(last, _)| *last);
        last.filter(|_| finds.len() > STRIDE).unwrap_or(through)
    }
}
