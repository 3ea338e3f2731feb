//! What is known of one message.

use std::collections::BTreeSet;
use std::fmt;

use tokio::time::Instant;

/// What became of a send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::chaos) enum Fate {
    /// The broker has it.
    Confirmed,
    /// It has it or not.
    Unknown,
    /// It does not have it and will not get it.
    NotSent,
}

/// What became of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::chaos) enum Settled {
    /// The broker has confirmed that it is consumed.
    Confirmed,
    /// Perhaps it is.
    Unknown,
    /// It is not, and will come again.
    Returned,
}

impl Settled {
    const fn word(self) -> &'static str {
        match self {
            Self::Confirmed => "consumed",
            Self::Unknown => "in doubt",
            Self::Returned => "returned",
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Line {
    pub(super) fate: Option<Fate>,
    /// The transaction that it was sent in.
    pub(super) transaction: Option<u64>,
    pub(super) arrivals: u64,
    /// Arrivals without the flag that it may have arrived before.
    pub(super) unflagged: u64,
    /// Confirmed consumptions.
    pub(super) consumed: u64,
    /// Deliveries that were given back: they come again.
    pub(super) returned: u64,
    /// Deliveries after a confirmed consumption. One that its consumer could not have acknowledged
    /// any more was under way before, and is none.
    pub(super) after_all: u64,
    /// Whether its consumption is in doubt.
    pub(super) doubtful: bool,
    /// It was there when its consumers had ended.
    pub(super) left: bool,
    /// What arrived as its copies.
    pub(super) copies: BTreeSet<u64>,
    pub(super) history: History,
}

impl Line {
    pub(super) fn arrive(&mut self, redelivered: bool) {
        self.history.note(if redelivered { "arrived again" } else { "arrived" });
        self.arrivals += 1;
        self.unflagged += u64::from(!redelivered);
        self.after_all += u64::from(self.consumed > 0);
    }

    pub(super) fn settle(&mut self, settled: Settled) {
        self.history.note(settled.word());
        match settled {
            Settled::Confirmed => self.consumed += 1,
            Settled::Unknown => self.doubtful = true,
            Settled::Returned => {
                self.returned += 1;
                self.after_all = self.after_all.saturating_sub(1);
            }
        }
    }

    pub(super) fn is_lost(&self) -> bool {
        self.fate == Some(Fate::Confirmed) && self.arrivals == 0
    }

    pub(super) const fn is_outstanding(&self) -> bool {
        matches!(self.fate, Some(Fate::Confirmed)) && self.consumed == 0 && !self.doubtful
    }
}

/// What happened to a message, in order: it tells how a violation came about.
#[derive(Default)]
pub(super) struct History(Vec<(Instant, &'static str)>);

impl History {
    fn note(&mut self, what: &'static str) {
        self.0.push((Instant::now(), what));
    }
}

impl fmt::Debug for History {
    /// With the milliseconds since the first of it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let first = self.0.first().map(|(at, _)| *at);
        let since = |at: Instant| first.map_or(0, |first| (at - first).as_millis());
        f.debug_list().entries(self.0.iter().map(|(at, what)| (since(*at), what))).finish()
    }
}
