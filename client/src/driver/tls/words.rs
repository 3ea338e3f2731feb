//! What went wrong with TLS, and what to do about it. A certificate that was refused is the business of
//! the judge.

use std::io;
use std::time::Duration;

use relaismq_tls::spelt;
use rustls::{AlertDescription, Error, PeerIncompatible};

use super::proof::Proof;
use crate::driver::fault::Fault;
use crate::driver::greeting::{Greeting, Protocol};

/// What was seen of the peer.
pub(super) struct Scene<'a> {
    /// Its first bytes as they came.
    pub(super) greeting: Greeting,
    /// What it was shown.
    pub(super) proof: &'a Proof,
}

impl Scene<'_> {
    /// The handshake is not finished in time.
    pub(super) fn stalled(&self, limit: Duration) -> Fault {
        if let Some(fault) = self.other_protocol() {
            return fault;
        }
        Fault::passing(if self.greeting.is_empty() {
            format!("no answer to the TLS handshake within {limit:?}; {NO_TLS}")
        } else {
            format!("the TLS handshake was not finished within {limit:?}")
        })
    }

    /// The handshake failed.
    pub(super) fn failed(&self, error: &io::Error) -> Fault {
        if let Some(fault) = self.other_protocol() {
            return fault;
        }
        if let Some(error) = tls(error) {
            return self.explained(error);
        }
        let is_end = matches!(
            error.kind(),
            io::ErrorKind::UnexpectedEof
                | io::ErrorKind::ConnectionReset
                | io::ErrorKind::ConnectionAborted
                | io::ErrorKind::BrokenPipe
        );
        if !is_end {
            return Fault::passing(format!("the TLS handshake failed: {error}"));
        }
        if self.greeting.is_empty() {
            return Fault::passing(format!(
                "the peer hung up at the first word of TLS; {NO_TLS} If it is, it allows neither \
                 TLS 1.2 or 1.3 nor this client's cipher suites"
            ));
        }
        self.hung_up("in the middle of the TLS handshake")
    }

    /// The connection ended before the broker had said anything, though the handshake was done: in TLS
    /// 1.3 a broker looks at the client's certificate only then.
    pub(super) fn ended_early(&self, error: Option<&io::Error>) -> Option<Fault> {
        if let Some(error) = error.and_then(tls) {
            return Some(self.explained(error));
        }
        if error.is_some() && !self.proof.was_asked_for() {
            return None;
        }
        Some(self.hung_up("right after the TLS handshake"))
    }

    /// The peer hung up without saying why. Some brokers do so when they do not like the client's
    /// certificate, but any may do so when it ends.
    fn hung_up(&self, when: &str) -> Fault {
        let accepted = self.proof.accepted();
        Fault::passing(match (self.proof.was_asked_for(), self.proof.exists()) {
            (true, true) => format!(
                "the broker hung up {when}: perhaps it does not accept the client's certificate{accepted}"
            ),
            (true, false) => format!(
                "the broker hung up {when}, in which it had asked for a client certificate: give one with \
                 tls.certificateFile and tls.keyFile{accepted}"
            ),
            (false, _) => format!("the broker hung up {when}"),
        })
    }

    fn other_protocol(&self) -> Option<Fault> {
        match self.greeting.protocol()? {
            Protocol::Tls => None,
            Protocol::OpenWire => Some(Fault::lasting(
                "this port speaks OpenWire without TLS; use tcp:// instead of ssl://, or the port of the \
                 broker's ssl connector (usually 61617)",
            )),
            other => other.advice().map(Fault::lasting),
        }
    }

    /// An error of the protocol itself.
    fn explained(&self, error: &Error) -> Fault {
        match error {
            Error::AlertReceived(alert) => self.alert(*alert),
            Error::PeerIncompatible(
                PeerIncompatible::ServerDoesNotSupportTls12Or13
                | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig,
            ) => Fault::lasting(NO_COMMON_VERSION),
            Error::PeerIncompatible(PeerIncompatible::NoCipherSuitesInCommon) => {
                Fault::lasting(NO_COMMON_SUITE)
            }
            Error::InvalidMessage(_) if !self.is_tls() => {
                Fault::lasting(format!("what answers here is not TLS; {NO_TLS}"))
            }
            Error::PeerIncompatible(_) => {
                Fault::lasting(format!("the broker's TLS does not fit this client's: {error}"))
            }
            other => Fault::passing(format!("TLS failed: {other}")),
        }
    }

    fn is_tls(&self) -> bool {
        self.greeting.protocol() == Some(Protocol::Tls)
    }

    /// What the broker said.
    fn alert(&self, alert: AlertDescription) -> Fault {
        use AlertDescription as It;
        match alert {
            It::ProtocolVersion => Fault::lasting(NO_COMMON_VERSION),
            It::CertificateRequired => self.wants_certificate(),
            It::BadCertificate
            | It::CertificateUnknown
            | It::UnsupportedCertificate
            | It::CertificateRevoked
            | It::CertificateExpired
            | It::UnknownCA
            | It::AccessDenied
            | It::HandshakeFailure
                if self.proof.was_asked_for() =>
            {
                if self.proof.exists() {
                    self.refused(alert)
                } else {
                    self.wants_certificate()
                }
            }
            It::HandshakeFailure | It::InsufficientSecurity => Fault::lasting(NO_COMMON_SUITE),
            It::UnrecognisedName => Fault::lasting(
                "the broker does not know the name that it was asked for: check the host of the URI, or give \
                 its name with tls.serverName",
            ),
            It::AccessDenied => {
                Fault::lasting("the broker refuses this client (TLS: access denied)")
            }
            other => Fault::passing(format!("the broker ended TLS: {}", spelt(other))),
        }
    }

    fn wants_certificate(&self) -> Fault {
        Fault::lasting(format!(
            "the broker wants a client certificate: give one with tls.certificateFile and \
             tls.keyFile{}",
            self.proof.accepted()
        ))
    }

    fn refused(&self, alert: AlertDescription) -> Fault {
        use AlertDescription as It;
        let why = match alert {
            It::UnknownCA => "it does not know the CA that signed it",
            It::CertificateExpired => "it has expired",
            It::CertificateRevoked => "it has been revoked",
            // Java says no more than this, whatever the reason.
            _ => "it may not know the CA, or the certificate may have expired; its log tells",
        };
        Fault::lasting(format!(
            "the broker refused the client's certificate ({}): {why}{}",
            spelt(alert),
            self.proof.accepted()
        ))
    }
}

/// The error of rustls in an error of its stream.
fn tls(error: &io::Error) -> Option<&Error> {
    error.get_ref()?.downcast_ref()
}

const NO_TLS: &str = "is this a port for TLS (one without needs tcp:// instead of ssl://)?";
const NO_COMMON_VERSION: &str = "the broker allows none of this client's versions of TLS: it needs TLS 1.2 or \
                                 1.3, and socket.enabledProtocols, if set, one that the broker has";
const NO_COMMON_SUITE: &str = "the broker found no cipher suite that both have (or no certificate for this \
                               client): it needs one with ECDHE and AES-GCM or ChaCha20, and \
                               socket.enabledCipherSuites, if set, one that the broker has";
