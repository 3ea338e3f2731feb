//! What was sent, delivered and acknowledged in one round, written by all clients.
//!
//! ```text
//! line       what is known of one message
//! outage     how long nothing was confirmed
//! terms      which broker confirmed when
//! verdict    what of it must not be
//! ```

mod line;
mod outage;
mod terms;
mod verdict;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;

use self::line::Line;
pub(super) use self::line::{Fate, Settled};
use self::outage::Outage;
pub(super) use self::terms::Term;
use self::terms::Terms;
pub use self::verdict::Figures;
use super::identity::{Arrival, Claim, Identity};
use super::violation::{Invariant, Violation};

/// The streams in which the order of first deliveries counts begin like this.
const ORDERED: &str = "ordered";
/// From here a relay moves each message in a transaction that receives and sends.
pub(super) const SOURCE: &str = "source";
/// To here.
pub(super) const MOVED: &str = "moved";

/// The ledger of one round.
#[derive(Debug)]
pub(super) struct Ledger {
    round: u64,
    state: Mutex<State>,
    /// Sends of those who have no deadline that were confirmed.
    confirmed: watch::Sender<u64>,
    /// Deliveries.
    arrived: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct State {
    streams: BTreeMap<&'static str, Vec<Line>>,
    /// The highest number of each stream that has arrived.
    highest: BTreeMap<&'static str, u64>,
    terms: Terms,
    outage: Outage,
    seen: Vec<Violation>,
    faults: u64,
    transactions: u64,
}

impl Ledger {
    pub(super) fn new(round: u64) -> Self {
        let (confirmed, arrived) = (watch::Sender::new(0), watch::Sender::new(0));
        Self { round, state: Mutex::default(), confirmed, arrived }
    }

    /// A message that is about to be sent, by itself or in a transaction.
    pub(super) fn begin(&self, stream: &'static str, transaction: Option<u64>) -> Identity {
        let mut state = self.state();
        let lines = state.streams.entry(stream).or_default();
        let number = lines.len() as u64;
        lines.push(Line { transaction, ..Line::default() });
        Identity { round: self.round, stream, number }
    }

    /// The number of a transaction that is about to begin.
    pub(super) fn begin_transaction(&self) -> u64 {
        let mut state = self.state();
        state.transactions += 1;
        state.transactions
    }

    /// What became of a send.
    pub(super) fn sent(&self, message: &Identity, fate: Fate) {
        self.with(message, |line| line.fate = Some(fate));
    }

    /// A send was confirmed to somebody who waits as long as it takes: there is service.
    pub(super) fn served(&self) {
        self.state().outage.served();
        self.confirmed.send_modify(|count| *count += 1);
    }

    /// A message was delivered; none if it is nobody's.
    pub(super) fn arrived(&self, message: &Arrival) -> Option<Identity> {
        self.arrived.send_modify(|count| *count += 1);
        let mut state = self.state();
        match state.identify(self.round, message) {
            Ok(identity) => {
                state.arrived(&identity, message.redelivered);
                Some(identity)
            }
            Err(violation) => {
                state.seen.push(violation);
                None
            }
        }
    }

    /// What became of the acknowledgement of a delivery, or of the transaction that took it.
    pub(super) fn settled(&self, message: &Identity, settled: Settled) {
        self.with(message, |line| line.settle(settled));
    }

    /// It was still there when its consumers had ended.
    pub(super) fn left(&self, message: &Identity) {
        self.with(message, |line| {
            line.settle(Settled::Confirmed);
            line.left = true;
        });
    }

    /// A copy of it was sent in the transaction that took it, and has arrived.
    pub(super) fn moved(&self, origin: u64, copy: &Identity) {
        let message = Identity { round: copy.round, stream: SOURCE, number: origin };
        self.with(&message, |line| {
            line.copies.insert(copy.number);
        });
    }

    /// A broker has confirmed something directly.
    pub(super) fn confirmed_by(&self, term: Term, asked: tokio::time::Instant) {
        self.state().terms.confirmed(term, asked);
    }

    /// Something is about to be broken.
    pub(super) fn fault(&self) {
        self.state().faults += 1;
    }

    /// Something was seen that must not be.
    pub(super) fn violated(&self, violation: Violation) {
        self.state().seen.push(violation);
    }

    /// The longest time without service since the last call.
    pub(super) fn take_outage(&self) -> Duration {
        self.state().outage.take()
    }

    /// Waits until so many more sends are confirmed.
    pub(super) async fn more(&self, count: u64, within: Duration) -> Result<(), Violation> {
        let mut confirmed = self.confirmed.subscribe();
        let goal = *confirmed.borrow() + count;
        match timeout(within, confirmed.wait_for(|so_far| *so_far >= goal)).await {
            Ok(_) => Ok(()),
            Err(_) => {
                let missing = goal.saturating_sub(*self.confirmed.borrow());
                let seen = format!("{missing} of {count} sends were not confirmed in {within:?}");
                Err(Violation::new(Invariant::Recovers, seen))
            }
        }
    }

    /// Deliveries so far, to be waited for.
    pub(super) fn arrivals(&self) -> watch::Receiver<u64> {
        self.arrived.subscribe()
    }

    /// Confirmed messages that nobody has consumed yet, of streams with this prefix.
    pub(super) fn outstanding(&self, prefix: &str) -> usize {
        let state = self.state();
        let streams = state.streams.iter().filter(|(stream, _)| stream.starts_with(prefix));
        streams.flat_map(|(_, lines)| lines).filter(|line| line.is_outstanding()).count()
    }

    fn with(&self, message: &Identity, change: impl FnOnce(&mut Line)) {
        if let Some(line) = self.state().line(message) {
            change(line);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn line(&mut self, message: &Identity) -> Option<&mut Line> {
        let at = usize::try_from(message.number).ok()?;
        self.streams.get_mut(message.stream)?.get_mut(at)
    }

    /// Which one it is, if it was sent in this round and is whole.
    fn identify(&self, round: u64, message: &Arrival) -> Result<Identity, Violation> {
        let invented = |seen: String| Violation::new(Invariant::NothingInvented, seen);
        let claim = message.claim.as_ref();
        let claim = claim.ok_or_else(|| invented(format!("nobody sent this: {message:?}")))?;
        let Claim { stream, number, .. } = claim;
        if claim.round < round {
            let seen = format!(
                "{stream} {number} of round {} came after its queue was empty",
                claim.round
            );
            return Err(Violation::new(Invariant::Recovers, seen));
        }
        let known = self.streams.get_key_value(stream.as_str());
        let known = known.filter(|(_, lines)| *number < lines.len() as u64);
        let Some((stream, _)) = known.filter(|_| claim.round == round) else {
            return Err(invented(format!(
                "{stream} {number}, which was never sent, was delivered"
            )));
        };
        let identity = Identity { round, stream, number: *number };
        if identity.body() != message.body {
            return Err(invented(format!("{stream} {number} has not the body that was sent")));
        }
        Ok(identity)
    }

    fn arrived(&mut self, identity: &Identity, redelivered: bool) {
        let Some(line) = self.line(identity) else { return };
        line.arrive(redelivered);
        let first = line.arrivals == 1;
        let &Identity { stream, number, .. } = identity;
        let highest = self.highest.entry(stream).or_default();
        if first && number < *highest && stream.starts_with(ORDERED) {
            let seen = format!("{stream} {number} came for the first time behind {highest}");
            self.seen.push(Violation::new(Invariant::OrderKept, seen));
        }
        *highest = number.max(*highest);
    }
}
