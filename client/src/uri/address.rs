//! Host and port of one broker.

use url::{Host, ParseError, Url};

use super::error::{UriError, UriErrorKind};
use super::source::Source;
use super::span::Span;
use crate::options::{BrokerAddress, Scheme};

/// Reads `//host:port`, what follows the scheme of a broker.
pub(super) fn parse(
    source: Source<'_>,
    scheme: Scheme,
    rest: Span<'_>,
) -> Result<BrokerAddress, UriError> {
    let write = "write tcp://host:port";
    if rest.text().starts_with('\\') {
        let kind = UriErrorKind::Unexpected("backslash".to_owned());
        return Err(source.hinted(rest.at(), kind, "write tcp://host:port, with slashes"));
    }
    let Some(rest) = rest.strip_prefix("//") else {
        return Err(source.hinted(rest.at(), UriErrorKind::BadHost, write));
    };
    let (authority, path) = match rest.split_once('/') {
        Some((authority, path)) => (authority.trim(), path.trim()),
        None => (rest, rest.split_at(rest.text().len()).1),
    };
    check(source, authority)?;
    if !path.is_empty() {
        return Err(source.hinted(path.at(), UriErrorKind::LocalAddress, "leave it out"));
    }
    let (_, port) = authority.split_at(authority.text().rfind(':').map_or(0, |colon| colon + 1));
    // The scheme only has to be one without rules of its own, so that names with underscores pass.
    let url = Url::parse(&format!("tcp://{}", authority.text())).map_err(|error| match error {
        ParseError::InvalidPort => source.hinted(port.at(), UriErrorKind::BadPort, write),
        _ => source.hinted(authority.at(), UriErrorKind::BadHost, write),
    })?;
    let host = match url.host() {
        Some(Host::Domain(name)) if is_name(name) => name.to_owned(),
        Some(Host::Ipv4(ip)) => ip.to_string(),
        Some(Host::Ipv6(ip)) => ip.to_string(),
        _ => return Err(source.hinted(authority.at(), UriErrorKind::BadHost, write)),
    };
    match url.port().unwrap_or(scheme.default_port()) {
        0 => Err(source.hinted(port.at(), UriErrorKind::BadPort, write)),
        _ if port.is_empty() => Err(source.hinted(port.at(), UriErrorKind::BadPort, write)),
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
