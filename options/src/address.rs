//! Where a broker is: scheme, host and port.

use std::fmt;

use url::{Host, ParseError, Url};

use crate::error::{UriError, UriErrorKind};
use crate::source::Source;
use crate::span::Span;

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

/// Reads `//host:port`, what follows the scheme of a broker.
///
/// # Errors
/// If host or port are missing or malformed, or something else stands there.
pub fn parse(
    source: Source<'_>,
    scheme: Scheme,
    rest: Span<'_>,
) -> Result<BrokerAddress, UriError> {
    let (address, path) = with_path(source, scheme, rest)?;
    if !path.is_empty() {
        return Err(source.hinted(path.at(), UriErrorKind::LocalAddress, "leave it out"));
    }
    Ok(address)
}

/// As [`parse`], for a client: behind the broker's address may stand the one to connect from,
/// `//host:port/localhost:2111`.
///
/// # Errors
/// If either is malformed.
pub fn parse_both(
    source: Source<'_>,
    scheme: Scheme,
    rest: Span<'_>,
) -> Result<(BrokerAddress, Option<(String, u16)>), UriError> {
    let (address, path) = with_path(source, scheme, rest)?;
    if path.is_empty() {
        return Ok((address, None));
    }
    if !path.text().contains(':') {
        let hint = "write tcp://host:port/localhost:port, or leave it out";
        return Err(source.hinted(path.at(), UriErrorKind::LocalAddress, hint));
    }
    let local = endpoint(source, Scheme::Tcp, path)?;
    Ok((address, Some((local.host, local.port))))
}

/// The address, and what stands behind it.
fn with_path<'a>(
    source: Source<'a>,
    scheme: Scheme,
    rest: Span<'a>,
) -> Result<(BrokerAddress, Span<'a>), UriError> {
    if rest.text().starts_with('\\') {
        let kind = UriErrorKind::Unexpected("backslash".to_owned());
        return Err(source.hinted(rest.at(), kind, "write tcp://host:port, with slashes"));
    }
    let Some(rest) = rest.strip_prefix("//") else {
        return Err(source.hinted(rest.at(), UriErrorKind::BadHost, WRITE));
    };
    let (authority, path) = match rest.split_once('/') {
        Some((authority, path)) => (authority.trim(), path.trim()),
        None => (rest, rest.split_at(rest.text().len()).1),
    };
    Ok((endpoint(source, scheme, authority)?, path))
}

const WRITE: &str = "write tcp://host:port";

fn endpoint(
    source: Source<'_>,
    scheme: Scheme,
    authority: Span<'_>,
) -> Result<BrokerAddress, UriError> {
    check(source, authority)?;
    let (_, port) = authority.split_at(authority.text().rfind(':').map_or(0, |colon| colon + 1));
    // The scheme only has to be one without rules of its own, so that names with underscores pass.
    let url = Url::parse(&format!("tcp://{}", authority.text())).map_err(|error| match error {
        ParseError::InvalidPort => source.hinted(port.at(), UriErrorKind::BadPort, WRITE),
        _ => source.hinted(authority.at(), UriErrorKind::BadHost, WRITE),
    })?;
    let host = match url.host() {
        Some(Host::Domain(name)) if is_name(name) => name.to_owned(),
        Some(Host::Ipv4(ip)) => ip.to_string(),
        Some(Host::Ipv6(ip)) => ip.to_string(),
        _ => return Err(source.hinted(authority.at(), UriErrorKind::BadHost, WRITE)),
    };
    match url.port().unwrap_or(scheme.default_port()) {
        0 => Err(source.hinted(port.at(), UriErrorKind::BadPort, WRITE)),
        _ if port.is_empty() => Err(source.hinted(port.at(), UriErrorKind::BadPort, WRITE)),
        port => Ok(BrokerAddress::new(scheme, &host, port)),
    }
}

/// Refuses what `url` would quietly accept, drop or escape.
fn check(source: Source<'_>, authority: Span<'_>) -> Result<(), UriError> {
    let text = authority.text();
    if text.contains('@') {
        let kind = UriErrorKind::CredentialsInAuthority;
        return Err(source.hinted(authority.at(), kind, "use jms.userName and jms.password"));
    }
    if let Some(comma) = text.find(',') {
        let kind = UriErrorKind::Unexpected("comma".to_owned());
        let hint = "several brokers are written failover:(tcp://a:61616,tcp://b:61616)";
        return Err(source.hinted(authority.at() + comma, kind, hint));
    }
    let odd = |c: char| !c.is_ascii_graphic() || matches!(c, '%' | '\\');
    if let Some(at) = text.find(odd) {
        let hint = "a host is a name or an IP address; international names begin with xn--";
        return Err(source.hinted(authority.at() + at, UriErrorKind::BadHost, hint));
    }
    Ok(())
}

fn is_name(host: &str) -> bool {
    let part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    !host.is_empty() && host.bytes().all(part)
}
