//! The whole contract of the engine: what goes in, what comes out. `question` is what it can be asked from
//! outside, `deed` what it can be told to do, `report` what it tells of both.

mod deed;
mod question;
mod report;

use std::{fmt, sync::Arc};

use relaismq_openwire::{Command, Text};

pub use self::{
    deed::{Deed, Fate, Pick},
    question::{Question, Token},
    report::{
        ConnectionReport, Counts, DestinationReport, Figures, Report, Seen, SubscriptionReport,
    },
};

pub use crate::model::Ticket;
use crate::model::{Batch, Container, StoreError, StoredMessage};

/// Names one client connection for as long as the broker runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Link(pub u64);

/// What happens to the engine.
#[derive(Debug)]
pub enum Input {
    /// A client connected and agreed on a wire format.
    Opened {
        /// Its connection.
        link: Link,
        /// Its address, for logs and `clientIp`.
        peer: String,
        /// The address of the broker by which it came.
        connector: Text,
        /// The name in the certificate by which it has proven who it is, if it has: that is its user, whatever
        /// its login says.
        certificate: Option<Text>,
    },
    /// Commands of a client, in the order it sent them. Wire format and keep-alive frames are
    /// dealt with before.
    Received {
        /// Its connection.
        link: Link,
        /// At least one.
        commands: Vec<Command>,
    },
    /// So much of what was sent to a client has left for its socket.
    Written {
        /// Its connection.
        link: Link,
        /// As [`Effect::Send`] counted them.
        bytes: usize,
    },
    /// A connection is gone, in whatever way.
    Closed {
        /// Which.
        link: Link,
        /// How, for the log.
        parting: Parting,
    },
    /// The store has made a batch durable.
    Stored {
        /// Of [`Effect::Store`].
        ticket: Ticket,
    },
    /// The store has not kept a batch.
    StoreFailed {
        /// Of [`Effect::Store`].
        ticket: Ticket,
        /// Why.
        error: Arc<StoreError>,
        /// What it has not kept.
        batch: Batch,
    },
    /// The store has read a page.
    Paged {
        /// Of [`Effect::Page`].
        ticket: Ticket,
        /// In order; empty at the end of the container.
        messages: Vec<StoredMessage>,
    },
    /// The store could not read a page.
    PageFailed {
        /// Of [`Effect::Page`].
        ticket: Ticket,
        /// Why.
        error: Arc<StoreError>,
    },
    /// Somebody wants to know something, or wants something done; [`Effect::Tell`] answers, after everything
    /// that happened before. What changes messages is answered when the store has kept it.
    Ask {
        /// For the answer.
        token: Token,
        /// What.
        question: Question,
    },
}

/// How a connection ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Parting {
    /// The client said goodbye.
    Orderly,
    /// The client's side is gone, and why.
    Lost(String),
    /// The broker has ended it, and why.
    CutOff(String),
}

impl fmt::Display for Parting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Orderly => f.write_str("orderly end"),
            Self::Lost(reason) => write!(f, "connection lost: {reason}"),
            Self::CutOff(reason) => write!(f, "cut off: {reason}"),
        }
    }
}

/// What the engine wants done, in this order.
#[derive(Debug)]
pub enum Effect {
    /// Send a command to a client.
    Send {
        /// Its connection.
        link: Link,
        /// What.
        command: Command,
        /// What it takes in memory until it is written, to be quoted in [`Input::Written`].
        bytes: usize,
    },
    /// Make a batch durable and report [`Input::Stored`].
    Store {
        /// To quote.
        ticket: Ticket,
        /// What.
        batch: Batch,
        /// The last failure that the engine knows of. If another batch has found no room since, this
        /// one must not find any either: it would come before that one, which is tried again.
        knows: Ticket,
    },
    /// Read stored messages and report [`Input::Paged`].
    Page {
        /// To quote.
        ticket: Ticket,
        /// Where.
        container: Container,
        /// Only those behind this sequence.
        after: u64,
        /// At most so many.
        max_count: usize,
        /// And about so many bytes.
        max_bytes: usize,
    },
    /// Stop reading from a client until [`Effect::Resume`]: it sends faster than there is room.
    Pause {
        /// Its connection.
        link: Link,
    },
    /// Read from a client again.
    Resume {
        /// Its connection.
        link: Link,
    },
    /// A client has logged in: it may send large commands now.
    Admit {
        /// Its connection.
        link: Link,
    },
    /// Write what is queued for a client, then close its connection. [`Input::Closed`] follows.
    Close {
        /// Its connection.
        link: Link,
        /// For the log.
        reason: String,
    },
    /// The answer to [`Input::Ask`].
    Tell {
        /// As it was asked.
        token: Token,
        /// What there is to say.
        report: Report,
    },
    /// The broker cannot go on (the store failed for good): log it and stop as a failed master.
    Fail {
        /// Why.
        reason: String,
    },
}
