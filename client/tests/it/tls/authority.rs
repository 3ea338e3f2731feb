//! Certificates made for a test, in files as people have them.

use std::path::{Path, PathBuf};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, IsCa, KeyPair,
    date_time_ymd,
};
use tempfile::TempDir;

/// A CA with a folder for what it issues. Dropping it deletes the folder.
#[derive(Debug)]
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: TempDir,
}

/// A certificate and its key, in two PEM files.
#[derive(Debug, Clone)]
pub struct Issued {
    /// The file of the certificate.
    pub certificate: PathBuf,
    /// The file of the key, as PKCS#8.
    pub key: PathBuf,
}

impl Authority {
    /// A CA of this name, whose own certificate is in [`Self::file`].
    pub fn new(name: &str) -> Self {
        let mut params = parameters(name, &[]);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        let issuer = CertifiedIssuer::self_signed(params, key).expect("a certificate");
        let authority = Self { issuer, folder: tempfile::tempdir().expect("a folder") };
        authority.write("ca.pem", authority.issuer.pem());
        authority
    }

    /// The file with the CA's certificate.
    pub fn file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// The folder with all files.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A certificate of this common name for these hosts, names or IP addresses.
    pub fn issue(&self, name: &str, hosts: &[&str]) -> Issued {
        self.issue_as(name, &parameters(name, hosts))
    }

    /// The same, valid from the first day of one year to the first day of another.
    pub fn issue_for_years(&self, name: &str, hosts: &[&str], from: i32, until: i32) -> Issued {
        let mut params = parameters(name, hosts);
        params.not_before = date_time_ymd(from, 1, 1);
        params.not_after = date_time_ymd(until, 1, 1);
        self.issue_as(name, &params)
    }

    /// A certificate that signs itself, with the mark of a CA as `openssl req -x509` makes it, or
    /// without as `keytool -genkeypair` does.
    pub fn self_signed(&self, name: &str, hosts: &[&str], marked_as_ca: bool) -> Issued {
        let mut params = parameters(name, hosts);
        if marked_as_ca {
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        }
        let key = KeyPair::generate().expect("a key");
        let certificate = params.self_signed(&key).expect("a certificate");
        self.save(name, &certificate.pem(), &key)
    }

    fn issue_as(&self, name: &str, params: &CertificateParams) -> Issued {
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        self.save(name, &certificate.pem(), &key)
    }

    fn save(&self, name: &str, certificate: &str, key: &KeyPair) -> Issued {
        Issued {
            certificate: self.write(&format!("{name}.pem"), certificate),
            key: self.write(&format!("{name}.key"), key.serialize_pem()),
        }
    }

    /// Writes a file into the folder.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let file = self.folder.path().join(name);
        std::fs::write(&file, content).expect("a file");
        file
    }
}

fn parameters(name: &str, hosts: &[&str]) -> CertificateParams {
    let hosts: Vec<String> = hosts.iter().map(|host| (*host).to_owned()).collect();
    let mut params = CertificateParams::new(hosts).expect("host names");
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params
}
