//! How a handshake fails.

use std::{io, time::Duration};

use tracing::{debug, warn};

use super::words;
use crate::config::ConnectorTls;

/// Why a client was not let in.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::server) enum Failure {
    /// Somebody has looked whether the port is open.
    Probe(String),
    /// A client that would have liked to come in.
    Refused(String),
}

impl Failure {
    /// The log has a line for everybody who wanted something.
    pub(in crate::server) fn log(&self, peer: &str, connector: &str) {
        match self {
            Self::Probe(reason) => debug!(peer, connector, reason, "connection ended before TLS"),
            Self::Refused(reason) => warn!(peer, connector, reason, "TLS handshake failed"),
        }
    }

    /// Nothing was said in time.
    pub(super) fn silent(limit: Duration) -> Self {
        Self::Probe(format!("nothing came within {limit:?}"))
    }

    /// It was begun, and not finished in time.
    pub(super) fn late(limit: Duration) -> Self {
        Self::Refused(format!("the TLS handshake was not finished within {limit:?}"))
    }

    /// It was begun, and others wait.
    pub(super) fn slow() -> Self {
        Self::Refused("the TLS handshake was too slow while others waited for theirs".to_owned())
    }

    /// The socket is gone before anything came.
    pub(super) fn gone(error: &io::Error) -> Self {
        Self::Probe(error.to_string())
    }

    /// What is not TLS.
    pub(super) fn plain(first: &[u8]) -> Self {
        Self::Refused(match first {
            // The length of a WireFormatInfo, its type, and the word that it begins with.
            [0, 0, _, _, 1, b'A', b'c', b't', b'i', ..] => {
                "an OpenWire client without TLS: it has to write ssl:// instead of tcp:// in its URI, or the port \
                 of a plain connector"
                    .to_owned()
            }
            _ => format!(
                "this port is for TLS, and the client sent \"{}\"; OpenWire clients write ssl:// in their URI",
                first.escape_ascii()
            ),
        })
    }

    /// The handshake has ended with this error.
    pub(super) fn of(error: &io::Error, refusal: Option<String>, allowed: &ConnectorTls) -> Self {
        if let Some(refusal) = refusal {
            return Self::Refused(refusal);
        }
        let inner = error.get_ref().and_then(|inner| inner.downcast_ref());
        Self::Refused(match inner {
            Some(error) => words::explained(error, allowed),
            None if ENDS.contains(&error.kind()) => HUNG_UP.to_owned(),
            None => error.to_string(),
        })
    }
}

const ENDS: [io::ErrorKind; 4] = [
    io::ErrorKind::UnexpectedEof,
    io::ErrorKind::ConnectionReset,
    io::ErrorKind::ConnectionAborted,
    io::ErrorKind::BrokenPipe,
];
const HUNG_UP: &str = "the client hung up in the middle of the TLS handshake; perhaps it does not trust the \
                       broker's certificate, and its own log tells";
