//! One broker: where it is and how to talk to it.

use std::fmt;

use relaismq_options::{BrokerAddress, Scheme};

use super::TransportOptions;

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
