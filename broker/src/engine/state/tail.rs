//! What is in the store and not in memory.

use std::collections::VecDeque;

/// How far a line has been read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tail {
    /// There is something.
    pub(crate) exists: bool,
    /// A page is being read.
    pub(crate) reading: bool,
    /// So many pages are being read for walks.
    pub(crate) walked: usize,
    /// Everything up to this sequence has been in memory.
    pub(crate) read_through: u64,
    /// Highest sequence left in the store only.
    pub(crate) last: u64,
    /// That sequence when the latest page was asked for.
    pub(crate) asked_through: u64,
    /// The first of what was left to the store since then, or since a page was wanted.
    came: Option<u64>,
    /// Some of what is behind has been in memory: it was read for consumers that choose.
    pub(crate) scouted_through: u64,
    /// Taken out of the store while a page was being read.
    pub(crate) gone: Vec<u64>,
    /// Left to the store, and not confirmed, in order: nothing from the first of them on may be read.
    unconfirmed: VecDeque<u64>,
    /// Nothing could be read before this one is confirmed.
    stuck_at: u64,
}

impl Tail {
    /// Something goes to the store only.
    pub(crate) fn add(&mut self, sequence: u64) {
        let place = self.unconfirmed.partition_point(|other| *other < sequence);
        self.unconfirmed.insert(place, sequence);
        self.leave(sequence);
    }

    /// Only the store has it from now on, though it may come before what has been read.
    pub(crate) fn leave(&mut self, sequence: u64) {
        self.last = if self.exists { self.last.max(sequence) } else { sequence };
        self.exists = true;
        if self.reading {
            self.came = Some(self.came.map_or(sequence, |first| first.min(sequence)));
        } else {
            self.go_back(sequence);
        }
    }

    /// What follows this has to be read again; what of it is in memory is known there. False if it has not
    /// been read yet.
    fn go_back(&mut self, sequence: u64) -> bool {
        let goes_back = sequence <= self.read_through;
        if goes_back {
            self.scouted_through = self.scouted_through.max(self.read_through);
            self.read_through = sequence.saturating_sub(1);
        }
        goes_back
    }

    /// A page is asked for: it will not show what has gone before.
    pub(crate) fn ask(&mut self) {
        self.asked_through = self.last;
        if self.walked == 0 {
            self.gone.clear();
        }
    }

    /// Of what a page has gone through: not past what has come since it was asked for.
    pub(crate) fn seen(&self, through: u64) -> u64 {
        self.came.map_or(through, |first| through.min(first.saturating_sub(1)))
    }

    /// Back to the first of what has come since a page was wanted, if that comes before what has been read.
    pub(crate) fn back_to_what_came(&mut self) -> Option<u64> {
        let first = self.came.take()?;
        self.go_back(first).then_some(first)
    }

    /// The store has it, or has refused it.
    pub(crate) fn settle(&mut self, sequence: u64) {
        match self.unconfirmed.front() {
            Some(first) if *first == sequence => drop(self.unconfirmed.pop_front()),
            _ => self.unconfirmed.retain(|other| *other != sequence),
        }
    }

    pub(crate) fn is_confirmed(&self, sequence: u64) -> bool {
        self.unconfirmed.front().is_none_or(|first| sequence < *first)
    }

    /// Nothing is on its way to the store.
    pub(crate) fn is_settled(&self) -> bool {
        self.unconfirmed.is_empty()
    }

    /// Taken out of the store; a page that is being read may show it all the same.
    pub(crate) fn note_gone(&mut self, sequence: u64) {
        if (self.reading || self.walked > 0) && sequence > self.read_through {
            self.gone.push(sequence);
        }
    }

    /// All that can be read has been.
    pub(crate) fn is_stuck(&self) -> bool {
        self.unconfirmed.front().is_some_and(|first| *first == self.stuck_at)
    }

    /// A page has come in, up to this sequence (`end`: there was nothing behind).
    pub(crate) fn note_read(&mut self, last: Option<u64>, end: bool) {
        // Also past those that could not be read.
        self.read_through = self.read_through.max(last.unwrap_or(0));
        // What has come since the page was asked for is not in it.
        if end || last.is_some_and(|last| last >= self.asked_through) {
            self.exists = self.came.is_some() || !self.unconfirmed.is_empty();
        }
        self.note_stuck(last.is_none());
    }

    pub(crate) fn note_stuck(&mut self, nothing: bool) {
        let first = self.unconfirmed.front().copied();
        self.stuck_at = first.filter(|_| nothing).unwrap_or(0);
    }
}
