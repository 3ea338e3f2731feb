//! What became of the messages.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use relaismq::{Receipt, SendError, SendOutcome};
use serde_json::json;

use crate::{latency::Latency, output};

/// Counts of messages. What was sent and is none of the others was handed to a living connection
/// without asking for a confirmation.
#[derive(Debug, Default)]
pub(super) struct Counts {
    sent: AtomicU64,
    confirmed: AtomicU64,
    unknown: AtomicU64,
    not_sent: AtomicU64,
    /// From handing a message over to its confirmation.
    pub(super) latency: Latency,
}

/// What became of messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// The broker has them.
    Confirmed,
    /// The connection has them; nobody asked for a confirmation.
    HandedOver,
    /// The broker has them or not.
    Unknown,
    /// The broker does not have them.
    NotSent,
}

impl Fate {
    /// Of one message.
    pub(super) fn of(outcome: &Result<Receipt, SendError>) -> Self {
        match outcome.as_ref().map_err(SendError::outcome) {
            Ok(receipt) if receipt.confirmed() => Self::Confirmed,
            Ok(_) => Self::HandedOver,
            Err(SendOutcome::Unknown) => Self::Unknown,
            Err(SendOutcome::NotSent | SendOutcome::Refused) => Self::NotSent,
        }
    }
}

impl Counts {
    /// Notes what became of some messages; gives how many have ended now.
    pub(super) fn note(&self, messages: u64, fate: Fate) -> u64 {
        match fate {
            Fate::Confirmed => self.confirmed.fetch_add(messages, Ordering::Relaxed),
            Fate::Unknown => self.unknown.fetch_add(messages, Ordering::Relaxed),
            Fate::NotSent => self.not_sent.fetch_add(messages, Ordering::Relaxed),
            Fate::HandedOver => 0,
        };
        self.sent.fetch_add(messages, Ordering::Relaxed) + messages
    }

    /// Everything is with the broker, or was handed over as asked.
    pub(super) fn are_clean(&self) -> bool {
        let [_, _, unknown, not_sent] = self.all();
        unknown == 0 && not_sent == 0
    }

    fn all(&self) -> [u64; 4] {
        [&self.sent, &self.confirmed, &self.unknown, &self.not_sent]
            .map(|count| count.load(Ordering::Relaxed))
    }

    /// Prints the summary.
    pub(super) fn report(&self, as_json: bool, elapsed: Duration) {
        let [sent, confirmed, unknown, not_sent] = self.all();
        let elapsed_s = elapsed.as_secs_f64();
        if as_json {
            let summary = json!({ "sent": sent, "confirmed": confirmed, "unknown": unknown,
                "not_sent": not_sent, "elapsed_s": elapsed_s, "latency_ms": self.latency.json() });
            // Whoever does not read it does not want it.
            drop(output::line(&summary.to_string()));
        }
        let handed_over = match sent - confirmed - unknown - not_sent {
            0 => String::new(),
            messages => format!(", handed over without confirmation {messages}"),
        };
        output::note(&format!(
            "sent {sent}, confirmed {confirmed}{handed_over}, unknown {unknown}, not sent {not_sent} in \
             {elapsed_s:.3} s"
        ));
        if let Some(times) = self.latency.text() {
            output::note(&format!("time to the confirmation: {times}"));
        }
    }
}
