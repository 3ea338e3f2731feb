//! What of a round must not be.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::line::{Fate, Line};
use super::{Ledger, MOVED, SOURCE, State};
use crate::chaos::violation::{Invariant, Violation};

/// The sums of one round, or of several.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Sends that were confirmed, alone or by a commit.
    pub confirmed: u64,
    /// Sends and commits of which nobody knows.
    pub unknown: u64,
    /// Sends that did not happen.
    pub not_sent: u64,
    /// Deliveries.
    pub deliveries: u64,
    /// Deliveries of a message that had been delivered before; all of them flagged, or it is a
    /// violation.
    pub duplicates: u64,
}

impl std::ops::AddAssign for Figures {
    fn add_assign(&mut self, more: Self) {
        self.confirmed += more.confirmed;
        self.unknown += more.unknown;
        self.not_sent += more.not_sent;
        self.deliveries += more.deliveries;
        self.duplicates += more.duplicates;
    }
}

impl Ledger {
    /// Everything that must not be; called when all queues should be empty.
    pub(in crate::chaos) fn violations(&self) -> Vec<Violation> {
        let state = self.state();
        let mut found = state.seen.clone();
        found.extend(state.terms.overlaps());
        state.of_lines(&mut found);
        state.of_transactions(&mut found);
        state.of_moves(&mut found);
        found
    }

    pub(in crate::chaos) fn figures(&self) -> Figures {
        let state = self.state();
        let mut sums = Figures::default();
        for line in state.streams.values().flatten() {
            match line.fate {
                Some(Fate::Confirmed) => sums.confirmed += 1,
                Some(Fate::NotSent) => sums.not_sent += 1,
                Some(Fate::Unknown) | None => sums.unknown += 1,
            }
            sums.deliveries += line.arrivals;
            sums.duplicates += line.arrivals.saturating_sub(1);
        }
        sums
    }
}

impl State {
    fn of_lines(&self, found: &mut Vec<Violation>) {
        let mut check = |invariant, what: &str, wrong: &dyn Fn(&Line) -> bool| {
            if let Some(which) = self.which(wrong) {
                found.push(Violation::new(invariant, format!("{what}: {which}")));
            }
        };
        check(Invariant::NothingLost, "confirmed and never delivered", &Line::is_lost);
        check(Invariant::NothingInvented, "delivered although not sent", &|line| {
            line.fate == Some(Fate::NotSent) && line.arrivals > 0
        });
        check(Invariant::DuplicatesFlagged, "delivered twice without the flag", &|line| {
            line.unflagged > 1
        });
        check(Invariant::DuplicatesFlagged, "delivered again without a cause", &|line| {
            self.faults == 0 && line.arrivals > 1 + line.returned
        });
        check(
            Invariant::AcknowledgementKept,
            "delivered after its consumption was confirmed",
            &|line| line.consumed > 1 || line.after_all > 0,
        );
    }

    /// Some of the lines for which it is so.
    fn which(&self, wrong: &dyn Fn(&Line) -> bool) -> Option<String> {
        let all = self.streams.iter().flat_map(|(stream, lines)| {
            lines.iter().enumerate().filter(|(_, line)| wrong(line)).map(move |it| (stream, it))
        });
        let all: Vec<_> = all.collect();
        let (stream, (number, line)) = all.first()?;
        let mut text = format!("{stream} {number} {line:?}");
        for (stream, (number, _)) in all.iter().skip(1).take(SHOWN) {
            write!(text, ", {stream} {number}").ok()?;
        }
        if all.len() > SHOWN {
            write!(text, " ({} in all)", all.len()).ok()?;
        }
        Some(text)
    }

    /// Of each transaction all that was sent in it has arrived, or nothing.
    fn of_transactions(&self, found: &mut Vec<Violation>) {
        let mut whole: BTreeMap<u64, (u64, u64)> = BTreeMap::new();
        for line in self.streams.values().flatten() {
            let Some(transaction) = line.transaction else { continue };
            let (sent, arrived) = whole.entry(transaction).or_default();
            *sent += 1;
            *arrived += u64::from(line.arrivals > 0);
        }
        for (transaction, (sent, arrived)) in whole {
            if arrived != 0 && arrived != sent {
                let of = self.which(&|line| line.transaction == Some(transaction));
                let of = of.unwrap_or_default();
                let seen = format!("{arrived} of {sent} messages of a transaction arrived: {of}");
                found.push(Violation::new(Invariant::TransactionsWhole, seen));
            }
        }
    }

    /// Each message of the source was moved once, or was still there.
    fn of_moves(&self, found: &mut Vec<Violation>) {
        let lines = self.streams.get(SOURCE).into_iter().flatten().enumerate();
        for (number, line) in lines {
            let copies = line.copies.len();
            let seen = match (copies, line.left) {
                (0, false) if line.fate == Some(Fate::Confirmed) => "is gone, and was not moved",
                (1, true) => "was moved, and is still there",
                (0 | 1, _) => continue,
                _ => "was moved more than once",
            };
            let seen = format!("{SOURCE} {number} {seen}, to {MOVED} {:?}: {line:?}", line.copies);
            found.push(Violation::new(Invariant::TransactionsWhole, seen));
        }
    }
}

/// Further messages that are named beside the first one.
const SHOWN: usize = 9;
