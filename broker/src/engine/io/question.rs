//! What the engine can be asked.

use relaismq_openwire::{Text, destination::Kind};

use super::{Link, deed::Deed};
use crate::{model::SubscriptionKey, selector::Selector};

/// Names a question until it is answered. Whoever asks chooses it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Token(pub u64);

/// What can be asked. Lists come in pages of at most `limit`: a next one begins behind the last name.
#[derive(Debug)]
pub enum Question {
    /// Does something that this client has sent wait for room? [`super::Report::Waits`]
    Waits(Link),
    /// How much is in memory? [`super::Report::Memory`]
    Memory,
    /// What is there to say of the broker as a whole? [`super::Report::Figures`]
    Figures,
    /// Which queues or topics are there? [`super::Report::Destinations`], without advisory topics.
    Destinations {
        /// Queues or topics; temporary ones are of their own kinds.
        kind: Kind,
        /// Only those behind this name.
        after: Option<Text>,
        /// At most so many.
        limit: usize,
    },
    /// What is there to say of this one? [`super::Report::Destinations`] with one or none.
    Destination {
        /// Queue or topic.
        kind: Kind,
        /// Its physical name.
        name: Text,
    },
    /// Which durable subscriptions are there? [`super::Report::Subscriptions`]
    Subscriptions {
        /// Only those behind this one.
        after: Option<SubscriptionKey>,
        /// At most so many.
        limit: usize,
    },
    /// Who is connected? [`super::Report::Connections`]
    Connections {
        /// Only those that came after this one.
        after: Option<Link>,
        /// At most so many.
        limit: usize,
    },
    /// What is in this queue? [`super::Report::Messages`]. Nothing is taken.
    Browse {
        /// Its physical name.
        queue: Text,
        /// Only what it selects.
        selector: Option<Selector>,
        /// Only what came behind this sequence.
        after: u64,
        /// At most so many.
        limit: usize,
    },
    /// Do something. [`super::Report::Done`] or [`super::Report::Refused`].
    Do(Deed),
}
