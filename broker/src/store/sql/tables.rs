//! The names of the tables: ActiveMQ's, and our own beside them.

/// Under one prefix (`tablePrefix` of ActiveMQ's `statements`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tables {
    /// ActiveMQ's: every message.
    pub(super) messages: String,
    /// ActiveMQ's: how far each durable subscription is, for each topic.
    pub(super) acks: String,
    /// ActiveMQ's: one row, which the master has.
    pub(super) lock: String,
    /// Ours: one row with the term, the last batch and the highest id.
    pub(super) master: String,
    /// Ours: queues that exist even when they are empty.
    pub(super) queues: String,
    /// Ours: subscriptions with their numbers, and what ActiveMQ has no column for.
    pub(super) subscriptions: String,
    /// Ours: messages above a subscription's mark that it has no more, or never wanted.
    pub(super) exceptions: String,
    /// Ours: how far each producer is.
    pub(super) producers: String,
    /// Ours: what may have been given to consumers.
    pub(super) marks: String,
    /// Ours: what is remembered under a name.
    pub(super) named: String,
    /// Ours, on ActiveMQ's messages: by container and id, so that a page needs no sorting.
    pub(super) index: String,
    /// The same by priority, if some queue is prioritized.
    pub(super) by_priority: String,
}

impl Tables {
    pub(super) fn new(prefix: &str) -> Self {
        let name = |name: &str| format!("{prefix}{name}");
        Self {
            messages: name("ACTIVEMQ_MSGS"),
            acks: name("ACTIVEMQ_ACKS"),
            lock: name("ACTIVEMQ_LOCK"),
            master: name("RELAISMQ_MASTER"),
            queues: name("RELAISMQ_QUEUES"),
            subscriptions: name("RELAISMQ_SUBSCRIPTIONS"),
            exceptions: name("RELAISMQ_EXCEPTIONS"),
            producers: name("RELAISMQ_PRODUCERS"),
            marks: name("RELAISMQ_MARKS"),
            named: name("RELAISMQ_NAMED"),
            index: name("RELAISMQ_PAGES"),
            by_priority: name("RELAISMQ_PRIORITIES"),
        }
    }
}
