//! An address that clients are served at, with the port that the system chose.

use std::{fmt, net::SocketAddr};

use relaismq_options::Scheme;

use crate::config::openwire_uri;

/// Where clients can connect, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Served {
    pub(crate) scheme: Scheme,
    pub(crate) address: SocketAddr,
}

/// As a client writes it: `ssl://127.0.0.1:61617`.
impl fmt::Display for Served {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&openwire_uri(self.scheme, self.address))
    }
}

/// Addresses as a client writes them, comma-separated.
pub(crate) fn urls(served: &[Served]) -> String {
    served.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}
