//! What was confirmed, what arrived, and when.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync::watch, time::Instant};

use relaismq_programs::numbering::{Number, Tally};

/// What became of a send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The broker has it.
    Confirmed,
    /// It may or may not have it.
    Unknown,
    /// It does not have it.
    NotSent,
}

/// Written by the producer and the consumer, read at the end.
#[derive(Debug)]
pub struct Ledger {
    run: String,
    state: Mutex<State>,
    /// Sends that have ended.
    ended: watch::Sender<u64>,
}

#[derive(Debug)]
struct State {
    outcomes: Vec<Option<Outcome>>,
    tally: Tally,
    /// Sends begun.
    begun: u64,
    confirmed: u64,
    /// `None` while there is nothing to do.
    last_service: Option<Instant>,
    /// Time in which there was something to do and it was done.
    busy: Duration,
    longest_gap: Duration,
    kills: Vec<Kill>,
}

/// One kill and what followed.
#[derive(Clone, Copy, Debug)]
struct Kill {
    at: Instant,
    /// Sends begun before it.
    begun: u64,
    detected: Option<Duration>,
    first_receive: Option<Duration>,
}

/// The sums.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Sends begun.
    pub sent: u64,
    /// Confirmed ones.
    pub confirmed: u64,
    /// Unknown ones.
    pub unknown: u64,
    /// Ones that did not happen.
    pub not_sent: u64,
    /// Arrivals.
    pub received: u64,
    /// Confirmed, but not arrived.
    pub missing: u64,
    /// Arrived with the flag that they may have arrived before.
    pub redelivered: u64,
    /// Arrived again.
    pub duplicates: u64,
    /// Of those, without the flag.
    pub unflagged_duplicates: u64,
    /// Arrived for the first time behind a later one.
    pub reordered: u64,
    /// Brokers killed.
    pub kills: u64,
    /// Time in which there was something to do and it was done: longer pauses than a tenth of a second are
    /// left out.
    pub busy: Duration,
    /// Longest time in which nothing was confirmed or received.
    pub longest_gap: Duration,
    /// From each kill until the client noticed.
    pub detected: Vec<Duration>,
    /// From each kill until a message was received that was sent after it.
    pub first_receive: Vec<Duration>,
}

impl Ledger {
    /// For `messages` numbers of one run.
    pub fn new(run: &str, messages: u64) -> Self {
        let state = State {
            outcomes: vec![None; usize::try_from(messages).unwrap_or_default()],
            tally: Tally::default(),
            begun: 0,
            confirmed: 0,
            last_service: None,
            busy: Duration::ZERO,
            longest_gap: Duration::ZERO,
            kills: Vec::new(),
        };
        let ended = watch::Sender::new(0);
        Self { run: run.to_owned(), state: Mutex::new(state), ended }
    }

    /// The run's name.
    pub fn run(&self) -> &str {
        &self.run
    }

    /// A send begins.
    pub fn begun(&self, number: u64) {
        let mut state = self.lock();
        state.begun = state.begun.max(number + 1);
        // Service is owed from the first send on.
        state.last_service.get_or_insert_with(Instant::now);
    }

    /// A send has ended.
    pub fn sent(&self, number: u64, outcome: Outcome) {
        self.settle(number, outcome);
        self.ended.send_modify(|ended| *ended += 1);
    }

    fn settle(&self, number: u64, outcome: Outcome) {
        let mut state = self.lock();
        if let Some(entry) = state.outcomes.get_mut(usize::try_from(number).unwrap_or(usize::MAX)) {
            *entry = Some(outcome);
        }
        if outcome == Outcome::Confirmed {
            state.confirmed += 1;
            state.served();
        }
    }

    /// A message has arrived.
    pub fn received(&self, number: Option<Number>, redelivered: bool) {
        let mut state = self.lock();
        state.served();
        let place = number.as_ref().map_or(0, |number| number.number);
        state.tally.arrived(number, redelivered);
        for kill in state.kills.iter_mut().filter(|kill| place >= kill.begun) {
            kill.first_receive.get_or_insert_with(|| kill.at.elapsed());
        }
    }

    /// A broker has been killed.
    pub fn killed(&self) {
        let mut state = self.lock();
        let begun = state.begun;
        let kill = Kill { at: Instant::now(), begun, detected: None, first_receive: None };
        state.kills.push(kill);
    }

    /// The client has noticed.
    pub fn detected(&self) {
        for kill in &mut self.lock().kills {
            kill.detected.get_or_insert_with(|| kill.at.elapsed());
        }
    }

    /// Sends confirmed so far.
    pub fn confirmed_so_far(&self) -> u64 {
        self.lock().confirmed
    }

    /// Sends that have ended so far, with any outcome.
    pub fn ended_so_far(&self) -> u64 {
        *self.ended.borrow()
    }

    /// Waits until so many sends have ended.
    pub async fn ended(&self, sends: u64) {
        let mut ended = self.ended.subscribe();
        // The ledger has the other end: it cannot be closed meanwhile.
        drop(ended.wait_for(|ended| *ended >= sends).await);
    }

