//! Against pages of strangers: a browser would let them ask what only its user may.
//!
//! A stranger's page can have its own name point to this machine (DNS rebinding); the name is then in the
//! request, and is not one of ours. Or it asks under our name, and says where it comes from.

use std::net::IpAddr;

use axum::{
    extract::{Request, State},
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{
            CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, HeaderName, ORIGIN, REFERRER_POLICY,
            X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
        },
    },
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{Admin, failure::Failure};

/// Names of this machine.
#[derive(Debug)]
pub(super) struct Hosts(Vec<String>);

impl Hosts {
    /// The one that is listened on, and others that were given.
    pub(super) fn new(own: &str, others: &[String]) -> Self {
        let others = others.iter().map(String::as_str);
        Self(others.chain([own]).map(str::to_ascii_lowercase).collect())
    }

    /// Nobody can have a numeric address, or a name without a dot, point elsewhere than it does.
    fn has(&self, host: &str) -> bool {
        let name = without_port(host).to_ascii_lowercase();
        let numeric = name.trim_matches(['[', ']']).parse::<IpAddr>().is_ok();
        let plain = !name.is_empty() && !name.contains('.');
        numeric || plain || self.0.contains(&name)
    }
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|it| it.is_ascii_digit()) => name,
        _ => host,
    }
}

/// Answers only who asks by a name of ours, and not from a page of others.
pub(super) async fn check(State(admin): State<Admin>, request: Request, next: Next) -> Response {
    match refused(&admin.hosts, request.headers()) {
        Some(failure) => failure.into_response(),
        None => next.run(request).await,
    }
}

fn refused(hosts: &Hosts, headers: &HeaderMap) -> Option<Failure> {
    let text = |value: &HeaderValue| value.to_str().unwrap_or_default().to_owned();
    let host = headers.get(HOST).map(text).unwrap_or_default();
    if !hosts.has(&host) {
        let error = format!("this broker is not known as {host:?}");
        let hint = "start it with --admin-host NAME if that is a name of its machine";
        return Some(Failure::new(StatusCode::MISDIRECTED_REQUEST, error, hint));
    }
    let origin = headers.get(ORIGIN).map(text)?;
    let own = origin.strip_prefix("http://").is_some_and(|it| it.eq_ignore_ascii_case(&host));
    (!own).then(|| {
        let error = format!("a page of {origin:?} may not ask this broker");
        Failure::new(StatusCode::FORBIDDEN, error, "open the page at this address itself")
    })
}

/// What every answer tells browsers: nothing from elsewhere runs here, and nobody shows this inside of theirs.
const HEADERS: [(HeaderName, &str); 5] = [
    (
        CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
    (REFERRER_POLICY, "no-referrer"),
    (CACHE_CONTROL, "no-store"),
];

pub(super) async fn harden(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_a_stranger_cannot_have_are_answered() {
        let hosts = Hosts::new("0.0.0.0", &["Broker1.example.org".to_owned()]);
        for host in [
            "localhost:8161",
            "127.0.0.1:8161",
            "[::1]:8161",
            "192.0.2.7",
            "host1:8161",
            "broker1.EXAMPLE.org:8161",
        ] {
            assert!(hosts.has(host), "{host}");
        }
        for host in ["", ":8161", "evil.example:8161", "localhost.evil.example", "127.0.0.1.nip.io"]
        {
            assert!(!hosts.has(host), "{host}");
        }
    }

    #[test]
    fn a_page_of_another_origin_is_refused() {
        let hosts = Hosts::new("127.0.0.1", &[]);
        let headers = |origin: Option<&'static str>| {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, HeaderValue::from_static("localhost:8161"));
            headers.extend(origin.map(|it| (ORIGIN, HeaderValue::from_static(it))));
            headers
        };
        assert!(refused(&hosts, &headers(None)).is_none());
        assert!(refused(&hosts, &headers(Some("http://localhost:8161"))).is_none());
        for origin in ["null", "http://localhost", "http://evil.example", "https://localhost:8161"]
        {
            assert!(refused(&hosts, &headers(Some(origin))).is_some(), "{origin}");
        }
    }
}
