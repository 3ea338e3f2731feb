//! Moving from a broker that serves to another one: to a preferred broker, or to where the broker sends its
//! clients. Only to a spare that is ready, and not before the broker in use has served for a while, so that
//! nobody is sent to and fro.

use std::time::{Duration, Instant};

use super::{Event, Search, Step, spares::Spare};
use crate::options::{BrokerAddress, ReconnectOptions};

/// Which move is wanted, and which is under way.
#[derive(Debug)]
pub(super) struct Moves {
    dwell: Duration,
    /// The broker in use has served long enough then.
    not_before: Instant,
    order: Option<Order>,
    /// The application is being waited for, or the login there.
    under_way: Option<BrokerAddress>,
}

/// A broker that was named by somebody else.
#[derive(Debug)]
struct Order {
    to: BrokerAddress,
    why: &'static str,
}

/// Why a client moves, for events.
const PREFERRED: &str = "it is preferred";
pub(crate) const SENT: &str = "the broker sends its clients there";
pub(crate) const SPREAD: &str = "the broker spreads its clients";
pub(crate) const LISTED: &str = "the list of brokers has changed";

impl Moves {
    pub(super) const fn new(options: &ReconnectOptions, now: Instant) -> Self {
        Self { dwell: options.dwell_time, not_before: now, order: None, under_way: None }
    }

    /// Where somebody wants the client to be.
    pub(super) fn target(&self) -> Option<&BrokerAddress> {
        self.order.as_ref().map(|order| &order.to)
    }

    /// A broker serves from here on.
    pub(super) fn begin(&mut self, now: Instant) {
        self.not_before = super::later(now, self.dwell);
        self.order = None;
        self.under_way = None;
    }

    /// The move that was under way, if it was.
    pub(super) fn end(&mut self) -> Option<BrokerAddress> {
        self.order = None;
        self.under_way.take()
    }
}

impl Search {
    /// Somebody wants the client to be at this broker, for this reason. A preferred broker that serves is
    /// not left for that, unless its own broker insists.
    pub(super) fn order(&mut self, to: BrokerAddress, why: &'static str) {
        let Some(serving) = &self.serving else { return };
        let stays = why != SENT && self.list.is_preferred(serving);
        if to == *serving || stays || self.moves.under_way.is_some() {
            return;
        }
        self.moves.order = Some(Order { to, why });
    }

    /// When the next move is due, and whereto.
    fn next_move(&self) -> Option<(Instant, &Spare, &'static str)> {
        let serving = self.serving.as_ref().filter(|_| self.moves.under_way.is_none())?;
        let ordered = self.moves.order.as_ref().and_then(|order| {
            let spare = self.spares.ready().find(|it| *it.attempt.broker() == order.to)?;
            Some((spare, order.why))
        });
        let longs = self.list.has_preferred() && !self.list.is_preferred(serving);
        let mut preferred = self.spares.ready().filter(|_| longs);
        let preferred = preferred.find(|it| self.list.is_preferred(it.attempt.broker()));
        let chosen = ordered.or_else(|| preferred.map(|spare| (spare, PREFERRED)));
        let rests = |spare: &Spare| self.spares.rests_until(spare.attempt.broker());
        chosen.map(|(spare, why)| {
            let due = self.moves.not_before.max(spare.movable);
            (rests(spare).map_or(due, |rests| due.max(rests)), spare, why)
        })
    }

    pub(super) fn move_due(&self) -> Option<Instant> {
        self.next_move().map(|(due, ..)| due)
    }

    /// Asks for the move that is due. It ends with [`Search::left`] or [`Search::stayed`].
    pub(super) fn move_if_due(&mut self, now: Instant) {
        let Some((_, spare, why)) = self.next_move().filter(|(due, ..)| *due <= now) else {
            return;
        };
        let (to, broker) = (spare.attempt.epoch, spare.attempt.broker().clone());
        self.moves.under_way = Some(broker.clone());
        self.steps.push_back(Step::Move { to, broker, why });
    }

    /// A spare to this broker is gone. If it was to be moved to, nobody moves.
    pub(super) fn spare_gone(&mut self, broker: &BrokerAddress, now: Instant) {
        if self.moves.target() == Some(broker) {
            self.moves.order = None;
        }
        if self.moves.under_way.as_ref() == Some(broker) {
            self.stayed(now);
            self.steps.push_back(Step::Stay);
        }
    }

    /// Nobody has moved after all; the next move is due when the broker in use has served as long again.
    pub(crate) fn stayed(&mut self, now: Instant) {
        self.moves.begin(now);
    }

    /// The broker a client was moved to would not have it.
    pub(super) fn move_failed(&mut self, broker: &BrokerAddress, now: Instant) {
        if self.moved_to.take_if(|to| to == broker).is_some() {
            self.spares.failed_move(broker, now);
            let text =
                format!("the move to {broker} has failed; it is not tried again for a while");
            self.steps.push_back(Step::Notify(Event::Warning(text)));
        }
    }
}
