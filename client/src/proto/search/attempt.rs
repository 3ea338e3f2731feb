//! One attempt to reach a broker, up to its introduction.

use std::time::{Duration, Instant};

use relaismq_openwire::{Agreed, WireFormatInfo};

use super::super::{epoch::Epoch, login};
use crate::options::{BrokerAddress, Endpoint};

/// How far it is.
#[derive(Debug)]
pub(crate) struct Attempt {
    pub(crate) epoch: Epoch,
    pub(crate) endpoint: Endpoint,
    pub(crate) started: Instant,
    pub(crate) progress: Progress,
}

#[derive(Debug)]
pub(crate) enum Progress {
    /// The driver opens a socket.
    Dialling,
    /// The peer's `WireFormatInfo` is awaited, until then.
    Introducing(Option<Instant>),
    /// The peer has introduced itself.
    Ready(Box<Agreed>),
}

impl Attempt {
    pub(crate) fn broker(&self) -> &BrokerAddress {
        &self.endpoint.address
    }

    pub(crate) fn age(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.started)
    }

    pub(crate) const fn is_ready(&self) -> bool {
        matches!(self.progress, Progress::Ready(_))
    }

    pub(crate) const fn deadline(&self) -> Option<Instant> {
        match self.progress {
            Progress::Introducing(until) => until,
            Progress::Dialling | Progress::Ready(_) => None,
        }
    }

    /// What is missing, while it is under way.
    pub(crate) const fn missing(&self) -> &'static str {
        match self.progress {
            Progress::Dialling => "no answer to the attempt to connect yet",
            Progress::Introducing(_) => "it accepted, but has sent no WireFormatInfo yet",
            Progress::Ready(_) => "it waits for its turn to log in",
        }
    }

    /// What is agreed with a peer that has introduced itself so.
    pub(crate) fn agree(&self, theirs: &WireFormatInfo) -> Result<Box<Agreed>, String> {
        let agreed = login::preferences(&self.endpoint).negotiate(theirs);
        agreed.map(Box::new).map_err(|error| error.to_string())
    }
}
