//! What clients were told, and what must be so therefore.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard},
};

/// Shared by all clients. What is violated is kept, once.
#[derive(Clone, Debug, Default)]
pub(super) struct Ledger(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    next: u64,
    /// Confirmed, and nobody has tried to remove it.
    kept: BTreeSet<u64>,
    /// Confirmed to be removed.
    removed: BTreeSet<u64>,
    attempted: BTreeSet<u64>,
    /// Which broker was the master of a term.
    masters: BTreeMap<u64, usize>,
    confirmations: u64,
    /// Nothing is asked any more when there are so many.
    enough: Option<u64>,
    violation: Option<String>,
}

/// Something that a client has asked of a master.
#[derive(Debug)]
pub(super) struct Attempt {
    pub(super) added: u64,
    pub(super) removed: Option<u64>,
    term: u64,
    /// The newest term at that time that had a master.
    newest: u64,
}

impl Ledger {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// A few more confirmations, and then quiet.
    pub(super) fn come_to_rest(&self) {
        let mut state = self.state();
        state.enough = Some(state.confirmations + LAST);
    }

    /// There is nothing to be asked any more.
    pub(super) fn is_at_rest(&self) -> bool {
        let state = self.state();
        state.enough.is_some_and(|enough| state.confirmations >= enough)
    }

    /// To send a message, and perhaps to remove one that was confirmed.
    pub(super) fn attempt(&self, term: u64, removes: bool) -> Attempt {
        let mut state = self.state();
        state.next += 1;
        let added = state.next;
        let oldest = state.kept.first().copied();
        let removed = oldest.filter(|_| removes);
        if let Some(number) = removed {
            state.kept.remove(&number);
        }
        state.attempted.insert(added);
        let newest = state.newest();
        Attempt { added, removed, term, newest }
    }

    pub(super) fn confirmed(&self, attempt: &Attempt) {
        let mut state = self.state();
        state.confirmations += 1;
        state.kept.insert(attempt.added);
        state.removed.extend(attempt.removed);
        if attempt.newest > attempt.term {
            let (term, newest) = (attempt.term, attempt.newest);
            state.violated(format!("the master of term {term} confirms after term {newest} began"));
        }
    }

    /// A broker says that it is the master, and what is in its store.
    pub(super) fn begins(&self, node: usize, term: u64, found: &[u64]) {
        self.is_master(node, term);
        // Whoever stood still meanwhile does not know better.
        if self.newest() == term {
            self.is_complete(&format!("broker {node}, master of term {term},"), found);
        }
    }

    pub(super) fn is_master(&self, node: usize, term: u64) {
        let mut state = self.state();
        let before = *state.masters.entry(term).or_insert(node);
        if before != node {
            state.violated(format!("brokers {before} and {node} are masters of term {term}"));
        }
    }

    /// All that was confirmed is there, and nothing else.
    pub(super) fn is_complete(&self, whose: &str, found: &[u64]) {
        let mut state = self.state();
        let found: BTreeSet<u64> = found.iter().copied().collect();
        let missing: Vec<_> = state.kept.difference(&found).copied().collect();
        let back: Vec<_> = state.removed.intersection(&found).copied().collect();
        let unknown: Vec<_> = found.difference(&state.attempted).copied().collect();
        for (what, which) in [("lacks", missing), ("still has", back), ("invents", unknown)] {
            if !which.is_empty() {
                state.violated(format!("{whose} {what} {which:?}"));
            }
        }
    }

    fn newest(&self) -> u64 {
        self.state().newest()
    }

    pub(super) fn violated(&self, what: String) {
        self.state().violated(what);
    }

    pub(super) fn violation(&self) -> Option<String> {
        self.state().violation.clone()
    }

    /// How many confirmations there were, and how many terms with a master.
    pub(super) fn figures(&self) -> (u64, usize) {
        let state = self.state();
        (state.confirmations, state.masters.len())
    }
}

impl State {
    fn newest(&self) -> u64 {
        self.masters.keys().next_back().copied().unwrap_or(0)
    }

    fn violated(&mut self, what: String) {
        self.violation.get_or_insert(what);
    }
}

/// Confirmations after everything was mended.
const LAST: u64 = 5;
