//! Saying no, in the words that JMS clients understand: the class name is part of the protocol.

use relaismq_openwire::Throwable;

const ROLLED_BACK: &str = "javax.jms.TransactionRolledBackException";
/// Codes of the XA specification: it has been rolled back; a resource manager's error.
const XA_RBROLLBACK: i32 = 100;
const XAER_RMERR: i32 = -3;

/// How a command is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    /// At once.
    Done,
    /// By whoever took it on.
    Later,
}

/// A Java exception to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    class: &'static str,
    message: String,
}

impl Refusal {
    fn new(class: &'static str, message: impl Into<String>) -> Self {
        Self { class, message: message.into() }
    }

    pub(crate) fn jms(message: impl Into<String>) -> Self {
        Self::new("javax.jms.JMSException", message)
    }

    pub(crate) fn client_id(message: impl Into<String>) -> Self {
        Self::new("javax.jms.InvalidClientIDException", message)
    }

    pub(crate) fn destination(message: impl Into<String>) -> Self {
        Self::new("javax.jms.InvalidDestinationException", message)
    }

    /// ActiveMQ's own class for a temporary destination that is gone; it is in the client's jar,
    /// takes the bare name for its message, and makes the sentence of it.
    pub(crate) fn gone(destination: impl Into<String>) -> Self {
        Self::new("org.apache.activemq.DestinationDoesNotExistException", destination)
    }

    pub(crate) fn selector(message: impl Into<String>) -> Self {
        Self::new("javax.jms.InvalidSelectorException", message)
    }

    /// A command that does not fit what was opened before; ActiveMQ lets Java's own exception out.
    pub(crate) fn order(message: impl Into<String>) -> Self {
        Self::new("java.lang.IllegalStateException", message)
    }

    /// A limit on the number of something.
    pub(crate) fn limit(message: impl Into<String>) -> Self {
        Self::new("javax.jms.IllegalStateException", message)
    }

    pub(crate) fn argument(message: impl Into<String>) -> Self {
        Self::new("java.lang.IllegalArgumentException", message)
    }

    pub(crate) fn resources(message: impl Into<String>) -> Self {
        Self::new("javax.jms.ResourceAllocationException", message)
    }

    pub(crate) fn rolled_back(message: impl Into<String>) -> Self {
        Self::new(ROLLED_BACK, message)
    }

    /// Clients find an XA error code only at the end of the text.
    pub(crate) fn xa(message: &str, code: i32) -> Self {
        Self::new("javax.transaction.xa.XAException", format!("{message} xaErrorCode:{code}"))
    }

    /// The same as transaction managers are told.
    pub(crate) fn in_xa(self) -> Self {
        Self::xa(&self.message, if self.class == ROLLED_BACK { XA_RBROLLBACK } else { XAER_RMERR })
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    pub(crate) fn throwable(&self) -> Throwable {
        Throwable::new(self.class, self.message.as_str())
    }
}
