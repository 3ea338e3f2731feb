//! What rustls and clients say, for people: what it means, and what to do.

use relaismq_tls::{Certificate, date, spelt};
use rustls::{AlertDescription, CertificateError, Error, PeerIncompatible};

use crate::config::ConnectorTls;

/// A client's certificate that was refused.
pub(super) struct Refused<'a> {
    /// If it can be read.
    pub(super) certificate: Option<Certificate>,
    /// Who is trusted.
    pub(super) origin: &'a str,
    /// Seconds since 1970.
    pub(super) now: u64,
}

impl Refused<'_> {
    /// Why, and what to do about it.
    pub(super) fn reason(&self, error: &Error) -> String {
        let (whose, origin) = (self.whose(), self.origin);
        let Error::InvalidCertificate(error) = error else { return self.other(error) };
        match error {
            CertificateError::UnknownIssuer => match &self.certificate {
                Some(it) if !it.is_self_signed => format!(
                    "the client's certificate{whose} is not trusted: none of {origin} signed it, its CA is {}; \
                     add the certificate of that CA to {origin}, if such clients may come in",
                    it.issuer
                ),
                _ => format!(
                    "the client's certificate{whose} is not trusted: it is self-signed and not among {origin}; \
                     add it there, if this client may come in"
                ),
            },
            CertificateError::ExpiredContext { not_after, .. } => format!(
                "the client's certificate{whose}, or one above it, expired on {}: the client needs a new one, \
                 unless the clock of this machine is wrong ({})",
                date::text(not_after.as_secs()),
                date::text(self.now)
            ),
            CertificateError::NotValidYetContext { not_before, .. } => format!(
                "the client's certificate{whose}, or one above it, is not valid before {}: is the clock of this \
                 machine right ({})?",
                date::text(not_before.as_secs()),
                date::text(self.now)
            ),
            CertificateError::BadSignature => format!(
                "the client's certificate{whose} is not trusted: it, or one above it, names a CA that is among \
                 {origin}, and was signed by another one of the same name"
            ),
            CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
                format!(
                    "the client's certificate{whose} is not made for clients (extended key usage)"
                )
            }
            other => self.other(other),
        }
    }

    fn other(&self, error: &dyn std::fmt::Display) -> String {
        format!("the client's certificate{} cannot be accepted: {error}", self.whose())
    }

    /// ` (CN=billing)`
    fn whose(&self) -> String {
        self.certificate.as_ref().map(|it| format!(" ({})", it.subject)).unwrap_or_default()
    }
}

/// What an error of the handshake means, on a connector that allows this.
pub(super) fn explained(error: &Error, allowed: &ConnectorTls) -> String {
    match error {
        Error::NoCertificatesPresented => NO_CERTIFICATE.to_owned(),
        Error::AlertReceived(alert) => of_client(*alert),
        Error::PeerIncompatible(incompatible) => unfit(incompatible, allowed),
        Error::InvalidMessage(_) => format!("what the client sends is no TLS: {error}"),
        other => other.to_string(),
    }
}

fn unfit(incompatible: &PeerIncompatible, allowed: &ConnectorTls) -> String {
    use PeerIncompatible as It;
    match incompatible {
        It::Tls12NotOffered
        | It::Tls12NotOfferedOrEnabled
        | It::SupportedVersionsExtensionRequired => {
            let versions: Vec<_> = allowed.versions().iter().map(|it| it.as_str()).collect();
            format!(
                "the client has none of the versions of TLS that are allowed here ({}): it needs a newer one, or \
                 enabledProtocols of the connector another one",
                versions.join(", ")
            )
        }
        It::NoCipherSuitesInCommon
        | It::NoKxGroupsInCommon
        | It::NoSignatureSchemesInCommon
        | It::NoEcPointFormatsInCommon => {
            let suites: Vec<_> = allowed.suites().iter().map(|it| it.as_str()).collect();
            format!(
                "the client has no cipher suite that fits the broker's certificate and is allowed here ({})",
                suites.join(", ")
            )
        }
        other => format!("the client's TLS does not fit this broker's: {other:?}"),
    }
}

/// What the client says of the broker.
fn of_client(alert: AlertDescription) -> String {
    use AlertDescription as It;
    let said = spelt(alert);
    match alert {
        It::UnknownCA | It::CertificateUnknown | It::BadCertificate | It::DecryptError => format!(
            "the client does not trust the broker's certificate ({said}): give it the certificate of the CA \
             (Java: javax.net.ssl.trustStore, RelaisMQ: tls.caFile), and see that the broker's is for the host \
             that the client connects to"
        ),
        It::CertificateExpired => {
            format!("the client says that the broker's certificate has expired ({said})")
        }
        It::ProtocolVersion | It::HandshakeFailure | It::InsufficientSecurity => format!(
            "the client allows no version of TLS or cipher suite that is allowed here ({said})"
        ),
        _ => format!("the client has ended the handshake: {said}"),
    }
}

const NO_CERTIFICATE: &str = "the client has shown no certificate, which this connector needs \
                              (needClientAuth): it has to have one of a trusted CA (Java: \
                              javax.net.ssl.keyStore, RelaisMQ: tls.certificateFile and tls.keyFile)";
