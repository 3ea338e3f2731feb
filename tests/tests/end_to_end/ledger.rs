//! What was confirmed and what arrived, for several streams of numbered messages.

use std::{
    collections::BTreeMap,
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

/// Written by all tasks, read at the end.
#[derive(Debug, Default)]
pub(crate) struct Ledger(Mutex<BTreeMap<(String, u64), Line>>);

impl Ledger {
    fn lines(&self) -> MutexGuard<'_, BTreeMap<(String, u64), Line>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn sent(&self, stream: &str, number: u64, fate: Fate) {
        self.lines().entry((stream.to_owned(), number)).or_default().fate = Some(fate);
    }

    pub(crate) fn received(&self, stream: &str, number: u64, redelivered: bool) {
        let mut lines = self.lines();
        let line = lines.entry((stream.to_owned(), number)).or_default();
        line.arrivals += 1;
        line.unflagged += u64::from(line.arrivals > 1 && !redelivered);
    }

    pub(crate) fn summary(&self) -> String {
        let lines = self.lines();
        let count = |fate| lines.values().filter(|line| line.fate == Some(fate)).count();
        let [confirmed, unknown] = [Fate::Confirmed, Fate::Unknown].map(count);
        let arrivals: u64 = lines.values().map(|line| line.arrivals).sum();
        format!("{confirmed} confirmed, {unknown} unknown, {arrivals} arrivals")
    }

    /// Nothing confirmed is missing, nothing came twice without a flag, and the streams of
    /// transactions come in wholes.
    pub(crate) fn check(&self, whole: u64) -> Result<()> {
        let lines = self.lines();
        let missing: Vec<_> = lines
            .iter()
            .filter(|(_, line)| line.fate == Some(Fate::Confirmed) && line.arrivals == 0)
            .map(|(key, _)| key)
            .collect();
        ensure!(
            missing.is_empty(),
            "{} confirmed messages are missing: {missing:?}",
            missing.len()
        );
        let refused: Vec<_> = lines
            .iter()
            .filter(|(_, line)| line.fate == Some(Fate::NotSent) && line.arrivals > 0)
            .collect();
        ensure!(refused.is_empty(), "arrived although not sent: {refused:?}");
        let unflagged: Vec<_> = lines.iter().filter(|(_, line)| line.unflagged > 0).collect();
        ensure!(unflagged.is_empty(), "came twice without a flag: {unflagged:?}");
        let transactions = lines.iter().filter(|((stream, _), _)| stream.ends_with("transactions"));
        let mut wholes: BTreeMap<u64, u64> = BTreeMap::new();
        for ((_, number), line) in transactions {
            *wholes.entry(number / whole).or_default() += u64::from(line.arrivals > 0);
        }
        let torn: Vec<_> = wholes.iter().filter(|(_, count)| **count % whole != 0).collect();
        ensure!(torn.is_empty(), "torn transactions: {torn:?}");
        Ok(())
    }
}
