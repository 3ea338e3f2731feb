//! The link that is logged in to: from the login to a confirmed restore, in use, and its end. Finding a
//! broker comes before and is the business of `search`.
//!
//! ```text
//! Down -> LoggingIn -> Restoring -> Connected -> Closing
//!  ^          |            |          |   |         |
//!  +----------+------------+----------+   |         +-> Ended
//!  |     lost, refused, too late          |
//!  +------------------ Parting <----------+
//!                                   left for another broker
//! ```

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use super::{
    answers::Answers,
    heartbeat::Heartbeat,
    io::{ConsumerKey, Epoch, ProducerKey},
    one_way::OneWay,
};
use crate::options::{BrokerAddress, Endpoint};

/// Where the link is.
#[derive(Debug)]
pub(crate) enum Phase {
    /// There is none.
    Down,
    /// The answer to the `ConnectionInfo` with this command id is awaited.
    LoggingIn(Deadline, i32),
    /// The answers to these commands are awaited.
    Restoring(Deadline, BTreeMap<i32, Restored>),
    /// In use.
    Connected,
    /// Left for another broker, whose spare it is: the answer to the farewell with this command id is
    /// awaited, so that the broker knows how far the application is.
    Parting(Deadline, i32, Epoch),
    /// In use, until the answer to the last command, the deadline, or a silence that is not usual.
    Closing(Deadline),
    /// For good; why, if the application did not ask for it.
    Ended(Option<String>),
}

/// `None`: no limit.
pub(crate) type Deadline = Option<Instant>;

/// What an answer during a restore is about.
#[derive(Clone, Debug)]
pub(crate) enum Restored {
    Producer(ProducerKey),
    Consumer(ConsumerKey),
    Other(&'static str),
}

#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) phase: Phase,
    pub(crate) epoch: Epoch,
    pub(crate) endpoint: Option<Endpoint>,
    pub(crate) interrupted_at: Option<Instant>,
    pub(crate) heartbeat: Heartbeat,
    pub(crate) answers: Answers,
    /// The application closes the connection: since when a peer that is silent is not waited for.
    pub(crate) leaving: Option<Instant>,
    /// Restored with the link that is being established.
    pub(crate) restored: usize,
    /// Messages that are not sent again on the next one.
    pub(crate) one_way: OneWay,
}

impl Link {
    pub(crate) fn down(now: Instant) -> Self {
        Self {
            phase: Phase::Down,
            epoch: Epoch::default(),
            endpoint: None,
            interrupted_at: None,
            heartbeat: Heartbeat::off(now),
            answers: Answers::default(),
            leaving: None,
            restored: 0,
            one_way: OneWay::default(),
        }
    }

    pub(crate) const fn is_connected(&self) -> bool {
        matches!(self.phase, Phase::Connected)
    }

    /// What is written now reaches the broker behind what is being restored.
    pub(crate) const fn is_writable(&self) -> bool {
        matches!(self.phase, Phase::Connected | Phase::Restoring(..))
    }

    pub(crate) const fn has_ended(&self) -> bool {
        matches!(self.phase, Phase::Ended(_))
    }

    /// There is a socket.
    pub(crate) const fn is_up(&self) -> bool {
        !matches!(self.phase, Phase::Down | Phase::Ended(_))
    }

    pub(crate) fn broker(&self) -> BrokerAddress {
        let fallback = || Endpoint::tcp("localhost", Endpoint::DEFAULT_PORT);
        self.endpoint.clone().unwrap_or_else(fallback).address
    }

    /// What the broker has not done yet.
    pub(crate) fn missing(&self) -> Option<(BrokerAddress, &'static str)> {
        let missing = match self.phase {
            Phase::LoggingIn(..) => "it has not answered the login yet",
            Phase::Restoring(..) => "it has not confirmed everything restored yet",
            Phase::Down
            | Phase::Connected
            | Phase::Parting(..)
            | Phase::Closing(_)
            | Phase::Ended(_) => return None,
        };
        Some((self.broker(), missing))
    }

    /// What limits the phase.
    pub(crate) fn deadline(&self) -> Deadline {
        match &self.phase {
            Phase::LoggingIn(until, _) | Phase::Restoring(until, _) | Phase::Parting(until, ..) => {
                *until
            }
            Phase::Closing(until) => [*until, self.silence_due()].into_iter().flatten().min(),
            Phase::Connected => self.silence_due(),
            Phase::Down | Phase::Ended(_) => None,
        }
    }

    /// When the peer has been silent for longer than usual, for somebody who wants to go. Never while it may
    /// have something to read that nobody else would hear of: a machine that pauses is no reason to lose it.
    fn silence_due(&self) -> Deadline {
        if self.one_way.is_unproven() {
            return None;
        }
        let since = self.leaving?.max(self.heartbeat.last_sign());
        since.checked_add(self.answers.patience())
    }

    /// Whoever looks at the clock that late was held up himself, and may have signs of the peer's life
    /// unread: the peer gets its time once more. True if that is so.
    pub(crate) fn excuses_silence(&mut self, now: Instant) -> bool {
        let late = self.silence_due().is_some_and(|due| due + HELD_UP < now);
        if late {
            self.leaving = Some(now);
        }
        late
    }
}

/// No timer is late by more than that on a machine that is not overloaded.
const HELD_UP: Duration = Duration::from_millis(50);
