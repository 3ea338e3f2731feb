//! Certificates for tests.

use std::path::{Path, PathBuf};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, IsCa, KeyPair,
    date_time_ymd,
};
use tempfile::TempDir;

use crate::config::TlsConfig;

/// A CA, in a folder with what it issues: `ca.pem`, `NAME.pem`, `NAME.key`.
pub(super) struct Folder {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: TempDir,
}

impl Folder {
    /// With a broker's certificate.
    pub(super) fn new() -> Self {
        Self::of("Test CA")
    }

    /// Of a CA with this name.
    pub(super) fn of(name: &str) -> Self {
        let mut params = parameters(name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let folder = Self { issuer, folder: tempfile::tempdir().unwrap() };
        folder.write("ca.pem", &folder.issuer.pem());
        folder.issue("broker");
        folder
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(super) fn write(&self, name: &str, content: &str) {
        // As people replace files, so that nobody reads half of one.
        let new = self.path("new");
        std::fs::write(&new, content).unwrap();
        std::fs::rename(new, self.path(name)).unwrap();
    }

    pub(super) fn issue(&self, name: &str) {
        self.save(name, name, &parameters(name), true);
    }

    /// In these files for somebody of another name.
    pub(super) fn issue_for(&self, file: &str, name: &str) {
        self.save(file, name, &parameters(name), true);
    }

    pub(super) fn issue_expired(&self, name: &str) {
        let mut params = parameters(name);
        params.not_before = date_time_ymd(2001, 1, 1);
        params.not_after = date_time_ymd(2002, 1, 1);
        self.save(name, name, &params, true);
    }

    pub(super) fn issue_self_signed(&self, name: &str) {
        self.save(name, name, &parameters(name), false);
    }

    fn save(&self, file: &str, name: &str, params: &CertificateParams, signed: bool) {
        assert!(!name.is_empty());
        let key = KeyPair::generate().unwrap();
        let certificate =
            if signed { params.signed_by(&key, &self.issuer) } else { params.self_signed(&key) };
        self.write(&format!("{file}.key"), &key.serialize_pem());
        self.write(&format!("{file}.pem"), &certificate.unwrap().pem());
    }

    /// A broker with that certificate, which accepts clients of this CA.
    pub(super) fn config(&self) -> TlsConfig {
        self.pair("broker").clients_of(self.path("ca.pem"))
    }

    pub(super) fn pair(&self, name: &str) -> TlsConfig {
        TlsConfig::pem(self.path(&format!("{name}.pem")), self.path(&format!("{name}.key")))
    }

    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }
}

fn parameters(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::OrganizationName, "Acme, Inc.");
    params.distinguished_name.push(DnType::CommonName, name);
    params
}
