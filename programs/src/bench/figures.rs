//! What was measured.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use serde_json::{Value, json};
use tokio::sync::watch;

use super::plan::Plan;
use crate::latency::Latency;

/// Of one run.
#[derive(Debug)]
pub(super) struct Figures {
    sent: AtomicU64,
    confirmed: AtomicU64,
    failed: AtomicU64,
    received: watch::Sender<u64>,
    redelivered: AtomicU64,
    /// Until the last one was sent and confirmed, and until the last one was received.
    ends: Mutex<(Duration, Duration)>,
    /// From handing a message over to its confirmation.
    pub(super) confirmation: Latency,
    /// From handing a message over to its arrival.
    pub(super) journey: Latency,
}

impl Default for Figures {
    fn default() -> Self {
        let counter = || AtomicU64::new(0);
        Self {
            sent: counter(),
            confirmed: counter(),
            failed: counter(),
            received: watch::Sender::new(0),
            redelivered: counter(),
            ends: Mutex::default(),
            confirmation: Latency::default(),
            journey: Latency::default(),
        }
    }
}

impl Figures {
    /// A message was sent, and confirmed or not asked to be, or it failed.
    pub(super) fn settled(&self, confirmed: Option<bool>, at: Duration) {
        match confirmed {
            Some(confirmed) => {
                self.sent.fetch_add(1, Ordering::Relaxed);
                self.confirmed.fetch_add(u64::from(confirmed), Ordering::Relaxed);
            }
            None => {
                self.failed.fetch_add(1, Ordering::Relaxed);
            }
        }
        self.end(at, Duration::ZERO);
    }

    /// Messages have arrived; how many all in all.
    pub(super) fn arrived(&self, messages: u64, redelivered: u64, at: Duration) -> u64 {
        self.redelivered.fetch_add(redelivered, Ordering::Relaxed);
        self.end(Duration::ZERO, at);
        self.received.send_modify(|received| *received += messages);
        *self.received.borrow()
    }

    fn end(&self, sent: Duration, received: Duration) {
        let mut ends = self.ends.lock().unwrap_or_else(PoisonError::into_inner);
        *ends = (ends.0.max(sent), ends.1.max(received));
    }

    fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// How many have arrived, as it grows.
    pub(super) fn received(&self) -> watch::Receiver<u64> {
        self.received.subscribe()
    }

    /// How many are to arrive: each consumer of a topic gets all, those of a queue share them.
    pub(super) fn expected(&self, plan: &Plan) -> u64 {
        let consumers = u64::from(plan.consumers);
        self.sent() * if plan.broker.is_topic() { consumers } else { consumers.min(1) }
    }

    /// Sent for sure, and not arrived.
    pub(super) fn missing(&self, plan: &Plan) -> u64 {
        self.expected(plan).saturating_sub(*self.received.borrow())
    }

    pub(super) fn failed(&self) -> u64 {
        self.failed.load(Ordering::Relaxed)
    }

    pub(super) fn json(&self, plan: &Plan) -> Value {
        let ends = *self.ends.lock().unwrap_or_else(PoisonError::into_inner);
        let received = *self.received.borrow();
        json!({
            "size": plan.size,
            "persistent": plan.persistent,
            "producers": plan.producers,
            "consumers": plan.consumers,
            "sent": self.sent(),
            "confirmed": self.confirmed.load(Ordering::Relaxed),
            "failed": self.failed(),
            "received": received,
            "redelivered": self.redelivered.load(Ordering::Relaxed),
            "missing": self.missing(plan),
            "sent_per_s": rate(self.sent(), ends.0),
            "received_per_s": rate(received, ends.1),
            "confirmation_ms": self.confirmation.json(),
            "journey_ms": self.journey.json(),
        })
    }

    /// A table.
    pub(super) fn text(&self, plan: &Plan) -> String {
        let ends = *self.ends.lock().unwrap_or_else(PoisonError::into_inner);
        let received = *self.received.borrow();
        let kind = if plan.persistent { "persistent" } else { "non-persistent" };
        let line = |what: &str, count, end, times: &Latency| {
            let times = times.text().unwrap_or_else(|| "-".to_owned());
            format!("{what:<9} {count:>10} {:>10.0}/s   {times}", rate(count, end))
        };
        [
            format!("{kind} messages of {} bytes", plan.size),
            line("sent", self.sent(), ends.0, &self.confirmation),
            line("received", received, ends.1, &self.journey),
        ]
        .join("\n")
    }
}

#[expect(clippy::cast_precision_loss, reason = "nobody counts to so many digits")]
fn rate(messages: u64, time: Duration) -> f64 {
    if time.is_zero() { 0.0 } else { messages as f64 / time.as_secs_f64() }
}
