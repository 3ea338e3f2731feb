//! Why the certificate of a broker was refused, in words, and what to do about it.

use std::fmt::Write;
use std::net::IpAddr;

use relaismq_tls::{Certificate, date};
use rustls::{CertificateError, Error};

/// A certificate that was refused.
pub(super) struct Refused<'a> {
    /// The broker's own, if it can be read.
    pub(super) certificate: Option<Certificate>,
    /// Whom it should be for.
    pub(super) host: String,
    /// Who is trusted.
    pub(super) origin: &'a str,
    /// Seconds since 1970.
    pub(super) now: u64,
}

impl Refused<'_> {
    /// Why, and what to do about it.
    pub(super) fn reason(&self, error: &Error) -> String {
        let Error::InvalidCertificate(error) = error else { return self.other(error) };
        match error {
            CertificateError::UnknownIssuer => self.unknown_issuer(),
            CertificateError::ExpiredContext { not_after, .. } => self.expired(not_after.as_secs()),
            CertificateError::NotValidYetContext { not_before, .. } => {
                self.not_valid_yet(not_before.as_secs())
            }
            CertificateError::NotValidForNameContext { presented, .. } => {
                self.wrong_name(presented)
            }
            CertificateError::BadSignature => self.namesake(),
            // One that may sign others is refused for that, whoever signed it.
            CertificateError::Other(_) if self.is_self_signed() => self.unknown_issuer(),
            other => self.other(other),
        }
    }

    fn is_self_signed(&self) -> bool {
        self.certificate.as_ref().is_some_and(|it| it.is_self_signed)
    }

    fn unknown_issuer(&self) -> String {
        let (whose, origin) = (self.subject(), self.origin);
        match &self.certificate {
            Some(it) if it.is_self_signed => format!(
                "the broker's certificate is self-signed ({}) and not among {origin}: get a copy of it \
                 (PEM) from whoever runs the broker and give that with tls.caFile",
                it.subject
            ),
            Some(it) => format!(
                "the broker's certificate{whose} is not trusted: none of {origin} signed it, its CA is \
                 {}; give the certificate of that CA (PEM) with tls.caFile",
                it.issuer
            ),
            None => format!("the broker's certificate is not trusted: none of {origin} signed it"),
        }
    }

    fn namesake(&self) -> String {
        format!(
            "the broker's certificate{} is not trusted: it, or one above it, names a CA that is among {}, and was \
             signed by another one of the same name; give the certificate of that CA (PEM) with tls.caFile",
            self.subject(),
            self.origin
        )
    }

    fn expired(&self, not_after: u64) -> String {
        format!(
            "{} expired on {}: the broker needs a new one, unless the clock of this machine is wrong \
             ({})",
            self.which(|it| it.not_after == not_after),
            date::text(not_after),
            date::text(self.now)
        )
    }

    fn not_valid_yet(&self, not_before: u64) -> String {
        format!(
            "{} is not valid before {}: is the clock of this machine right ({})?",
            self.which(|it| it.not_before == not_before),
            date::text(not_before),
            date::text(self.now)
        )
    }

    fn wrong_name(&self, presented: &[String]) -> String {
        let (whose, host) = (self.subject(), &self.host);
        if presented.is_empty() {
            let kind = if host.parse::<IpAddr>().is_ok() { "ip" } else { "dns" };
            return format!(
                "the broker's certificate{whose} is for no host at all, as it has no subject alternative \
                 names: make one that has (keytool: -ext san={kind}:{host}), or switch the check off with \
                 verifyHostName=false"
            );
        }
        let mut names = String::new();
        for (number, name) in presented.iter().take(MOST_NAMES).enumerate() {
            let comma = if number > 0 { ", " } else { "" };
            // Writing to a String does not fail.
            let _ = write!(names, "{comma}{}", readable(name));
        }
        if presented.len() > MOST_NAMES {
            names.push_str(" and others");
        }
        format!(
            "the broker's certificate is not for {host} but for {names}: connect to it by such a name, \
             give the right one with tls.serverName, or switch the check off with verifyHostName=false"
        )
    }

    fn other(&self, error: &dyn std::fmt::Display) -> String {
        format!("the broker's certificate{} cannot be accepted: {error}", self.subject())
    }

    /// ` (CN=broker)`
    fn subject(&self) -> String {
        self.certificate.as_ref().map(|it| format!(" ({})", it.subject)).unwrap_or_default()
    }

    /// The broker's own certificate, or one of those above it.
    fn which(&self, is_it: impl Fn(&Certificate) -> bool) -> String {
        match &self.certificate {
            Some(certificate) if is_it(certificate) => {
                format!("the broker's certificate{}", self.subject())
            }
            _ => "a CA's certificate above that of the broker".to_owned(),
        }
    }
}

/// `DnsName("a.example")` is how rustls writes names.
fn readable(name: &str) -> String {
    let inner = name.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')'));
    let bare = inner.unwrap_or(name).trim_matches('"');
    bare.escape_debug().take(MOST_CHARACTERS).collect()
}

const MOST_NAMES: usize = 5;
const MOST_CHARACTERS: usize = 253;
