//! Certificates and keys out of PEM files, and what is said of files that are none.

use std::fs;
use std::path::Path;

use rustls::pki_types::pem::{PemObject, SectionKind};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::driver::fault::Fault;

/// What a file is given for, as the options call it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Ca,
    Certificate,
    Key,
}

/// All certificates of a file; at least one.
pub(super) fn certificates(
    file: &Path,
    purpose: Purpose,
) -> Result<Vec<CertificateDer<'static>>, Fault> {
    let text = read(file, purpose)?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    match found {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        Ok(_) => Err(other_format(file, purpose, &text)),
        Err(_) => Err(spoilt(file, purpose)),
    }
}

/// The first key of a file.
pub(super) fn key(file: &Path) -> Result<PrivateKeyDer<'static>, Fault> {
    let text = read(file, Purpose::Key)?;
    if is_encrypted(&text) {
        let file = file.display();
        return Err(Fault::lasting(format!(
            "the key in {file} is encrypted, which is not supported: decrypt it with `openssl pkey -in \
             {file} -out key.pem`, let nobody else read the result (chmod 600), and give that"
        )));
    }
    match PrivateKeyDer::from_pem_slice(&text) {
        Ok(key) => Ok(key),
        Err(rustls::pki_types::pem::Error::NoItemsFound) => {
            Err(other_format(file, Purpose::Key, &text))
        }
        Err(_) => Err(spoilt(file, Purpose::Key)),
    }
}

fn read(file: &Path, purpose: Purpose) -> Result<Vec<u8>, Fault> {
    fs::read(file).map_err(|error| {
        Fault::lasting(format!("cannot read {} ({}): {error}", file.display(), purpose.option()))
    })
}

fn is_encrypted(text: &[u8]) -> bool {
    let has = |words: &[u8]| text.windows(words.len()).any(|window| window == words);
    has(b"-----BEGIN ENCRYPTED PRIVATE KEY-----") || has(b"Proc-Type: 4,ENCRYPTED")
}

/// The parser's own words quote the file, which may be secret.
fn spoilt(file: &Path, purpose: Purpose) -> Fault {
    let (file, option) = (file.display(), purpose.option());
    Fault::lasting(format!("{file} ({option}) is damaged: what it has in PEM cannot be read"))
}

/// A file without what is wanted: how to make that of it.
fn other_format(file: &Path, purpose: Purpose, content: &[u8]) -> Fault {
    let (option, wanted, path) = (purpose.option(), purpose.wanted(), file.display());
    let remedy = match Format::of(content) {
        Format::JavaKeyStore => purpose.out_of_a_java_key_store(&path.to_string()),
        Format::Pkcs12 => purpose.out_of_pkcs12(&path.to_string()),
        Format::Der => purpose.out_of_der(&path.to_string()),
        Format::Pem => "it holds something else in PEM; is it the right file?".to_owned(),
        Format::Unknown => format!("PEM is text that begins with {}", purpose.first_line()),
    };
    Fault::lasting(format!("{path} ({option}) holds no {wanted} in PEM: {remedy}"))
}

/// What people give in place of PEM.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    JavaKeyStore,
    Pkcs12,
    Der,
    Pem,
    Unknown,
}

impl Format {
    fn of(content: &[u8]) -> Self {
        let is_pem = <(SectionKind, Vec<u8>)>::from_pem_slice(content).is_ok();
        let id_of_pkcs7 = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07];
        let beginning = content.get(..64).unwrap_or(content);
        match content {
            [0xfe, 0xed, 0xfe, 0xed, ..] | [0xce, 0xce, 0xce, 0xce, ..] => Self::JavaKeyStore,
            // A sequence that begins with version 3 and goes on with PKCS#7.
            [0x30, ..] if beginning.windows(8).any(|window| window == id_of_pkcs7) => Self::Pkcs12,
            [0x30, 0x81..=0x84, ..] => Self::Der,
            _ if is_pem => Self::Pem,
            _ => Self::Unknown,
        }
    }
}

impl Purpose {
    /// The option that names the file, in a URI.
    pub(super) const fn option(self) -> &'static str {
        match self {
            Self::Ca => "tls.caFile",
            Self::Certificate => "tls.certificateFile",
            Self::Key => "tls.keyFile",
        }
    }

    const fn wanted(self) -> &'static str {
        match self {
            Self::Ca | Self::Certificate => "certificate",
            Self::Key => "private key",
        }
    }

    const fn first_line(self) -> &'static str {
        match self {
            Self::Ca | Self::Certificate => "-----BEGIN CERTIFICATE-----",
            Self::Key => "-----BEGIN PRIVATE KEY-----",
        }
    }

    fn out_of_a_java_key_store(self, file: &str) -> String {
        match self {
            Self::Ca => format!(
                "it is a Java key store; export the certificate with `keytool -exportcert -rfc -keystore \
                 {file} -alias NAME -file ca.pem` and give that (`keytool -list -keystore {file}` shows \
                 the names)"
            ),
            Self::Certificate | Self::Key => format!(
                "it is a Java key store; convert it with `keytool -importkeystore -srckeystore {file} \
                 -destkeystore store.p12 -deststoretype PKCS12` and `openssl pkcs12 -in store.p12 -nodes \
                 -out client.pem`, and give that as certificate and key"
            ),
        }
    }

    fn out_of_pkcs12(self, file: &str) -> String {
        match self {
            Self::Ca => format!(
                "it is a PKCS#12 store; export its certificates with `openssl pkcs12 -in {file} -nokeys \
                 -out ca.pem` and give that"
            ),
            Self::Certificate | Self::Key => format!(
                "it is a PKCS#12 store; convert it with `openssl pkcs12 -in {file} -nodes -out client.pem` \
                 and give that as certificate and key"
            ),
        }
    }

    fn out_of_der(self, file: &str) -> String {
        match self {
            Self::Ca | Self::Certificate => format!(
                "it looks like DER; convert it with `openssl x509 -inform der -in {file} -out cert.pem`"
            ),
            Self::Key => format!(
                "it looks like DER; convert it with `openssl pkey -inform der -in {file} -out key.pem`"
            ),
        }
    }
}
