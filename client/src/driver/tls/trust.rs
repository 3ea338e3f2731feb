//! Whom the client trusts: the CAs of its options, or those of the system.

use std::path::PathBuf;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;

use super::pem::{self, Purpose};
use crate::driver::fault::Fault;

/// Who may vouch for a broker.
#[derive(Debug)]
pub(super) struct Trust {
    /// The CAs.
    pub(super) roots: RootCertStore,
    /// The certificates themselves, if the application gave them: a broker may have one of them.
    pub(super) given: Vec<CertificateDer<'static>>,
    /// Where they are from, to be named in errors.
    pub(super) origin: String,
}

impl Trust {
    /// The CAs of these files.
    pub(super) fn of_files(files: &[PathBuf]) -> Result<Self, Fault> {
        let mut trust = Self {
            roots: RootCertStore::empty(),
            given: Vec::new(),
            origin: files.iter().map(|it| it.display().to_string()).collect::<Vec<_>>().join(", "),
        };
        for file in files {
            for certificate in pem::certificates(file, Purpose::Ca)? {
                trust.roots.add(certificate.clone()).map_err(|error| {
                    let file = file.display();
                    Fault::lasting(format!("a certificate in {file} cannot be used: {error}"))
                })?;
                trust.given.push(certificate);
            }
        }
        Ok(trust)
    }

    /// The CAs that the system trusts. Those that cannot be read or used are passed over as long as
    /// there are others, since every system has some.
    pub(super) fn of_the_system() -> Result<Self, Fault> {
        let found = rustls_native_certs::load_native_certs();
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(found.certs);
        if roots.is_empty() {
            let reasons = found.errors.iter().map(ToString::to_string).collect::<Vec<_>>();
            let reasons = if reasons.is_empty() {
                String::new()
            } else {
                format!(" ({})", reasons.join("; "))
            };
            return Err(Fault::lasting(format!(
                "this system trusts no CA{reasons}: install its package of CA certificates (often \
                 ca-certificates), name a file of them in SSL_CERT_FILE, or give the broker's CA with \
                 tls.caFile"
            )));
        }
        let origin = format!("the {} CAs of this system", roots.len());
        Ok(Self { roots, given: Vec::new(), origin })
    }
}
