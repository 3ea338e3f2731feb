//! Broker URIs: `failover:(tcp://a:61616,tcp://b:61616)?timeout=3000`.
//!
//! The grammar is ActiveMQ's with its traps removed. Whitespace is allowed everywhere; whatever the
//! Java client would notice only when connecting (or never: a misspelt option can make it retry for
//! ever) is an error here, with its place in the text and, where possible, the right spelling. What
//! is accepted and still odd is reported as a [`UriWarning`].
//!
//! ```
//! use relaismq::uri::BrokerUri;
//!
//! let uri = BrokerUri::parse("failover:(tcp://broker1:61616,tcp://broker2:61616 , tcp://broker3:61616)")?;
//! assert_eq!(uri.options().endpoints.len(), 3);
//!
//! let error = BrokerUri::parse("failover:(tcp://a:61616)?maxReconectDelay=5").unwrap_err();
//! assert_eq!(
//!     error.to_string(),
//!     "unknown option maxReconectDelay at byte 25, near \
//!      `failover:(tcp://a:61616)?maxReconectDelay=***`; did you mean maxReconnectDelay?"
//! );
//! # Ok::<(), relaismq::uri::UriError>(())
//! ```
//!
//! ```text
//! scheme, parse, found       the grammar, and what it comes to; location, placing: which option may stand where
//! table                      all options
//! unknown, warning           what to say otherwise
//! destination, supplied      destination names with options, addresses alone
//! ```

mod destination;
mod found;
mod location;
mod parse;
mod placing;
mod scheme;
mod supplied;
mod table;
mod unknown;
mod warning;

use std::fmt;
use std::str::FromStr;

use relaismq_options::query;
pub use relaismq_options::{Standing, UriError, UriErrorKind};

pub use self::table::{OptionDoc, Place, catalogue};
pub use self::warning::{UriWarning, UriWarningKind};
use crate::options::{BrokerAddress, ConnectOptions, Secret};

/// A broker URI that has been understood.
///
/// `Display` writes it in its plainest form, with passwords as `***`.
#[derive(Debug, Clone, PartialEq)]
pub struct BrokerUri {
    failover: bool,
    brokers: Vec<Broker>,
    outer: Vec<Pair>,
    options: ConnectOptions,
    warnings: Vec<UriWarning>,
}

impl BrokerUri {
    /// Reads a URI.
    ///
    /// # Errors
    /// If anything in it is malformed, unknown, misplaced, given twice or not supported.
    pub fn parse(text: &str) -> Result<Self, UriError> {
        parse::parse(text)
    }

    /// Whether it is a `failover:` URI; a plain `tcp://` one does not reconnect.
    #[must_use]
    pub fn is_failover(&self) -> bool {
        self.failover
    }

    /// What was accepted and is probably not what was meant, in the order of the text.
    #[must_use]
    pub fn warnings(&self) -> &[UriWarning] {
        &self.warnings
    }

    /// The options it stands for, defaults filled in.
    #[must_use]
    pub fn options(&self) -> &ConnectOptions {
        &self.options
    }

    /// The options it stands for, defaults filled in.
    #[must_use]
    pub fn into_options(self) -> ConnectOptions {
        self.options
    }
}

impl FromStr for BrokerUri {
    type Err = UriError;

    fn from_str(text: &str) -> Result<Self, UriError> {
        Self::parse(text)
    }
}

/// Drops the warnings; use [`BrokerUri::parse`] to see them.
impl FromStr for ConnectOptions {
    type Err = UriError;

    fn from_str(text: &str) -> Result<Self, UriError> {
        BrokerUri::parse(text).map(BrokerUri::into_options)
    }
}

impl fmt::Display for BrokerUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.failover {
            f.write_str("failover:(")?;
        }
        for (index, broker) in self.brokers.iter().enumerate() {
            let mock = if broker.mock { "mock:" } else { "" };
            write!(f, "{}{mock}{}", if index > 0 { "," } else { "" }, broker.address)?;
            write_local(f, broker.local.as_ref())?;
            write_query(f, &broker.pairs, '?')?;
        }
        if self.failover {
            f.write_str(")")?;
        }
        // On a plain URI, options of the broker and of the connection share one query.
        let shared = !self.failover && self.brokers.iter().any(|broker| !broker.pairs.is_empty());
        write_query(f, &self.outer, if shared { '&' } else { '?' })
    }
}

/// Reads a broker's address out of a list sent by a broker; also tells whether options stood behind
/// it.
pub(crate) fn parse_supplied(text: &str) -> Result<(BrokerAddress, bool), UriError> {
    supplied::supplied(text)
}

/// One broker as it was written.
#[derive(Debug, Clone, PartialEq)]
struct Broker {
    address: BrokerAddress,
    /// Where to connect from.
    local: Option<(String, u16)>,
    /// With faults on purpose.
    mock: bool,
    pairs: Vec<Pair>,
}

/// One option as it was written; no value if it is secret.
#[derive(Debug, Clone, PartialEq)]
struct Pair {
    name: String,
    value: Option<String>,
}

fn write_local(f: &mut fmt::Formatter<'_>, local: Option<&(String, u16)>) -> fmt::Result {
    match local {
        Some((host, port)) if host.contains(':') => write!(f, "/[{host}]:{port}"),
        Some((host, port)) => write!(f, "/{host}:{port}"),
        None => Ok(()),
    }
}

fn write_query(f: &mut fmt::Formatter<'_>, pairs: &[Pair], first: char) -> fmt::Result {
    for (index, Pair { name, value }) in pairs.iter().enumerate() {
        let separator = if index > 0 { '&' } else { first };
        match value {
            Some(value) => write!(f, "{separator}{name}={}", query::encode(value))?,
            None => write!(f, "{separator}{name}={}", Secret::MASK)?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
