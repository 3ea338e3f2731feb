//! Where something is served over plain TCP.

use std::{fmt, str::FromStr};

use super::error::ConfigError;

/// Where something is served over plain TCP: `tcp://HOST:PORT`. Port 0 lets the system choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListenAddress {
    host: String,
    port: u16,
}

/// The OpenWire port that ActiveMQ clients assume.
const DEFAULT_PORT: u16 = 61616;

impl Default for ListenAddress {
    fn default() -> Self {
        Self { host: "127.0.0.1".to_owned(), port: DEFAULT_PORT }
    }
}

impl ListenAddress {
    /// Reads `HOST:PORT`, which stands behind the scheme.
    pub(super) fn read(rest: &str) -> Result<Self, &'static str> {
        if rest.contains(['?', '/']) {
            return Err("write tcp://HOST:PORT without options or path");
        }
        let (host, port) =
            rest.rsplit_once(':').ok_or("the port is missing: write tcp://HOST:PORT")?;
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let port = port.parse().map_err(|_| "the port is a number from 0 to 65535")?;
        if host.is_empty() {
            return Err("the host is missing: write 127.0.0.1, or 0.0.0.0 for all");
        }
        Ok(Self { host: host.to_owned(), port })
    }

    /// What the system's resolver takes.
    pub(crate) fn host_and_port(&self) -> (&str, u16) {
        (&self.host, self.port)
    }
}

impl FromStr for ListenAddress {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, ConfigError> {
        let refuse = |hint| ConfigError::new("listen address", text, hint);
        let Some(rest) = text.strip_prefix("tcp://") else {
            return Err(refuse("write tcp://HOST:PORT; nothing else is served here"));
        };
        Self::read(rest).map_err(refuse)
    }
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            return write!(f, "tcp://[{}]:{}", self.host, self.port);
        }
        write!(f, "tcp://{}:{}", self.host, self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_read_back_as_they_print() {
        for text in ["tcp://127.0.0.1:61616", "tcp://[::1]:0", "tcp://my_host:1"] {
            assert_eq!(text.parse::<ListenAddress>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in ["", "61616", "ssl://a:1", "tcp://a", "tcp://a:x", "tcp://:1", "tcp://a:1?x=y"]
        {
            assert!(text.parse::<ListenAddress>().is_err(), "{text}");
        }
    }
}
