//! Who may vouch for a peer.

use rustls::{RootCertStore, pki_types::CertificateDer};

use crate::{
    file::{Given, Unusable},
    pem,
};

/// CAs, and certificates that are trusted themselves.
#[derive(Debug, Clone)]
pub struct Trust {
    /// The CAs.
    pub roots: RootCertStore,
    /// The certificates themselves, if somebody gave them: a peer may have one of them.
    pub given: Vec<CertificateDer<'static>>,
    /// Where they are from, to be named in errors.
    pub origin: String,
}

impl Trust {
    /// Nobody, yet.
    #[must_use]
    pub fn nobody() -> Self {
        Self { roots: RootCertStore::empty(), given: Vec::new(), origin: String::new() }
    }

    /// The CAs of a file in PEM, too.
    ///
    /// # Errors
    /// If it cannot be read, or one of its certificates cannot be used.
    pub fn and_file(self, given: Given<'_>) -> Result<Self, Unusable> {
        let found = pem::certificates(given, &given.read()?)?;
        self.and(given, found)
    }

    /// These certificates of a file, too.
    ///
    /// # Errors
    /// If one of them cannot be used.
    pub fn and(
        mut self,
        given: Given<'_>,
        found: Vec<CertificateDer<'static>>,
    ) -> Result<Self, Unusable> {
        let file = given.file.display();
        for certificate in found {
            self.roots.add(certificate.clone()).map_err(|error| {
                Unusable(format!("a certificate in {file} cannot be used: {error}"))
            })?;
            self.given.push(certificate);
        }
        let separator = if self.origin.is_empty() { "" } else { ", " };
        self.origin.push_str(&format!("{separator}{file}"));
        Ok(self)
    }
}
