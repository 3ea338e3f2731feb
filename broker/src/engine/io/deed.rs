//! What the engine can be told to do with messages, by whoever looks after it.

use std::collections::BTreeSet;

use relaismq_openwire::{Destination, Message, Text};

use crate::selector::Selector;

/// What is to be done. It is answered when the store has kept what it changes.
#[derive(Debug)]
pub enum Deed {
    /// A message is sent, without a client. Its id is given by the broker.
    Send {
        /// A single queue or topic, made if it is new.
        to: Destination,
        /// Body, properties and headers.
        message: Box<Message>,
    },
    /// Messages of a queue are looked through, up to the one that came last when it began. What consumers have
    /// been given, and what has not been confirmed, is left alone.
    Each {
        /// The queue's physical name.
        queue: Text,
        /// Which of them.
        pick: Pick,
        /// What becomes of them.
        fate: Fate,
    },
    /// A queue goes with all that is in it. Its consumers wait for it to come back.
    Delete {
        /// Its physical name.
        queue: Text,
    },
}

/// Which messages are meant.
#[derive(Debug)]
pub enum Pick {
    /// All.
    All,
    /// Those with these ids, as they are written.
    Ids(BTreeSet<String>),
    /// Those that it selects.
    Where(Selector),
}

/// What becomes of messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// They go to another destination: each leaves and arrives together or not at all.
    Move(Destination),
    /// Copies go to another destination.
    Copy(Destination),
    /// They go back to where they were sent first. Those that do not say where stay.
    Retry,
    /// They are dropped.
    Purge,
}
