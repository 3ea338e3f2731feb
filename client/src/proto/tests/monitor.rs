//! ActiveMQ's inactivity monitor, as far as its peer sees it: it looks again and again whether something
//! was sent since the last time, and sends a sign of life if not. It begins to look after its own initial
//! delay, whatever the peer's is.

use std::time::{Duration, Instant};

use relaismq_openwire::KeepAliveInfo;

use super::broker::Broker;

#[derive(Clone, Copy, Debug)]
pub(super) struct Monitor {
    next: Instant,
    every: Duration,
    spoke: bool,
}

impl Monitor {
    pub(super) fn start(now: Instant, initial_delay: Duration, limit: Duration) -> Option<Self> {
        let every = limit / 3;
        (!every.is_zero()).then_some(Self { next: now + initial_delay, every, spoke: false })
    }

    pub(super) fn said(&mut self) {
        self.spoke = true;
    }

    pub(super) const fn next(&self) -> Instant {
        self.next
    }
}

impl Broker {
    /// What its monitor does now.
    pub(super) fn monitor(&mut self, now: Instant) {
        while let Some(monitor) = self.monitor.as_mut().filter(|monitor| monitor.next <= now) {
            monitor.next += monitor.every;
            if !std::mem::take(&mut monitor.spoke) {
                self.out.push_back(KeepAliveInfo::default().into());
            }
        }
    }
}
