//! Whether the certificate of a broker is accepted.

use std::fmt::Write;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};

use super::certificate::Certificate;
use super::date;
use super::trust::Trust;

/// Judges certificates as rustls does, with three differences: a certificate that the application
/// gave is trusted itself, the check of the host name may be off, and the reasons of a refusal are
/// kept in words.
#[derive(Debug)]
pub(super) struct Judge {
    trust: Trust,
    verify_host_name: bool,
    algorithms: WebPkiSupportedAlgorithms,
    /// Why the last certificate was refused.
    refusal: Mutex<Option<String>>,
}

impl Judge {
    pub(super) const fn new(
        trust: Trust,
        verify_host_name: bool,
        algorithms: WebPkiSupportedAlgorithms,
    ) -> Self {
        Self { trust, verify_host_name, algorithms, refusal: Mutex::new(None) }
    }

    /// Why the last certificate was refused, if one was; forgotten with the answer.
    pub(super) fn take_refusal(&self) -> Option<String> {
        self.refusal.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn verify(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        now: UnixTime,
    ) -> Result<(), Error> {
        let parsed = ParsedCertificate::try_from(certificate)?;
        if self.trust.given.contains(certificate) {
            verify_validity(certificate, now)?;
        } else {
            let roots = &self.trust.roots;
            let algorithms = self.algorithms.all;
            verify_server_cert_signed_by_trust_anchor(
                &parsed,
                roots,
                intermediates,
                now,
                algorithms,
            )?;
        }
        if self.verify_host_name { verify_server_name(&parsed, name) } else { Ok(()) }
    }
}

impl ServerCertVerifier for Judge {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.verify(end_entity, intermediates, server_name, now).inspect_err(|error| {
            let refused = Refused {
                certificate: Certificate::read(end_entity),
                host: server_name.to_str().into_owned(),
                origin: &self.trust.origin,
                now: now.as_secs(),
            };
            let reason = refused.reason(error);
            *self.refusal.lock().unwrap_or_else(PoisonError::into_inner) = Some(reason);
        })?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// The one thing that matters with a certificate that is trusted itself. That the broker has its key
/// too is proven by the signature of the handshake.
fn verify_validity(certificate: &CertificateDer<'_>, now: UnixTime) -> Result<(), Error> {
    let known = Certificate::read(certificate).ok_or(CertificateError::BadEncoding)?;
    let second = |seconds| UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds));
    if now.as_secs() > known.not_after {
        let not_after = second(known.not_after);
        return Err(CertificateError::ExpiredContext { time: now, not_after }.into());
    }
    if now.as_secs() < known.not_before {
        let not_before = second(known.not_before);
        return Err(CertificateError::NotValidYetContext { time: now, not_before }.into());
    }
    Ok(())
}

/// A certificate that was refused.
struct Refused<'a> {
    certificate: Option<Certificate>,
    host: String,
    /// Who is trusted.
    origin: &'a str,
    now: u64,
}

impl Refused<'_> {
    /// Why, and what to do about it.
    fn reason(&self, error: &Error) -> String {
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
