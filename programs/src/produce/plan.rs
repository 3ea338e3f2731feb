//! What a producer is to do, and what all its senders share.

use std::{sync::Arc, time::Duration};

use relaismq::SendOptions;
use tokio::sync::{Mutex, mpsc, watch};

use super::{counts::Counts, stamp::Stamp};
use crate::{
    arguments::BrokerArguments, interrupt::Interrupt, lines::Line, payload::Payload,
    progress::Progress,
};

/// Everything the options say.
#[derive(Clone, Debug)]
pub struct Plan {
    /// How to reach the broker.
    pub broker: BrokerArguments,
    /// Bodies.
    pub payload: Payload,
    /// Messages are the lines of standard input instead.
    pub input: Option<Input>,
    /// Lines of text go into bytes messages.
    pub as_bytes: bool,
    /// By each thread.
    pub messages: u64,
    /// Time after which no more are sent.
    pub duration: Option<Duration>,
    /// Messages get the name of their run and a number.
    pub numbered: bool,
    /// Senders.
    pub threads: u32,
    /// Between two messages.
    pub pause: Duration,
    /// Messages in a second, of all senders together.
    pub rate: Option<u32>,
    /// Delivery mode.
    pub persistent: bool,
    /// Messages in a transaction; 0 for none.
    pub batch: u64,
    /// Time until a message expires.
    pub time_to_live: Option<Duration>,
    /// What all messages get.
    pub stamp: Stamp,
    /// 0 to 9.
    pub priority: u8,
    /// Note the time of sending.
    pub timestamps: bool,
}

/// What the lines of standard input are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Input {
    /// Bodies
    Text,
    /// Whole messages, as `consumer --print json` writes them
    Json,
}

impl Plan {
    /// How messages are sent whose line does not say it.
    pub(super) fn options(&self) -> SendOptions {
        let options = SendOptions::default().persistent(self.persistent).priority(self.priority);
        match self.time_to_live {
            Some(time) => options.time_to_live(time),
            None => options,
        }
    }
}

/// Lines of standard input, shared by all senders.
pub(super) type Lines = Arc<Mutex<mpsc::Receiver<std::io::Result<Line>>>>;

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
