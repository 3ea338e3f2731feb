//! The phases of the link: from the first dial to a confirmed restore, and round again.
//!
//! ```text
//! Waiting -> Dialling -> Negotiating -> LoggingIn -> Restoring -> Connected
//!    ^           |            |             |            |            |
//!    +-----------+------------+-------------+------------+------------+   lost, refused, too late
//! ```

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    time::Instant,
};

use super::{
    backoff::ReconnectDelays,
    endpoints::BrokerList,
    heartbeat::Heartbeat,
    io::{ConsumerKey, Epoch, ProducerKey},
    one_way::OneWay,
};
use crate::options::{BrokerAddress, Endpoint};

/// Where the link is.
#[derive(Debug)]
pub(crate) enum Phase {
    /// Until the next pass.
    Waiting(Instant),
    /// The driver opens a socket.
    Dialling,
    /// The peer's `WireFormatInfo` is awaited.
    Negotiating(Deadline),
    /// The answer to the `ConnectionInfo` with this command id is awaited.
    LoggingIn(Deadline, i32),
    /// The answers to these commands are awaited.
    Restoring(Deadline, BTreeMap<i32, Restored>),
    /// In use.
    Connected,
    /// In use, until the answer to the last command or the deadline.
    Closing(Deadline),
    /// For good; why, if the application did not ask for it.
    Ended(Option<String>),
}

impl Phase {
    /// What the broker that is being tried has not done yet.
    const fn missing(&self) -> Option<&'static str> {
        match self {
            Self::Dialling => Some("no answer to the attempt to connect yet"),
            Self::Negotiating(_) => Some("it accepted, but has sent no WireFormatInfo yet"),
            Self::LoggingIn(..) => Some("it has not answered the login yet"),
            Self::Restoring(..) => Some("it has not confirmed everything restored yet"),
            Self::Waiting(_) | Self::Connected | Self::Closing(_) | Self::Ended(_) => None,
        }
    }
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
    pub(crate) list: BrokerList,
    pub(crate) delays: ReconnectDelays,
    /// Brokers of this pass that have not been tried.
    pub(crate) pass: VecDeque<Endpoint>,
    /// The last failure of each broker since the last success.
    pub(crate) failures: Vec<(BrokerAddress, String)>,
    /// Logins refused since the last success.
    pub(crate) refusals: HashMap<BrokerAddress, u32>,
    pub(crate) interrupted_at: Option<Instant>,
    pub(crate) attempts: u32,
    pub(crate) ever_connected: bool,
    pub(crate) heartbeat: Heartbeat,
    /// Restored with the link that is being established.
    pub(crate) restored: usize,
    /// Messages that are not sent again on the next one.
    pub(crate) one_way: OneWay,
}

impl Link {
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

    /// A socket exists, or is being opened.
    pub(crate) const fn is_up(&self) -> bool {
        !matches!(self.phase, Phase::Waiting(_) | Phase::Ended(_))
    }

    pub(crate) fn broker(&self) -> BrokerAddress {
        let fallback = || Endpoint::tcp("localhost", Endpoint::DEFAULT_PORT);
        self.endpoint.clone().unwrap_or_else(fallback).address
    }

    pub(crate) fn note_failure(&mut self, reason: &str) {
        let broker = self.broker();
        self.list.failed(&broker);
        self.failures.retain(|(other, _)| *other != broker);
        self.failures.push((broker, reason.to_owned()));
    }

    /// Why there is no connection: the last failure of each broker, what is missing from the one that
    /// is being tried, and which were not tried.
    pub(crate) fn shortcomings(&self) -> Vec<(BrokerAddress, String)> {
        let mut found = self.failures.clone();
        if let Some(missing) = self.phase.missing() {
            let broker = self.broker();
            found.retain(|(other, _)| *other != broker);
            found.push((broker, missing.to_owned()));
        }
        for endpoint in &self.pass {
            if !found.iter().any(|(other, _)| *other == endpoint.address) {
                found.push((endpoint.address.clone(), "not tried yet".to_owned()));
            }
        }
        found
    }

    /// The last failure of each broker, in words.
    pub(crate) fn reasons(&self) -> String {
        let failures = self.failures.iter();
        let reasons = failures.map(|(broker, reason)| format!("{broker}: {reason}"));
        reasons.collect::<Vec<_>>().join("; ")
    }

    /// What limits the phase.
    pub(crate) const fn deadline(&self) -> Deadline {
        match &self.phase {
            Phase::Waiting(until) => Some(*until),
            Phase::Negotiating(until)
            | Phase::LoggingIn(until, _)
            | Phase::Restoring(until, _)
            | Phase::Closing(until) => *until,
            Phase::Dialling | Phase::Connected | Phase::Ended(_) => None,
        }
    }
}
