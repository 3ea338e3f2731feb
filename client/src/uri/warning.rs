//! What is only odd about a broker URI; what can be wrong with one is in the crate of options.

use std::fmt;

/// Something that was accepted and is probably not what was meant.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UriWarning {
    /// What is odd.
    pub kind: UriWarningKind,
    /// Where, in bytes from the start of the URI.
    pub offset: usize,
}

/// What is odd about an accepted URI.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum UriWarningKind {
    /// A `jms.*` option on a broker; it was applied to the connection.
    ConnectionOptionOnBroker(String),
    /// A failover option on the last broker of an unparenthesised list; it was applied.
    FailoverOptionOnBroker(String),
    /// A group inside a group; its brokers were added to the outer list.
    NestedGroup,
    /// A broker named before; the first mention counts.
    RepeatedBroker(String),
    /// A path or fragment behind the closing parenthesis; it has no meaning.
    IgnoredTail,
    /// An option that only concerns other client libraries, or asks for what is done anyway. Nothing
    /// to worry about.
    NoEffect {
        /// The option.
        option: String,
        /// Why it has no effect.
        reason: &'static str,
    },
    /// An option that is honoured as far as the client can.
    Partly {
        /// The option.
        option: String,
        /// What of it is not done yet.
        missing: &'static str,
    },
}

impl fmt::Display for UriWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            UriWarningKind::ConnectionOptionOnBroker(option) => write!(
                f,
                "{option} stands on one broker and applies to the whole connection; \
                 move it behind the closing parenthesis"
            ),
            UriWarningKind::FailoverOptionOnBroker(option) => write!(
                f,
                "{option} applies to the whole list; \
                 put the list in parentheses and the option behind it"
            ),
            UriWarningKind::NestedGroup => write!(f, "inner list merged with the outer one"),
            UriWarningKind::RepeatedBroker(broker) => write!(f, "{broker} is named twice"),
            UriWarningKind::IgnoredTail => {
                write!(f, "path or fragment behind the broker list ignored")
            }
            UriWarningKind::NoEffect { option, reason } => {
                write!(f, "{option} has no effect here: {reason}")
            }
            UriWarningKind::Partly { option, missing } => {
                write!(f, "{option} is honoured in part: {missing}")
            }
        }?;
        write!(f, " (byte {})", self.offset)
    }
}
