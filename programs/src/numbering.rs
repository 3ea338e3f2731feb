//! Numbers on messages, so that a consumer can tell what is missing or doubled.

use std::collections::HashMap;

use relaismq::Received;

/// Property with the name of the run that sent a message.
pub const RUN_PROPERTY: &str = "RelaisRun";
/// Property with the number of a message in its run, from 0.
pub const NUMBER_PROPERTY: &str = "RelaisNumber";

/// A name for this run that no other has.
pub(crate) fn unique() -> String {
    let now = std::time::UNIX_EPOCH.elapsed().map(|time| time.as_nanos()).unwrap_or_default();
    format!("{:x}-{:x}", std::process::id(), now)
}

/// A number given by one sending thread of one run of a producer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Number {
    /// Unique for each sending thread of each run.
    pub run: String,
    /// From 0, without gaps.
    pub number: u64,
}

impl Number {
    /// The number that our producer gave a message.
    pub fn of(message: &Received) -> Option<Self> {
        let run = message.property::<String>(RUN_PROPERTY)?;
        let number = message.property::<i64>(NUMBER_PROPERTY)?;
        Some(Self { run, number: number.unsigned_abs() })
    }
}

/// What one run's messages looked like on arrival.
#[derive(Clone, Debug, Default)]
struct Run {
    seen: BitSet,
    distinct: u64,
    /// The lowest one.
    first: Option<u64>,
    /// Above the highest one.
    next: u64,
}

/// Counts arrivals.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    runs: HashMap<String, Run>,
    /// All arrivals.
    pub received: u64,
    /// Arrivals with the flag `JMSRedelivered`.
    pub redelivered: u64,
    /// Arrivals of a number that had arrived before.
    pub duplicates: u64,
    /// Those of them that were not flagged as redelivered: the flag should have warned.
    pub unflagged_duplicates: u64,
    /// First arrivals with a lower number than one before them.
    pub reordered: u64,
}

impl Tally {
    /// Notes an arrival; messages of other programs have no number.
    pub fn arrived(&mut self, number: Option<Number>, redelivered: bool) {
        self.received += 1;
        self.redelivered += u64::from(redelivered);
        let Some(Number { run, number }) = number else { return };
        let run = self.runs.entry(run).or_default();
        if !run.seen.insert(number) {
            self.duplicates += 1;
            self.unflagged_duplicates += u64::from(!redelivered);
            return;
        }
        run.distinct += 1;
        run.first = Some(run.first.map_or(number, |first| first.min(number)));
        self.reordered += u64::from(number < run.next);
        run.next = run.next.max(number + 1);
    }

    /// Numbers between the lowest and the highest of their run that have not arrived. An earlier
    /// consumer may have taken those before.
    pub fn missing(&self) -> u64 {
        let gaps = |run: &Run| run.next - run.first.unwrap_or(run.next) - run.distinct;
        self.runs.values().map(gaps).sum()
    }

    /// Whether a number has arrived.
    pub fn has(&self, run: &str, number: u64) -> bool {
        self.runs.get(run).is_some_and(|run| run.seen.contains(number))
    }
}

/// Numbers that were seen, a bit each.
#[derive(Clone, Debug, Default)]
struct BitSet(HashMap<u64, u64>);

impl BitSet {
    /// True if `number` is new.
    fn insert(&mut self, number: u64) -> bool {
        let word = self.0.entry(number / 64).or_default();
        let bit = 1 << (number % 64);
        let new = *word & bit == 0;
        *word |= bit;
        new
    }

    fn contains(&self, number: u64) -> bool {
        self.0.get(&(number / 64)).is_some_and(|word| word & 1 << (number % 64) != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(numbers: &[(u64, bool)]) -> Tally {
        let mut tally = Tally::default();
        for &(number, redelivered) in numbers {
            tally.arrived(Some(Number { run: "r".to_owned(), number }), redelivered);
        }
        tally
    }

    #[test]
    fn counts_gaps_doubles_and_disorder() {
        let tally = tally(&[(0, false), (2, false), (1, true), (2, true), (2, false), (5, false)]);
        assert_eq!((tally.received, tally.redelivered), (6, 2));
        assert_eq!((tally.duplicates, tally.unflagged_duplicates), (2, 1));
        assert_eq!((tally.reordered, tally.missing()), (1, 2));
        assert!(tally.has("r", 5) && !tally.has("r", 4) && !tally.has("other", 5));
    }

    #[test]
    fn what_another_consumer_took_before_is_not_missing() {
        assert_eq!(tally(&[(10, false), (11, false)]).missing(), 0);
        assert_eq!(tally(&[(12, false), (10, true)]).missing(), 1);
    }

    #[test]
    fn messages_without_number_only_count_as_received() {
        let mut tally = Tally::default();
        tally.arrived(None, false);
        assert_eq!((tally.received, tally.missing(), tally.duplicates), (1, 0, 0));
    }
}
