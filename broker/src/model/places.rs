//! Where messages wait.

use relaismq_openwire::Text;

/// Where a stored message waits.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Container {
    /// A queue, by its physical name.
    Queue(Text),
    /// A durable topic subscription.
    Subscription(SubscriptionKey),
    /// A topic, by its physical name: what is published on it, for stores that keep it once. Nobody
    /// else has to do with it.
    Topic(Text),
    /// A topic subscriber that is not durable and is behind, by a number that no other has while the
    /// process lives. Everything in it is transient.
    Subscriber(u64),
}

impl Container {
    /// What is in it may be there after the next start.
    #[must_use]
    pub const fn is_lasting(&self) -> bool {
        !matches!(self, Self::Subscriber(_))
    }
}

/// A durable subscription is known by the client id of its connection and a name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SubscriptionKey {
    /// `ConnectionInfo.clientId`.
    pub client_id: Text,
    /// `ConsumerInfo.subscriptionName`.
    pub name: Text,
}

/// What a durable subscription asks for; kept while its subscriber is away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubscriptionRecord {
    /// Who it belongs to.
    pub key: SubscriptionKey,
    /// Physical name of the topic (may be a pattern).
    pub topic: String,
    /// Message selector, if any.
    pub selector: Option<String>,
    /// Leave out messages that the subscriber's own connection published.
    pub no_local: bool,
}
