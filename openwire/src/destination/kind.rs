//! Queue or topic.

/// The four kinds of destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Each message goes to one consumer.
    Queue,
    /// Each message goes to every subscriber.
    Topic,
    /// A queue that lives with the connection that made it.
    TempQueue,
    /// A topic that lives with the connection that made it.
    TempTopic,
}

impl Kind {
    pub(super) const ALL: [Self; 4] = [Self::Queue, Self::Topic, Self::TempQueue, Self::TempTopic];

    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Queue => 100,
            Self::Topic => 101,
            Self::TempQueue => 102,
            Self::TempTopic => 103,
        }
    }

    pub(crate) fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    pub(crate) const fn type_name(self) -> &'static str {
        match self {
            Self::Queue => "ActiveMQQueue",
            Self::Topic => "ActiveMQTopic",
            Self::TempQueue => "ActiveMQTempQueue",
            Self::TempTopic => "ActiveMQTempTopic",
        }
    }

    /// What stands before a name to select this kind, such as `queue://`.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Queue => "queue://",
            Self::Topic => "topic://",
            Self::TempQueue => "temp-queue://",
            Self::TempTopic => "temp-topic://",
        }
    }

    /// Each message goes to one consumer.
    pub const fn is_queue(self) -> bool {
        matches!(self, Self::Queue | Self::TempQueue)
    }

    /// Lives with the connection that made it.
    pub const fn is_temporary(self) -> bool {
        matches!(self, Self::TempQueue | Self::TempTopic)
    }
}
