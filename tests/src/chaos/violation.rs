//! What must hold whatever breaks, and what was seen instead.

use std::fmt;

/// What must hold whatever breaks. The numbers are those that the messages of the runner have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Invariant {
    /// I1: every confirmed send is delivered.
    NothingLost,
    /// I2: nothing is delivered that was not sent, and what is delivered is what was sent.
    NothingInvented,
    /// I3: a second delivery carries the redelivered flag; without a fault there is none.
    DuplicatesFlagged,
    /// I4: a single consumer gets first deliveries of one producer in the order of its sends.
    OrderKept,
    /// I5: a confirmed acknowledgement is not undone.
    AcknowledgementKept,
    /// I6: a transaction happens as a whole or not at all.
    TransactionsWhole,
    /// I7: confirmed writes of different masters do not overlap in time.
    OneMaster,
    /// I9: a slave has no open port.
    SlaveClosed,
    /// I10: once nothing is broken there is one master soon, and queues drain.
    Recovers,
    /// I12: a restart of all brokers keeps what was confirmed, and they serve again.
    RestartKeeps,
}

impl Invariant {
    const fn number(self) -> u8 {
        match self {
            Self::NothingLost => 1,
            Self::NothingInvented => 2,
            Self::DuplicatesFlagged => 3,
            Self::OrderKept => 4,
            Self::AcknowledgementKept => 5,
            Self::TransactionsWhole => 6,
            Self::OneMaster => 7,
            Self::SlaveClosed => 9,
            Self::Recovers => 10,
            Self::RestartKeeps => 12,
        }
    }

    const fn text(self) -> &'static str {
        match self {
            Self::NothingLost => "every confirmed send is delivered",
            Self::NothingInvented => "only what was sent is delivered, as it was sent",
            Self::DuplicatesFlagged => "second deliveries are flagged, and have a cause",
            Self::OrderKept => "a producer's order is kept for a single consumer",
            Self::AcknowledgementKept => "a confirmed acknowledgement is not undone",
            Self::TransactionsWhole => "a transaction happens as a whole or not at all",
            Self::OneMaster => "confirmed writes of different masters do not overlap",
            Self::SlaveClosed => "a slave has no open port",
            Self::Recovers => "when all is healed there is one master soon, and queues drain",
            Self::RestartKeeps => "brokers serve again after a restart of all of them",
        }
    }
}

impl fmt::Display for Invariant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "I{} ({})", self.number(), self.text())
    }
}

/// Something that must not happen, and was seen.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{invariant}: {seen}")]
pub struct Violation {
    /// What does not hold.
    pub invariant: Invariant,
    /// What was seen.
    pub seen: String,
}

impl Violation {
    pub(super) fn new(invariant: Invariant, seen: impl Into<String>) -> Self {
        Self { invariant, seen: seen.into() }
    }
}
