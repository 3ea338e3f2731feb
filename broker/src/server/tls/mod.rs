//! Connectors with TLS.
//!
//! ```text
//! secure       one connector: what it allows, and the handshake with a client
//! material     certificate, key and trusted CAs, as files say; keeper: the newest that can be used
//! stamps       whether files have changed
//! judge        whether a client's certificate is accepted, and why not
//! crowd        how many handshakes go on at once
//! failure      how a handshake fails, in words; words: what rustls and clients say, for people
//! stream       a socket behind a handshake
//! ```
//! How files are read, and what a certificate says, is in the crate `relaismq-tls`, which the client uses too.

mod crowd;
mod failure;
mod judge;
mod keeper;
mod material;
mod secure;
mod stamps;
mod stream;
mod words;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use relaismq_tls::Unusable;

pub(super) use self::secure::Secure;
use self::{crowd::Crowd, keeper::Keeper};
use crate::config::{ClientCertificates, Connector, ConnectorTls, TlsConfig};

/// The TLS of a broker. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Tls {
    keeper: Arc<Keeper>,
    crowd: Arc<Crowd>,
}

impl Tls {
    /// Reads the files; blocks.
    ///
    /// # Errors
    /// What is missing or wrong, with what to do.
    pub(super) fn open(config: TlsConfig, connectors: &[Connector]) -> Result<Self, Unusable> {
        check(&config, connectors)?;
        let keeper = Arc::new(Keeper::open(config)?);
        let tls = Self { keeper, crowd: Arc::new(Crowd::default()) };
        for connector in connectors {
            if let Some(options) = connector.tls() {
                tls.secure(options).check()?;
            }
        }
        Ok(tls)
    }

    /// For a connector, if that has TLS.
    pub(super) fn of(&self, connector: &Connector) -> Option<Arc<Secure>> {
        connector.tls().map(|options| Arc::new(self.secure(options)))
    }

    /// Whose certificate it is, and for how long.
    pub(super) fn describe(&self) -> String {
        self.keeper.known().describe()
    }

    fn secure(&self, options: &ConnectorTls) -> Secure {
        Secure::new(self.keeper.clone(), self.crowd.clone(), options)
    }
}

/// What is missing.
fn check(config: &TlsConfig, connectors: &[Connector]) -> Result<(), Unusable> {
    if let Some(connector) = connectors.first().filter(|_| config.certificate.is_none()) {
        return Err(Unusable(format!("{connector} needs a certificate: {GIVE_CERTIFICATE}")));
    }
    let asks = |it: &&Connector| {
        it.tls().is_some_and(|tls| tls.client_certificates != ClientCertificates::No)
    };
    match connectors.iter().find(asks).filter(|_| config.trust.is_none()) {
        Some(connector) => Err(Unusable(format!(
            "{connector} asks clients for certificates, and nobody says whose are accepted: {GIVE_TRUST}"
        ))),
        None => Ok(()),
    }
}

const GIVE_CERTIFICATE: &str = "give one with --tls-certificate FILE and --tls-key FILE (PEM), or a key store \
                                (PKCS#12) with --tls-certificate FILE and RELAISMQ_TLS_PASSWORD";
const GIVE_TRUST: &str =
    "give the certificates of their CAs (PEM, or PKCS#12) with --tls-trust FILE";
