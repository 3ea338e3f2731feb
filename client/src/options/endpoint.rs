//! One broker: where it is and how to talk to it.

use std::fmt;

use super::TransportOptions;

/// How bytes travel to a broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Scheme {
    /// Plain TCP: `tcp`, `nio`, `auto`, `auto+nio`.
    Tcp,
    /// TLS over TCP: `ssl`, `nio+ssl`, `auto+ssl`, `auto+nio+ssl`.
    Ssl,
}

impl Scheme {
    /// Whether the bytes are protected on their way.
    #[must_use]
    pub fn is_secure(self) -> bool {
        match self {
            Self::Tcp => false,
            Self::Ssl => true,
        }
    }

    /// The name in a URI.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Ssl => "ssl",
        }
    }

    /// Port used when a URI names none: those of ActiveMQ's stock configuration.
    #[must_use]
    pub fn default_port(self) -> u16 {
        match self {
            Self::Tcp => 61_616,
            Self::Ssl => 61_617,
        }
    }
}

/// Identity of a broker: scheme, host as written (in lower case) and port.
///
/// Two names for one IP address are two brokers, because names are resolved anew at each attempt
/// and matter to TLS and to virtual hosts. Options are no part of the identity.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BrokerAddress {
    scheme: Scheme,
    host: String,
    port: u16,
}

impl BrokerAddress {
    /// An address; an IPv6 host may stand in brackets or not.
    #[must_use]
    pub fn new(scheme: Scheme, host: &str, port: u16) -> Self {
        let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
        Self { scheme, host: bare.to_ascii_lowercase(), port }
    }

    /// How to reach it.
    #[must_use]
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// Host name or IP address in lower case, IPv6 without brackets: what a resolver takes.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// TCP port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }
}

impl fmt::Display for BrokerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { scheme, host, port } = self;
        let scheme = scheme.as_str();
        if host.contains(':') {
            write!(f, "{scheme}://[{host}]:{port}")
        } else {
            write!(f, "{scheme}://{host}:{port}")
        }
    }
}

/// One broker to connect to: its identity and the options of the link to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Endpoint {
    /// Where the broker is; the only part that counts when brokers are compared.
    pub address: BrokerAddress,
    /// How to talk to it.
    pub options: TransportOptions,
}

impl Endpoint {
    /// Port used when a URI names none: ActiveMQ's port for OpenWire over TCP.
    pub const DEFAULT_PORT: u16 = 61_616;

    /// A broker with options.
    #[must_use]
    pub fn new(address: BrokerAddress, options: TransportOptions) -> Self {
        Self { address, options }
    }

    /// A broker over plain TCP with default options.
    #[must_use]
    pub fn tcp(host: &str, port: u16) -> Self {
        Self::new(BrokerAddress::new(Scheme::Tcp, host, port), TransportOptions::default())
    }

    /// The virtual host to announce in `WireFormatInfo`: `wireFormat.host`, else the endpoint's
    /// host.
    #[must_use]
    pub fn virtual_host(&self) -> &str {
        self.options.wire_format.host.as_deref().unwrap_or_else(|| self.address.host())
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.address.fmt(f)
    }
}
