//! Where a broker is looked after: its page, its API, its metrics.

use std::{fmt, str::FromStr};

use relaismq_options::Secret;

use super::error::ConfigError;

/// Where a broker is looked after, and by whom.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AdminConfig {
    /// Where it is served. Default: at the usual address, if that is free.
    pub address: AdminAddress,
    /// Names of this machine by which browsers reach it, beside `localhost`, names without a dot, and numeric
    /// addresses. Under other names nothing is answered, so that no stranger's page gets in by a name of its own.
    pub hosts: Vec<String>,
    /// What whoever changes something has to know. Default: a new one at each start, which is logged.
    pub token: Option<Secret>,
}

/// Where it is served.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum AdminAddress {
    /// Nowhere.
    Off,
    /// At `127.0.0.1:8161`, ActiveMQ's port. If another program has it, the broker goes on without.
    #[default]
    Usual,
    /// There. If that is impossible, the broker does not start.
    At(HostAndPort),
}

/// `HOST:PORT`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostAndPort {
    host: String,
    port: u16,
}

impl AdminConfig {
    /// Nothing is served.
    #[must_use]
    pub fn off() -> Self {
        Self { address: AdminAddress::Off, ..Self::default() }
    }

    /// Served there; port 0 lets the system choose.
    #[must_use]
    pub fn at(address: HostAndPort) -> Self {
        Self { address: AdminAddress::At(address), ..Self::default() }
    }
}

impl AdminAddress {
    /// Where to listen, if anywhere.
    #[must_use]
    pub fn place(&self) -> Option<HostAndPort> {
        match self {
            Self::Off => None,
            Self::Usual => Some(HostAndPort { host: "127.0.0.1".to_owned(), port: 8161 }),
            Self::At(place) => Some(place.clone()),
        }
    }
}

impl HostAndPort {
    /// The name or numeric address; of the latter kind, those of version 6 without brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        self.host.trim_start_matches('[').trim_end_matches(']')
    }
}

impl FromStr for HostAndPort {
    type Err = ConfigError;

    /// `HOST:PORT`, for which `http://HOST:PORT` is the same.
    fn from_str(text: &str) -> Result<Self, ConfigError> {
        let place = text.strip_prefix("http://").unwrap_or(text).trim_end_matches('/');
        let parts =
            place.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse().ok()?)));
        match parts {
            Some((host, port)) if is_host(host) => Ok(Self { host: host.to_owned(), port }),
            _ => Err(ConfigError::new(
                "address of the admin page",
                text,
                "write HOST:PORT, like 127.0.0.1:8161 or 0.0.0.0:8161",
            )),
        }
    }
}

fn is_host(host: &str) -> bool {
    let plain = |it: char| it.is_ascii_alphanumeric() || matches!(it, '.' | '-' | '_');
    let version_6 = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    match version_6 {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => !host.is_empty() && host.chars().all(plain),
    }
}

impl fmt::Display for HostAndPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_read_back_as_they_print() {
        for text in ["127.0.0.1:8161", "0.0.0.0:0", "broker1.example.org:80", "[::1]:8161"] {
            assert_eq!(text.parse::<HostAndPort>().unwrap().to_string(), text);
        }
        assert_eq!("http://[::1]:80/".parse::<HostAndPort>().unwrap().host(), "::1");
    }

    #[test]
    fn what_is_no_address_is_refused_with_a_hint() {
        for text in
            ["", "8161", "localhost", ":8161", "a b:1", "host:70000", "[::g]:1", "https://a:1"]
        {
            let refused = text.parse::<HostAndPort>().unwrap_err().to_string();
            assert!(refused.contains("HOST:PORT"), "{text}: {refused}");
        }
    }
}
