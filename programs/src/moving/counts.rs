//! What became of the messages.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use serde_json::json;

use crate::output;

/// Counts of messages.
#[derive(Debug, Default)]
pub(super) struct Counts {
    moved: AtomicU64,
    in_doubt: AtomicU64,
    /// The queue shows more messages than were given out.
    pub(super) left: AtomicBool,
}

impl Counts {
    /// A transaction is final.
    pub(super) fn moved(&self, messages: u64) -> u64 {
        self.moved.fetch_add(messages, Ordering::Relaxed) + messages
    }

    /// A transaction happened or not; what did not happen comes again.
    pub(super) fn doubted(&self, messages: u64) {
        self.in_doubt.fetch_add(messages, Ordering::Relaxed);
    }

    /// Messages whose transaction is final.
    pub(super) fn all(&self) -> u64 {
        self.moved.load(Ordering::Relaxed)
    }

    /// Prints the summary.
    pub(super) fn report(&self, as_json: bool, elapsed_s: f64) {
        let (moved, in_doubt) = (self.all(), self.in_doubt.load(Ordering::Relaxed));
        let left = self.left.load(Ordering::Relaxed);
        if as_json {
            let summary = json!({ "moved": moved, "in_doubt": in_doubt, "some_left": left,
                "elapsed_s": elapsed_s });
            // Whoever does not read it does not want it.
            drop(output::line(&summary.to_string()));
        }
        let doubt = match in_doubt {
            0 => String::new(),
            messages => format!(", of {messages} it is not known"),
        };
        output::note(&format!("{moved} messages{doubt} in {elapsed_s:.3} s"));
    }
}
