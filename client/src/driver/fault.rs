//! Why a socket is of no use, in words, and whether it would be later.

use std::io;

/// What is wrong with a broker, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub(super) struct Fault {
    text: String,
    lasting: bool,
}

impl Fault {
    /// It stays as it is until somebody changes something: a certificate, a file, a port.
    pub(super) fn lasting(text: impl Into<String>) -> Self {
        Self { text: text.into(), lasting: true }
    }

    /// It may be different the next time.
    pub(super) fn passing(text: impl Into<String>) -> Self {
        Self { text: text.into(), lasting: false }
    }

    /// Whether another attempt is of no use without a change.
    pub(super) const fn is_lasting(&self) -> bool {
        self.lasting
    }
}

impl From<Fault> for io::Error {
    fn from(fault: Fault) -> Self {
        Self::other(fault)
    }
}

/// A file stays as it is.
#[cfg(feature = "tls")]
impl From<relaismq_tls::Unusable> for Fault {
    fn from(unusable: relaismq_tls::Unusable) -> Self {
        Self::lasting(unusable.to_string())
    }
}

/// What is known of any error of a socket.
impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        match error.get_ref().and_then(|inner| inner.downcast_ref::<Self>()) {
            Some(fault) => fault.clone(),
            None if error.kind() == io::ErrorKind::UnexpectedEof => {
                Self::passing("the broker closed the connection")
            }
            None => Self::passing(error.to_string()),
        }
    }
}
