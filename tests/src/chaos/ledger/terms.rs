//! Which broker confirmed when, as those see it who talk to one broker only.

use std::collections::BTreeMap;
use std::fmt;

use tokio::time::Instant;

use crate::chaos::violation::{Invariant, Violation};

/// One broker from a takeover to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::chaos) struct Term {
    pub(in crate::chaos) broker: &'static str,
    /// Counts its announcements that it serves.
    pub(in crate::chaos) number: u64,
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "broker {} in its term {}", self.broker, self.number)
    }
}

/// What is certain of a term: the first write was before the first confirmation, the last write
/// was after its question.
#[derive(Clone, Copy, Debug)]
struct Span {
    first_confirmed: Instant,
    last_asked: Instant,
}

#[derive(Debug, Default)]
pub(super) struct Terms(BTreeMap<Term, Span>);

impl Terms {
    pub(super) fn confirmed(&mut self, term: Term, asked: Instant) {
        let fresh = Span { first_confirmed: Instant::now(), last_asked: asked };
        let span = self.0.entry(term).or_insert(fresh);
        span.last_asked = span.last_asked.max(asked);
    }

    /// Two terms each of which wrote something while the other one lasted.
    pub(super) fn overlaps(&self) -> Vec<Violation> {
        let mut found = Vec::new();
        for (term, span) in &self.0 {
            for (other, its) in self.0.range(..term) {
                let overlap = span.first_confirmed < its.last_asked
                    && its.first_confirmed < span.last_asked
                    && term.broker != other.broker;
                if overlap {
                    let seen = format!("{term} and {other} confirmed writes by turns");
                    found.push(Violation::new(Invariant::OneMaster, seen));
                }
            }
        }
        found
    }
}
