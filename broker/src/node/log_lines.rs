//! What the log says of this broker as a whole, in words that operators of ActiveMQ look for: `is starting`, `started`,
//! `giving up being a master`, `is shutting down`, `is shutdown` (ActiveMQ `BrokerService`, `LockableServiceSupport`,
//! `TransportServerThreadSupport`).
//!
//! What is about a lock is said where that is taken.

use std::{fmt, time::Duration};

use tracing::{info, warn};

/// A broker as its log names it.
pub(crate) struct Lines<'a> {
    pub(crate) name: &'a str,
}

/// Not ActiveMQ, and found by who looks for that.
const PRODUCT: &str =
    concat!("RelaisMQ ", env!("CARGO_PKG_VERSION"), " in place of Apache ActiveMQ");

impl Lines<'_> {
    /// It has the lock, and opens the store. As in ActiveMQ, a slave does not say that.
    pub(crate) fn is_starting(&self, term: u64) {
        info!(term, "{PRODUCT} ({}) is starting", self.name);
    }

    /// It serves.
    pub(crate) fn started(&self, term: u64, urls: &str) {
        for url in urls.split(',') {
            info!("Listening for connections at: {url}");
        }
        info!(term, addresses = urls, "{PRODUCT} ({}) started: it is the master now", self.name);
    }

    /// It is a slave again.
    pub(crate) fn demoted(&self, why: &str) {
        warn!(
            why,
            "{}, no longer able to keep the exclusive lock so giving up being a master. Demoted to slave: clients were \
             cut off without an answer, ports are closed",
            self.name
        );
    }

    /// It was asked to.
    pub(crate) fn is_shutting_down(&self) {
        info!("{PRODUCT} ({}) is shutting down", self.name);
    }

    /// In order, whatever it was.
    pub(crate) fn is_shutdown(&self, uptime: Duration) {
        info!("{PRODUCT} ({}) is shutdown, uptime {}", self.name, Uptime(uptime));
    }
}

/// A time as people say it: the two largest units of it.
struct Uptime(Duration);

impl fmt::Display for Uptime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        match (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60, seconds % 60) {
            (0, 0, 0, _) => write!(f, "{:.3} seconds", self.0.as_secs_f64()),
            (0, 0, minutes, seconds) => write!(f, "{minutes} minutes {seconds} seconds"),
            (0, hours, minutes, _) => write!(f, "{hours} hours {minutes} minutes"),
            (days, hours, ..) => write!(f, "{days} days {hours} hours"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_uptime_has_its_two_largest_units() {
        let said = |seconds| Uptime(Duration::from_millis(seconds)).to_string();
        assert_eq!(said(1_234), "1.234 seconds");
        assert_eq!(said(182_000), "3 minutes 2 seconds");
        assert_eq!(said(7_500_000), "2 hours 5 minutes");
        assert_eq!(said(90_000_000), "1 days 1 hours");
    }
}
