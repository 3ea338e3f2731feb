//! What somebody has given, and what to say of it.

use std::{fs::File, io::Read as _, path::Path};

use crate::format::Format;

/// Why something cannot be used, in words, with what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unusable(pub String);

/// What a file is given for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Certificates of CAs.
    Ca,
    /// One's own certificate.
    Certificate,
    /// The key of that.
    Key,
}

/// A file, and the option by which it was given.
#[derive(Debug, Clone, Copy)]
pub struct Given<'a> {
    /// Where it is.
    pub file: &'a Path,
    /// How whoever gave it calls the option: `tls.caFile`.
    pub option: &'a str,
    /// For what.
    pub purpose: Purpose,
    /// Whether it could be a key store in PKCS#12 just as well.
    pub may_be_store: bool,
}

/// No file with certificates is longer.
const MOST_BYTES: u64 = 16 * 1024 * 1024;

impl Given<'_> {
    /// All of it.
    ///
    /// # Errors
    /// If it cannot be read, or is longer than 16 MiB.
    pub fn read(self) -> Result<Vec<u8>, Unusable> {
        let mut content = Vec::new();
        let read = File::open(self.file)
            .and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut content))
            .map_err(|error| Unusable(format!("cannot read {}: {error}", self.shown())));
        if read? as u64 > MOST_BYTES {
            let what = "it has more than 16 MiB, and can be no file of certificates";
            return Err(Unusable(format!("cannot read {}: {what}", self.shown())));
        }
        Ok(content)
    }

    /// `/etc/ca.pem (tls.caFile)`
    pub(crate) fn shown(self) -> String {
        format!("{} ({})", self.file.display(), self.option)
    }

    /// The parser's own words quote the file, which may be secret.
    pub(crate) fn spoilt(self) -> Unusable {
        let shown = self.shown();
        Unusable(format!("{shown} is damaged: what it has in PEM cannot be read"))
    }

    /// A file without what is wanted: how to make that of it.
    pub(crate) fn other_format(self, content: &[u8]) -> Unusable {
        let (purpose, path) = (self.purpose, self.file.display().to_string());
        let remedy = match Format::of(content) {
            Format::JavaKeyStore if self.may_be_store => into_pkcs12(&path),
            Format::JavaKeyStore => purpose.out_of_a_java_key_store(&path),
            Format::Pkcs12 => purpose.out_of_pkcs12(&path),
            Format::Der => purpose.out_of_der(&path),
            Format::Pem => "it holds something else in PEM; is it the right file?".to_owned(),
            Format::Unknown => format!("PEM is text that begins with {}", purpose.first_line()),
        };
        Unusable(format!("{} holds no {} in PEM: {remedy}", self.shown(), purpose.wanted()))
    }
}

/// For whoever reads PKCS#12.
fn into_pkcs12(file: &str) -> String {
    let stem = Path::new(file).with_extension("p12");
    let target = if stem == Path::new(file) { "store.p12".into() } else { stem };
    format!(
        "it is a Java key store (JKS), which only Java reads; convert it with `keytool -importkeystore \
         -srckeystore {file} -destkeystore {} -deststoretype PKCS12` and give that",
        target.display()
    )
}

impl Purpose {
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
