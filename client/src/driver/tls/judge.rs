//! Whether the certificate of a broker is accepted.

use std::sync::{Mutex, PoisonError};

use relaismq_tls::{Certificate, Trust};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{DigitallySignedStruct, Error, SignatureScheme};

use super::refused::Refused;

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
            Certificate::verify_validity(certificate, now)?;
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
