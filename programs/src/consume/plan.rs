//! What a consumer is to do, and what all its receivers share.

use std::{
    sync::{Arc, Mutex, atomic::AtomicBool},
    time::Duration,
};

use crate::{
    arguments::BrokerArguments, interrupt::Interrupt, numbering::Tally, printing::Print,
    progress::Progress,
};

/// How messages are acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Treatment {
    /// As they are received
    #[value(name = "AUTO_ACKNOWLEDGE", alias = "auto")]
    Auto,
    /// In batches of --batchSize
    #[value(name = "CLIENT_ACKNOWLEDGE", alias = "client")]
    Client,
    /// As they are received, lazily
    #[value(name = "DUPS_OK_ACKNOWLEDGE", aliases = ["dups_ok", "dups"])]
    DupsOk,
    /// One by one
    #[value(name = "INDIVIDUAL_ACKNOWLEDGE", alias = "individual")]
    Individual,
    /// In transactions of --batchSize
    #[value(skip)]
    Transacted,
}

/// Durable subscriptions of a consumer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subscription {
    /// One for each receiver: consumer-1, consumer-2, …
    Numbered,
    /// One of this name.
    Named(String),
}

impl Subscription {
    /// That of a receiver.
    pub(super) fn of(&self, thread: u32) -> String {
        match self {
            Self::Numbered => format!("consumer-{thread}"),
            Self::Named(name) => name.clone(),
        }
    }
}

/// Everything the options say.
#[derive(Clone, Debug)]
pub struct Plan {
    /// How to reach the broker.
    pub broker: BrokerArguments,
    /// By each thread; 0 for all there are.
    pub messages: u64,
    /// Receivers.
    pub threads: u32,
    /// Between two messages.
    pub pause: Duration,
    /// Time after which no more are received.
    pub duration: Option<Duration>,
    /// Durable subscriptions.
    pub durable: Option<Subscription>,
    /// How to acknowledge.
    pub treatment: Treatment,
    /// Messages acknowledged together.
    pub batch: u64,
    /// JMS client id.
    pub client_id: Option<String>,
    /// Bytes messages are text.
    pub bytes_as_text: bool,
    /// JMS selector.
    pub selector: Option<String>,
    /// Print messages.
    pub print: Option<Print>,
    /// Delete durable subscriptions instead of receiving.
    pub unsubscribe: bool,
    /// Time without any message after which to give up.
    pub patience: Option<Duration>,
}

impl Plan {
    pub(super) fn subscription(&self, thread: u32) -> String {
        self.durable.as_ref().unwrap_or(&Subscription::Numbered).of(thread)
    }
}

#[derive(Clone)]
pub(super) struct Shared {
    pub(super) plan: Arc<Plan>,
    pub(super) tally: Arc<Mutex<Tally>>,
    pub(super) interrupt: Interrupt,
    pub(super) progress: Progress,
    /// A receiver waited in vain.
    pub(super) gave_up: Arc<AtomicBool>,
}
