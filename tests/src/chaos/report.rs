//! What the rounds came to.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use super::fault::Fault;
use super::ledger::Figures;
use super::violation::Violation;

/// One round.
#[derive(Debug, Clone, Default)]
pub struct Round {
    /// Its number.
    pub number: u64,
    /// What was broken, and the longest time without service that each fault brought to those who wait as
    /// long as it takes.
    pub faults: Vec<(Fault, Duration)>,
    /// What became of the messages.
    pub figures: Figures,
    /// What must not be, and was seen.
    pub violations: Vec<Violation>,
}

impl Round {
    pub(super) fn new(number: u64) -> Self {
        Self { number, ..Self::default() }
    }
}

impl fmt::Display for Round {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Figures { confirmed, unknown, deliveries, duplicates, .. } = self.figures;
        write!(f, "{confirmed:>6} confirmed {unknown:>4} unknown {deliveries:>6} deliveries ")?;
        write!(f, "{duplicates:>4} again;")?;
        if self.faults.is_empty() {
            return write!(f, " nothing broken");
        }
        let mut comma = "";
        for (fault, outage) in &self.faults {
            write!(f, "{comma} {fault} ({} ms)", outage.as_millis())?;
            comma = ",";
        }
        Ok(())
    }
}

/// All rounds.
#[derive(Debug, Default)]
pub struct Report {
    /// How many were played.
    pub rounds: u64,
    /// What became of the messages.
    pub figures: Figures,
    /// How often each thing was broken, and the longest time without service that it brought.
    pub faults: BTreeMap<String, (u64, Duration)>,
    /// The longest time without service, but for faults that keep it away as long as they were told to.
    pub longest_outage: Duration,
    /// The round that ended it all.
    pub broken: Option<Broken>,
}

/// A round in which something was wrong.
#[derive(Debug)]
pub struct Broken {
    /// The round.
    pub round: Round,
    /// Why it could not be played to its end, if that is no violation by itself.
    pub reason: Option<String>,
    /// What the brokers have logged last.
    pub last_words: String,
}

impl Report {
    pub(super) fn add(&mut self, round: &Round) {
        self.rounds += 1;
        self.figures += round.figures;
        for (fault, outage) in &round.faults {
            let (count, longest) = self.faults.entry(fault.to_string()).or_default();
            *count += 1;
            *longest = (*longest).max(*outage);
            if !fault.is_held() {
                self.longest_outage = self.longest_outage.max(*outage);
            }
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Figures { confirmed, unknown, not_sent, deliveries, duplicates } = self.figures;
        writeln!(f, "rounds               {}", self.rounds)?;
        writeln!(f, "confirmed            {confirmed}")?;
        writeln!(f, "unknown              {unknown}")?;
        writeln!(f, "not sent             {not_sent}")?;
        writeln!(f, "deliveries           {deliveries}")?;
        writeln!(f, "  of them again      {duplicates}, all flagged")?;
        writeln!(f, "longest outage       {} ms", self.longest_outage.as_millis())?;
        for (fault, (count, longest)) in &self.faults {
            writeln!(f, "  {fault:<27} {count:>5} times, {:>5} ms", longest.as_millis())?;
        }
        self.broken.iter().try_for_each(|broken| write!(f, "{broken}"))
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\nround {}: {}", self.round.number, self.round)?;
        let violations = &self.round.violations;
        for violation in violations.iter().take(SHOWN) {
            writeln!(f, "VIOLATED {violation}")?;
        }
        if let Some(more) = violations.len().checked_sub(SHOWN).filter(|more| *more > 0) {
            writeln!(f, "VIOLATED {more} times more")?;
        }
        if let Some(reason) = &self.reason {
            writeln!(f, "STOPPED {reason}")?;
        }
        write!(f, "{}", self.last_words)
    }
}

/// Violations of a round that are told in full.
const SHOWN: usize = 10;