    /// If everything that was sent has arrived, time passes without service because nothing is to
    /// be done, until the next send begins.
    pub fn rests(&self) {
        let mut state = self.lock();
        if state.begun == self.ended_so_far() && state.missing(&self.run) == 0 {
            state.last_service = None;
        }
    }

    /// Arrivals so far.
    pub fn received_so_far(&self) -> u64 {
        self.lock().tally.received
    }

    /// Confirmed messages that have not arrived.
    pub fn outstanding(&self) -> u64 {
        self.lock().missing(&self.run)
    }

    /// The sums.
    pub fn figures(&self) -> Figures {
        let state = self.lock();
        let count = |wanted| state.outcomes.iter().filter(|it| **it == Some(wanted)).count() as u64;
        Figures {
            sent: state.outcomes.iter().flatten().count() as u64,
            confirmed: count(Outcome::Confirmed),
            unknown: count(Outcome::Unknown),
            not_sent: count(Outcome::NotSent),
            received: state.tally.received,
            missing: state.missing(&self.run),
            redelivered: state.tally.redelivered,
            duplicates: state.tally.duplicates,
            unflagged_duplicates: state.tally.unflagged_duplicates,
            reordered: state.tally.reordered,
            kills: state.kills.len() as u64,
            busy: state.busy,
            longest_gap: state.longest_gap,
            detected: state.kills.iter().filter_map(|kill| kill.detected).collect(),
            first_receive: state.kills.iter().filter_map(|kill| kill.first_receive).collect(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Figures {
    /// Messages confirmed a second, outages left out.
    pub fn rate(&self) -> f64 {
        let busy = self.busy.as_secs_f64();
        let confirmed = u32::try_from(self.confirmed).map_or(f64::from(u32::MAX), f64::from);
        if busy > 0.0 { confirmed / busy } else { 0.0 }
    }
}

impl State {
    fn served(&mut self) {
        if let Some(last) = self.last_service.replace(Instant::now()) {
            let gap = last.elapsed();
            self.busy += if gap < PAUSE { gap } else { Duration::ZERO };
            self.longest_gap = self.longest_gap.max(gap);
        }
    }

    fn missing(&self, run: &str) -> u64 {
        let confirmed =
            (0..).zip(&self.outcomes).filter(|(_, it)| **it == Some(Outcome::Confirmed));
        confirmed.filter(|(number, _)| !self.tally.has(run, *number)).count() as u64
    }
}

/// What is longer is an outage.
const PAUSE: Duration = Duration::from_millis(100);

#[cfg(test)]
mod tests {
    use super::*;

    fn number(number: u64) -> Option<Number> {
        Some(Number { run: "r".to_owned(), number })
    }

    #[test]
    fn only_confirmed_messages_can_be_missing() {
        let ledger = Ledger::new("r", 4);
        ledger.sent(0, Outcome::Confirmed);
        ledger.sent(1, Outcome::Unknown);
        ledger.sent(2, Outcome::Confirmed);
        ledger.sent(3, Outcome::NotSent);
        ledger.received(number(0), false);
        let figures = ledger.figures();
        assert_eq!((figures.sent, figures.confirmed, figures.unknown), (4, 2, 1));
        assert_eq!((figures.not_sent, figures.missing, ledger.outstanding()), (1, 1, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn measures_from_the_kill_to_what_was_sent_after_it() {
        let ledger = Ledger::new("r", 3);
        ledger.begun(0);
        ledger.received(number(0), false);
        ledger.begun(1);
        ledger.killed();
        tokio::time::advance(Duration::from_millis(20)).await;
        ledger.detected();
        ledger.begun(2);
        tokio::time::advance(Duration::from_millis(30)).await;
        ledger.received(number(1), true);
        tokio::time::advance(Duration::from_millis(10)).await;
        ledger.received(number(2), false);
        let figures = ledger.figures();
        assert_eq!(figures.detected, [Duration::from_millis(20)]);
        assert_eq!(figures.first_receive, [Duration::from_millis(60)]);
        assert_eq!(figures.longest_gap, Duration::from_millis(50));
    }

    #[tokio::test(start_paused = true)]
    async fn an_outage_does_not_lower_the_rate() {
        let ledger = Ledger::new("r", 3);
        for (number, pause) in [(0, 10), (1, 3000), (2, 20)] {
            ledger.begun(number);
            tokio::time::advance(Duration::from_millis(pause)).await;
            ledger.sent(number, Outcome::Confirmed);
        }
        assert_eq!(ledger.figures().rate().round(), 100.0);
    }

    #[tokio::test(start_paused = true)]
    async fn rest_is_no_gap_in_service() {
        let ledger = Ledger::new("r", 2);
        ledger.begun(0);
        ledger.sent(0, Outcome::Confirmed);
        tokio::time::advance(Duration::from_millis(5)).await;
        ledger.rests();
        ledger.received(number(0), false);
        ledger.rests();
        tokio::time::advance(Duration::from_secs(9)).await;
        ledger.begun(1);
        ledger.sent(1, Outcome::Confirmed);
        assert_eq!(ledger.figures().longest_gap, Duration::from_millis(5));
    }
}
