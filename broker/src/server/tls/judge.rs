//! Whether a client's certificate is accepted, and why not.

use std::sync::{Mutex, PoisonError};

use relaismq_tls::Certificate;
use rustls::{
    DigitallySignedStruct, DistinguishedName, Error, SignatureScheme,
    client::danger::HandshakeSignatureValid,
    pki_types::{CertificateDer, UnixTime},
    server::danger::{ClientCertVerified, ClientCertVerifier},
};

use super::{material::Trusted, words::Refused};

/// Judges as rustls does, with two differences: a certificate that is in the trust store is trusted itself, as
/// people have it who exchange self-signed ones, and the reason of a refusal is kept in words. One for each
/// handshake.
#[derive(Debug)]
pub(super) struct Judge {
    trusted: Trusted,
    needed: bool,
    refusal: Mutex<Option<String>>,
}

impl Judge {
    pub(super) const fn new(trusted: Trusted, needed: bool) -> Self {
        Self { trusted, needed, refusal: Mutex::new(None) }
    }

    /// Why the certificate was refused, if it was.
    pub(super) fn take_refusal(&self) -> Option<String> {
        self.refusal.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn verify(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        if self.trusted.trust.given.contains(certificate) {
            Certificate::verify_validity(certificate, now)?;
            return Ok(ClientCertVerified::assertion());
        }
        self.trusted.verifier.verify_client_cert(certificate, intermediates, now)
    }
}

impl ClientCertVerifier for Judge {
    fn client_auth_mandatory(&self) -> bool {
        self.needed
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.trusted.verifier.root_hint_subjects()
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        self.verify(end_entity, intermediates, now).inspect_err(|error| {
            let certificate = Certificate::read(end_entity);
            let origin = &self.trusted.trust.origin;
            let refused = Refused { certificate, origin, now: now.as_secs() };
            let reason = refused.reason(error);
            *self.refusal.lock().unwrap_or_else(PoisonError::into_inner) = Some(reason);
        })
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.trusted.verifier.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.trusted.verifier.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.trusted.verifier.supported_verify_schemes()
    }
}
