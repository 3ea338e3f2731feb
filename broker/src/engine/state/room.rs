//! Senders that wait: those that are held back, and what has found no room in the store.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    ops::Bound,
};

use crate::{
    engine::{
        io::{Link, Ticket},
        state::{outcomes::Then, slab::LineId},
    },
    model::Batch,
};

/// What waits for room.
#[derive(Debug, Default)]
pub(crate) struct Room {
    /// Batches that found none, in order.
    pub(crate) refused: VecDeque<Refused>,
    /// The first of them is being tried again.
    pub(crate) trying: Option<Ticket>,
    /// Clients of which commands wait.
    pub(crate) links: BTreeSet<Link>,
    /// Who of them had its turn.
    last: Link,
    /// What waits of each client, in bytes.
    pub(crate) load: Load,
    /// Clients that are not read from.
    pub(crate) paused: BTreeSet<Link>,
    /// Clients of which less waits than before.
    pub(crate) relieved: Vec<Link>,
    /// The log says that senders wait.
    pub(crate) told: bool,
}

/// A batch that found no room.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) sender: Link,
    pub(crate) batch: Batch,
    pub(crate) then: Vec<Then>,
}

impl Room {
    /// Whose turn it is to try whether there is room for it.
    pub(crate) fn next(&mut self) -> Option<Link> {
        let behind = (Bound::Excluded(self.last), Bound::Unbounded);
        let next = self.links.range(behind).next().or_else(|| self.links.first()).copied();
        self.last = next.unwrap_or(self.last);
        next
    }

    /// Batches have found no room in the store.
    pub(crate) fn is_wanted(&self) -> bool {
        !self.refused.is_empty() || self.trying.is_some()
    }

    /// What waits for batches that found no room.
    pub(crate) fn waiting(&mut self) -> impl Iterator<Item = &mut Vec<Then>> {
        self.refused.iter_mut().map(|refused| &mut refused.then)
    }
}

/// How much waits.
#[derive(Debug, Default)]
pub(crate) struct Load {
    all: usize,
    of: BTreeMap<Link, usize>,
}

/// Of a client of which more than this waits, nothing is read.
const MOST_BYTES: usize = 64 * 1024;

/// When more than this waits of all clients together, nothing is read of any that has to wait.
const MOST_OF_ALL: usize = 16 * 1024 * 1024;

impl Load {
    pub(crate) fn add(&mut self, link: Link, bytes: usize) {
        self.all += bytes;
        *self.of.entry(link).or_default() += bytes;
    }

    pub(crate) fn take(&mut self, link: Link, bytes: usize) {
        self.all -= bytes;
        if let Some(of) = self.of.get_mut(&link) {
            *of -= bytes;
            if *of == 0 {
                self.of.remove(&link);
            }
        }
    }

    pub(crate) fn has(&self, link: Link) -> bool {
        self.of.contains_key(&link)
    }

    pub(crate) fn is_too_much(&self, link: Link) -> bool {
        let of = self.of.get(&link).copied().unwrap_or(0);
        of > if self.all > MOST_OF_ALL { 0 } else { MOST_BYTES }
    }

    pub(crate) fn is_little(&self, link: Link) -> bool {
        let of = self.of.get(&link).copied().unwrap_or(0);
        of <= if self.all > MOST_OF_ALL { 0 } else { MOST_BYTES / 2 }
    }
}

/// Senders that are not read from, by what they wait for.
#[derive(Debug, Default)]
pub(crate) struct Held {
    /// A full line, which has some time to drain.
    pub(crate) for_lines: BTreeMap<LineId, Pause>,
    pub(crate) for_store: BTreeSet<Link>,
    pub(crate) for_room: BTreeSet<Link>,
}

/// Who waits for a line.
#[derive(Debug, Default)]
pub(crate) struct Pause {
    pub(crate) links: BTreeSet<Link>,
    /// What was first in the line when its time began.
    pub(crate) front: Option<u64>,
}

impl Held {
    pub(crate) fn is_held(&self, link: Link) -> bool {
        self.for_store.contains(&link)
            || self.for_room.contains(&link)
            || self.for_lines.values().any(|pause| pause.links.contains(&link))
    }

    pub(crate) fn forget(&mut self, link: Link) {
        self.for_lines.retain(|_, pause| !pause.links.remove(&link) || !pause.links.is_empty());
        self.for_store.remove(&link);
        self.for_room.remove(&link);
    }
}
