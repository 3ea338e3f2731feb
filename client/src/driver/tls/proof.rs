//! How the client proves who it is, if the broker asks.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::ResolvesClientCert;
use rustls::crypto::CryptoProvider;
use rustls::sign::CertifiedKey;
use rustls::{Error, SignatureScheme};

use super::certificate;
use super::pem::{self, Purpose};
use crate::driver::fault::Fault;
use crate::options::TlsOptions;

/// The client's certificate, if it has one, and what was asked for.
#[derive(Debug)]
pub(super) struct Proof {
    own: Option<Arc<CertifiedKey>>,
    asked: AtomicBool,
    /// The CAs whose certificates the broker says it accepts.
    accepted: Mutex<Vec<String>>,
}

impl Proof {
    /// The certificate of the options.
    pub(super) fn of(options: &TlsOptions, provider: &CryptoProvider) -> Result<Self, Fault> {
        let own = match (&options.certificate_file, &options.key_file) {
            (Some(certificate), key) => {
                Some(Arc::new(load(certificate, key.as_ref().unwrap_or(certificate), provider)?))
            }
            (None, Some(_)) => {
                return Err(Fault::lasting(
                    "tls.keyFile is given without tls.certificateFile: give both, or neither",
                ));
            }
            (None, None) => None,
        };
        Ok(Self { own, asked: AtomicBool::new(false), accepted: Mutex::default() })
    }

    /// The client has a certificate to show.
    pub(super) const fn exists(&self) -> bool {
        self.own.is_some()
    }

    /// The broker asked for one.
    pub(super) fn was_asked_for(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }

    /// ` (it accepts those of CN=…)`, if the broker said.
    pub(super) fn accepted(&self) -> String {
        let accepted = self.accepted.lock().unwrap_or_else(PoisonError::into_inner);
        match accepted.as_slice() {
            [] => String::new(),
            names => format!(" (it accepts those of {})", names.join("; ")),
        }
    }
}

impl ResolvesClientCert for Proof {
    fn resolve(
        &self,
        root_hint_subjects: &[&[u8]],
        _sigschemes: &[SignatureScheme],
    ) -> Option<Arc<CertifiedKey>> {
        self.asked.store(true, Ordering::Relaxed);
        let names = root_hint_subjects.iter().take(MOST_NAMES);
        *self.accepted.lock().unwrap_or_else(PoisonError::into_inner) =
            names.map(|subject| certificate::name_of(subject)).collect();
        self.own.clone()
    }

    fn has_certs(&self) -> bool {
        self.exists()
    }
}

fn load(certificate: &Path, key: &Path, provider: &CryptoProvider) -> Result<CertifiedKey, Fault> {
    let chain = pem::certificates(certificate, Purpose::Certificate)?;
    let secret = pem::key(key)?;
    let is_elliptic = secret.secret_der().windows(ELLIPTIC.len()).any(|window| window == ELLIPTIC);
    CertifiedKey::from_der(chain, secret, provider).map_err(|error| {
        let (certificate, key) = (certificate.display(), key.display());
        Fault::lasting(match error {
            Error::InconsistentKeys(_) => format!(
                "the key in {key} does not belong to the first certificate in {certificate}: the client's \
                 own must come first"
            ),
            // Java leaves out the public half, which can be computed.
            _ if is_elliptic => format!(
                "the key in {key} cannot be used as it is: `openssl ec -in {key} -out key.pem` completes an \
                 elliptic key that comes from a Java key store; the curves P-256 and P-384 are supported"
            ),
            other => format!("the key in {key} cannot be used: {other}"),
        })
    })
}

/// The mark of a key on an elliptic curve: `id-ecPublicKey`.
const ELLIPTIC: [u8; 7] = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const MOST_NAMES: usize = 5;
