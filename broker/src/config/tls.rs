//! Whose certificate a broker shows, and whose it accepts.

use std::path::PathBuf;

use relaismq_options::Secret;

use super::properties::Properties;

/// The files of a broker's TLS, for all of its connectors. They are read again when they have changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsConfig {
    /// The broker's certificate, followed by those between it and its CA, in PEM; or a key store (PKCS#12) with
    /// it and its key. ActiveMQ's `keyStore`.
    pub certificate: Option<PathBuf>,
    /// The key in PEM, not encrypted. Default: in the file of the certificate.
    pub key: Option<PathBuf>,
    /// Of the key store. ActiveMQ's `keyStorePassword`.
    pub password: Option<Secret>,
    /// CAs whose clients are accepted where clients have to prove who they are, or certificates of clients
    /// themselves: PEM, or PKCS#12. ActiveMQ's `trustStore`.
    pub trust: Option<PathBuf>,
    /// Of that, if it is a key store. ActiveMQ's `trustStorePassword`.
    pub trust_password: Option<Secret>,
}

impl TlsConfig {
    /// As ActiveMQ's users tell their Java virtual machine: `javax.net.ssl.keyStore` and the like.
    pub(crate) fn of_java(properties: &Properties) -> Self {
        let get = |name: &str| properties.get(&format!("javax.net.ssl.{name}")).map(str::to_owned);
        let secret = |name| get(name).map(Secret::new);
        Self {
            certificate: get("keyStore").map(PathBuf::from),
            key: None,
            password: secret("keyStorePassword"),
            trust: get("trustStore").map(PathBuf::from),
            trust_password: secret("trustStorePassword"),
        }
    }

    /// With this certificate and its key, in PEM.
    #[must_use]
    pub fn pem(certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        Self { certificate: Some(certificate.into()), key: Some(key.into()), ..Self::default() }
    }

    /// With a key store, and its password.
    #[must_use]
    pub fn key_store(file: impl Into<PathBuf>, password: impl Into<String>) -> Self {
        Self {
            certificate: Some(file.into()),
            password: Some(Secret::new(password.into())),
            ..Self::default()
        }
    }

    /// Accepting clients whose certificates these CAs signed.
    #[must_use]
    pub fn clients_of(mut self, trust: impl Into<PathBuf>) -> Self {
        self.trust = Some(trust.into());
        self
    }
}
