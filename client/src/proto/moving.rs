//! Leaving a broker that serves for another one, so that nothing is delivered twice: consumers are given
//! nothing new, what the application has is waited for, then the broker is told how far everybody is.
//!
//! ```text
//! begin_move --> settled, or time is over --> part --> Phase::Parting --> the spare is logged in to
//!     |                                         (connect: parted)
//!     +--> stay: the other broker is gone, or this one does not answer
//! ```

use std::time::{Duration, Instant};

use relaismq_openwire::{Command, RemoveInfo};

use super::{Client, commands::remove, event::Event, io::Epoch, ledger::Entry, link::Phase};
use crate::options::BrokerAddress;

/// How long the broker that is left may take to answer the farewell.
const FAREWELL: Duration = Duration::from_secs(2);
/// Between two looks at whether the application is done: reports of it come with any other news.
const LOOK: Duration = Duration::from_millis(50);

/// A move that waits for the application.
#[derive(Debug)]
pub(super) struct Move {
    to: Epoch,
    broker: BrokerAddress,
    why: &'static str,
    until: Instant,
    /// When to look whether it is time. Never within the step that began it: what the application was given
    /// until then is told behind that.
    look: Instant,
}

impl Move {
    pub(super) fn due(&self) -> Instant {
        self.until.min(self.look)
    }
}

impl Client {
    pub(super) fn begin_move(&mut self, to: Epoch, broker: BrokerAddress, why: &'static str) {
        if !self.link.is_connected() || self.link.leaving.is_some() {
            return self.search.stayed(self.now.instant);
        }
        let (from, reason) = (self.link.broker(), why.to_owned());
        self.notify(Event::Moving { from, to: broker.clone(), reason });
        self.hold_consumers();
        let until = self.now.after(self.options.reconnect.drain_time);
        self.moving = Some(Move { to, broker, why, until, look: self.now.instant });
    }

    /// Looks whether it is time to go.
    pub(super) fn move_on(&mut self) {
        let Some(going) = self.moving.as_mut().filter(|_| self.link.is_connected()) else { return };
        let (to, late) = (going.to, going.until <= self.now.instant);
        going.look = self.now.instant + LOOK;
        self.flush_everything();
        if self.waits_for_broker() {
            if late {
                self.stay("it has not answered what was asked before");
                self.search.stayed(self.now.instant);
            }
        } else if late || self.is_settled() {
            self.part(to);
        }
    }

    /// How a commit or an acknowledgement ends is not known yet.
    fn waits_for_broker(&self) -> bool {
        let commits = self.ledger.any(|entry: &Entry| entry.commit().is_some());
        commits || !self.confirming.is_empty()
    }

    /// Nobody moves.
    pub(super) fn stay(&mut self, reason: &str) {
        if self.moving.take().is_none() {
            return;
        }
        let (broker, reason) = (self.link.broker(), reason.to_owned());
        self.notify(Event::Staying { broker, reason });
        self.release_consumers();
    }

    /// Says farewell, and counts as interrupted from here on: what is asked for now is for the next link.
    fn part(&mut self, to: Epoch) {
        let Some(Move { broker: next, why, .. }) = self.moving.take() else { return };
        self.remove_consumers();
        let connection = Command::from(self.registry.connection.clone());
        let mut farewell = Command::from(remove(connection, RemoveInfo::NONE_DELIVERED));
        let command_id = self.ledger.command_id();
        farewell.set_request(command_id, true);
        self.write(farewell);
        let deadline = self.now.after(FAREWELL);
        self.link.phase = Phase::Parting(Some(deadline), command_id, to);
        let (broker, epoch) = (self.link.broker(), self.link.epoch);
        let reason = format!("left for {next}: {why}");
        self.notify(Event::Interrupted { broker, reason, epoch });
        self.link.interrupted_at = Some(self.now.instant);
        self.interrupted();
    }
}
