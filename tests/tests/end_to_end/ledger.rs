//! What was confirmed and what arrived, for several streams of numbered messages.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Debug,
    sync::{Mutex, MutexGuard, PoisonError},
};

use anyhow::{Result, ensure};

/// What became of a send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Confirmed,
    Unknown,
    NotSent,
}

/// One message.
#[derive(Clone, Copy, Debug, Default)]
struct Line {
    fate: Option<Fate>,
    arrivals: u64,
    unflagged: u64,
}

/// Stream and number.
type Key = (String, u64);

#[derive(Debug, Default)]
struct State {
    lines: BTreeMap<Key, Line>,
    /// The highest number of each stream that arrived.
    highest: BTreeMap<String, u64>,
    /// What arrived for the first time behind a later one.
    reordered: Vec<Key>,
    /// Numbers of the source that arrived as moved ones, each with how often.
    moved: BTreeMap<u64, u64>,
}

/// Written by all tasks, read at the end.
#[derive(Debug, Default)]
pub(crate) struct Ledger(Mutex<State>);

impl Ledger {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn sent(&self, stream: &str, number: u64, fate: Fate) {
        self.state().lines.entry((stream.to_owned(), number)).or_default().fate = Some(fate);
    }

    pub(crate) fn received(&self, stream: &str, number: u64, redelivered: bool) {
        let mut state = self.state();
        let key = (stream.to_owned(), number);
        let line = state.lines.entry(key.clone()).or_default();
        line.arrivals += 1;
        line.unflagged += u64::from(line.arrivals > 1 && !redelivered);
        if line.arrivals > 1 {
            return;
        }
        let highest = state.highest.entry(key.0.clone()).or_default();
        if number < *highest {
            state.reordered.push(key);
        } else {
            *highest = number;
        }
    }

    /// A message of the source arrived at the other end.
    pub(crate) fn moved(&self, origin: u64) {
        *self.state().moved.entry(origin).or_default() += 1;
    }

    /// Confirmed messages of streams with this prefix that have not arrived and were not moved.
    pub(crate) fn missing(&self, prefix: &str) -> usize {
        let state = self.state();
        let moves = prefix.ends_with("source");
        let here = state.lines.iter().filter(|((stream, _), _)| stream.starts_with(prefix));
        let gone = here.filter(|(_, line)| line.is_lost());
        gone.filter(|((_, number), _)| !moves || !state.moved.contains_key(number)).count()
    }

    pub(crate) fn summary(&self) -> String {
        let state = self.state();
        let lines = state.lines.values();
        let count = |fate| lines.clone().filter(|line| line.fate == Some(fate)).count();
        let [confirmed, unknown, not_sent] =
            [Fate::Confirmed, Fate::Unknown, Fate::NotSent].map(count);
        let arrivals: u64 = lines.map(|line| line.arrivals).sum();
        let moved = state.moved.len();
        format!(
            "{confirmed} confirmed, {unknown} unknown, {not_sent} not sent, {arrivals} arrivals, \
             {moved} moved"
        )
    }

    /// Nothing confirmed is missing, nothing came twice without a flag, these streams came in order,
    /// transactions came in wholes, and each message of the source is there or was moved once.
    pub(crate) fn check(
        &self,
        whole: u64,
        ordered: &[&str],
        (source, target): (&str, &str),
    ) -> Result<()> {
        let missing: usize = ordered.iter().map(|stream| self.missing(stream)).sum();
        let state = self.state();
        let lost = state.keys(|(stream, number), line| {
            line.is_lost() && (stream != source || !state.moved.contains_key(number))
        });
        none("confirmed messages are missing", &lost)?;
        ensure!(missing == 0, "{missing} are missing");
        none("arrived although not sent", &state.keys(|_, line| line.is_ghost()))?;
        none("came twice without a flag", &state.keys(|_, line| line.unflagged > 0))?;
        let reordered = state
            .reordered
            .iter()
            .filter(|(stream, _)| ordered.iter().any(|prefix| stream.starts_with(prefix)));
        none("came out of order", &reordered.collect::<Vec<_>>())?;
        none("torn transactions", &state.torn(whole, |stream| stream == target))?;
        none("torn transactions", &state.torn(whole, |stream| stream.ends_with("transactions")))?;
        let both = state.keys(|(stream, number), line| {
            stream == source && line.arrivals > 0 && state.moved.contains_key(number)
        });
        none("moved, and still there", &both)?;
        let twice = state.lines.iter().filter(|((stream, _), _)| stream == target);
        let arrivals: u64 = twice.map(|(_, line)| line.arrivals).sum();
        let moves: u64 = state.moved.values().sum();
        ensure!(arrivals == moves, "{arrivals} arrivals of {moves} moves");
        Ok(())
    }
}

impl State {
    fn keys(&self, wanted: impl Fn(&Key, &Line) -> bool) -> Vec<&Key> {
        let found = self.lines.iter().filter(|(key, line)| wanted(key, line));
        found.map(|(key, _)| key).collect()
    }

    /// Transactions of which a part arrived.
    fn torn(&self, whole: u64, of: impl Fn(&str) -> bool) -> BTreeSet<u64> {
        let mut wholes: BTreeMap<u64, u64> = BTreeMap::new();
        for ((_, number), line) in self.lines.iter().filter(|((stream, _), _)| of(stream)) {
            *wholes.entry(number / whole).or_default() += u64::from(line.arrivals > 0);
        }
        let torn = wholes.into_iter().filter(|(_, count)| count % whole != 0);
        torn.map(|(number, _)| number).collect()
    }
}

impl Line {
    fn is_lost(&self) -> bool {
        self.fate == Some(Fate::Confirmed) && self.arrivals == 0
    }

    fn is_ghost(&self) -> bool {
        self.fate == Some(Fate::NotSent) && self.arrivals > 0
    }
}

fn none<T: Debug>(what: &str, found: &(impl IntoIterator<Item = T> + Clone)) -> Result<()> {
    let found: Vec<T> = found.clone().into_iter().collect();
    ensure!(found.is_empty(), "{what} ({}): {found:?}", found.len());
    Ok(())
}
