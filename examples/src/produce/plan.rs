//! What a producer is to do, and what all its senders share.

use std::{sync::Arc, time::Duration};

use tokio::sync::{Mutex, mpsc, watch};

use super::counts::Counts;
use crate::{
    arguments::BrokerArguments, interrupt::Interrupt, payload::Payload, progress::Progress,
};

/// Everything the options say.
#[derive(Clone, Debug)]
pub struct Plan {
    /// How to reach the broker.
    pub broker: BrokerArguments,
    /// Bodies.
    pub payload: Payload,
    /// Bodies are the lines of standard input instead.
    pub from_lines: bool,
    /// By each thread.
    pub messages: u64,
    /// Senders.
    pub threads: u32,
    /// Between two messages.
    pub pause: Duration,
    /// Delivery mode.
    pub persistent: bool,
    /// Messages in a transaction; 0 for none.
    pub batch: u64,
    /// Time until a message expires.
    pub time_to_live: Option<Duration>,
    /// `JMSXGroupID`.
    pub group: Option<String>,
    /// 0 to 9.
    pub priority: u8,
    /// Note the time of sending.
    pub timestamps: bool,
}

/// Lines of standard input, shared by all senders.
pub(super) type Lines = Arc<Mutex<mpsc::Receiver<std::io::Result<String>>>>;

/// What every sender needs.
#[derive(Clone)]
pub(super) struct Shared {
    pub(super) plan: Arc<Plan>,
    pub(super) counts: Arc<Counts>,
    pub(super) lines: Option<Lines>,
    pub(super) interrupt: Interrupt,
    pub(super) progress: Progress,
    /// A sender failed for good, so that the others end, too.
    pub(super) failed: watch::Sender<bool>,
}

impl Shared {
    /// Whether senders are to end.
    pub(super) fn is_ending(&self) -> bool {
        self.interrupt.is_asked() || *self.failed.borrow()
    }

    /// The result of `work`; `None` if it is time to end first.
    pub(super) async fn unless_ending<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let mut failed = self.failed.subscribe();
        tokio::select! {
            result = self.interrupt.unless_asked(work) => result,
            _ = failed.wait_for(|failed| *failed) => None,
        }
    }
}
