//! What was confirmed, and what arrived.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result, ensure};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::SOON;

/// What became of a send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Confirmed,
    Unknown,
    NotSent,
}

#[derive(Debug, Default)]
struct Line {
    fate: Option<Fate>,
    arrivals: u64,
    /// Arrivals that were not flagged. One may be, the first that was dispatched, though it is not always the first that a
    /// program comes to see: it may wait in its mailbox while the broker, which knows sooner that the link is gone, has given
    /// the message to somebody else.
    unflagged: u64,
}

/// Written by all clients.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    lines: Mutex<BTreeMap<String, Line>>,
    confirmed: watch::Sender<u64>,
    arrived: watch::Sender<u64>,
}

impl Ledger {
    fn lines(&self) -> MutexGuard<'_, BTreeMap<String, Line>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn sent(&self, message: &str, fate: Fate) {
        self.lines().entry(message.to_owned()).or_default().fate = Some(fate);
        if fate == Fate::Confirmed {
            self.confirmed.send_modify(|count| *count += 1);
        }
    }

    pub(crate) fn received(&self, message: &str, redelivered: bool) {
        let mut lines = self.lines();
        let line = lines.entry(message.to_owned()).or_default();
        line.arrivals += 1;
        line.unflagged += u64::from(!redelivered);
        drop(lines);
        self.arrived.send_modify(|count| *count += 1);
    }

    /// Waits until so many more are confirmed.
    pub(crate) async fn more(&self, count: u64) -> Result<()> {
        let mut confirmed = self.confirmed.subscribe();
        let goal = *confirmed.borrow() + count;
        let reached = timeout(SOON, confirmed.wait_for(|so_far| *so_far >= goal)).await;
        reached.with_context(|| format!("nothing goes on: {}", self.summary()))??;
        Ok(())
    }

    /// Waits until everything confirmed has arrived.
    pub(crate) async fn complete(&self) -> Result<()> {
        let mut arrived = self.arrived.subscribe();
        let reached = timeout(SOON, arrived.wait_for(|_| self.missing() == 0)).await;
        reached.with_context(|| format!("{} are missing", self.missing()))??;
        Ok(())
    }

    fn missing(&self) -> usize {
        self.lines().values().filter(|line| line.is_lost()).count()
    }

    pub(crate) fn summary(&self) -> String {
        let lines = self.lines();
        let count = |fate| lines.values().filter(|line| line.fate == Some(fate)).count();
        let [confirmed, unknown, not_sent] =
            [Fate::Confirmed, Fate::Unknown, Fate::NotSent].map(count);
        let arrivals: u64 = lines.values().map(|line| line.arrivals).sum();
        let again = lines.values().filter(|line| line.arrivals > 1).count();
        format!(
            "{confirmed} confirmed, {unknown} unknown, {not_sent} not sent, {arrivals} arrivals, {again} \
             messages more than once"
        )
    }

    pub(crate) fn check(&self) -> Result<()> {
        let lines = self.lines();
        let which = |wrong: fn(&Line) -> bool| {
            let found = lines.iter().filter(|(_, line)| wrong(line));
            found.map(|(message, _)| message.as_str()).collect::<Vec<_>>()
        };
        let (lost, ghosts) = (which(Line::is_lost), which(Line::is_ghost));
        let unflagged = which(|line| line.unflagged > 1);
        ensure!(lost.is_empty(), "confirmed and missing: {lost:?}");
        ensure!(ghosts.is_empty(), "arrived although not sent: {ghosts:?}");
        ensure!(unflagged.is_empty(), "twice without a flag: {unflagged:?}");
        Ok(())
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
