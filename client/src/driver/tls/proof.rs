//! How the client proves who it is, if the broker asks.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use relaismq_tls::{Purpose, certified_key, pem, short_name};
use rustls::SignatureScheme;
use rustls::client::ResolvesClientCert;
use rustls::crypto::CryptoProvider;
use rustls::sign::CertifiedKey;

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
            names.map(|subject| short_name(subject)).collect();
        self.own.clone()
    }

    fn has_certs(&self) -> bool {
        self.exists()
    }
}

fn load(certificate: &Path, key: &Path, provider: &CryptoProvider) -> Result<CertifiedKey, Fault> {
    let of_certificate = super::given(certificate, Purpose::Certificate);
    let chain = pem::certificates(of_certificate, &of_certificate.read()?)?;
    let of_key = super::given(key, Purpose::Key);
    let secret = pem::key(of_key, &of_key.read()?)?;
    let files = (certificate.display().to_string(), key.display().to_string());
    Ok(certified_key(chain, secret, (&files.0, &files.1), provider)?)
}

const MOST_NAMES: usize = 5;
