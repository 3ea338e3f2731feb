//! What is to be moved, and where to.

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use relaismq::{Received, SendOptions, Target};

use super::counts::Counts;
use crate::{
    arguments::{self, BrokerArguments},
    interrupt::Interrupt,
    progress::Progress,
};

/// What becomes of the messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Aim {
    /// They go to this queue or topic.
    To(String),
    /// They go back to where they were sent first, before the broker buried them.
    Back,
    /// They are thrown away.
    Away,
}

/// Everything the options say.
#[derive(Clone, Debug)]
pub struct Plan {
    /// How to reach the broker, and the queue to take messages from.
    pub broker: BrokerArguments,
    /// What becomes of them.
    pub aim: Aim,
    /// JMS selector.
    pub selector: Option<String>,
    /// So many, from the front; 0 for all.
    pub messages: u64,
    /// Messages in a transaction.
    pub batch: u64,
    /// Time without any message after which the queue seems empty.
    pub patience: Duration,
    /// Only say how many there are.
    pub dry_run: bool,
    /// Nobody is asked.
    pub agreed: bool,
}

impl Plan {
    /// Where a message goes; `None` if it is thrown away.
    pub(super) fn target(&self, message: &Received) -> anyhow::Result<Option<Target>> {
        match &self.aim {
            Aim::To(name) => arguments::target(name).map(Some).map_err(anyhow::Error::msg),
            Aim::Back => {
                let origin = message.original_destination().cloned();
                let id = message.message_id().map(ToString::to_string).unwrap_or_default();
                let origin = origin.with_context(|| {
                    format!("message {id} does not say where it came from: name a queue for it")
                })?;
                Ok(Some(origin.into()))
            }
            Aim::Away => Ok(None),
        }
    }

    /// As a question or a heading has it.
    pub(super) fn deed(&self) -> String {
        let from = &self.broker.destination;
        match &self.aim {
            Aim::To(name) => format!("move from {from} to {name}"),
            Aim::Back => format!("move from {from} to where they came from"),
            Aim::Away => format!("delete from {from}"),
        }
    }
}

/// With the delivery mode, the priority and the end that a message has.
pub(super) fn options_of(message: &Received) -> SendOptions {
    let options =
        SendOptions::default().persistent(message.persistent()).priority(message.priority());
    match message.expiration() {
        // What is over by now lives for one more millisecond: without an end it would stay for ever.
        Some(end) => {
            let left = end.duration_since(std::time::SystemTime::UNIX_EPOCH).unwrap_or_default();
            let now = std::time::UNIX_EPOCH.elapsed().unwrap_or_default();
            options.time_to_live(left.saturating_sub(now).max(Duration::from_millis(1)))
        }
        None => options,
    }
}

/// What the parts share.
#[derive(Clone)]
pub(super) struct Shared {
    pub(super) plan: Arc<Plan>,
    pub(super) counts: Arc<Counts>,
    pub(super) interrupt: Interrupt,
    pub(super) progress: Progress,
}
