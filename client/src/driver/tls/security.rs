//! One attempt to talk to a broker over TLS.

use std::sync::Arc;
use std::time::Duration;

use rustls::client::Resumption;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, SupportedCipherSuite, SupportedProtocolVersion};
use tokio::net::TcpStream;
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::judge::Judge;
use super::overheard::Overheard;
use super::proof::Proof;
use super::stream::Secured;
use super::trust::Trust;
use super::words::Scene;
use crate::driver::fault::Fault;
use crate::options::{Endpoint, TlsOptions, TlsVersion};

/// All that the handshakes of one attempt need.
///
/// Made anew for each attempt, so that files that have changed count; nothing is kept from an earlier
/// connection to the broker either, whose certificate is always looked at.
#[derive(Debug)]
pub(in crate::driver) struct Security {
    config: Arc<ClientConfig>,
    judge: Arc<Judge>,
    proof: Arc<Proof>,
    name: ServerName<'static>,
}

impl Security {
    /// Reads the files and checks the options.
    pub(in crate::driver) async fn of(endpoint: &Endpoint) -> Result<Self, Fault> {
        let options = endpoint.options.tls.clone();
        let host = options.server_name.as_deref().unwrap_or(endpoint.address.host()).to_owned();
        let reading = spawn_blocking(move || Self::read(&options, &host));
        reading.await.unwrap_or_else(|error| Err(Fault::passing(error.to_string())))
    }

    fn read(options: &TlsOptions, host: &str) -> Result<Self, Fault> {
        let provider = Arc::new(provider(options));
        let trust = match options.ca_files.as_slice() {
            [] => Trust::of_the_system()?,
            files => Trust::of_files(files)?,
        };
        let algorithms = provider.signature_verification_algorithms;
        let judge = Arc::new(Judge::new(trust, options.verify_host_name, algorithms));
        let proof = Arc::new(Proof::of(options, &provider)?);
        let versions: Vec<_> = options.versions().iter().map(|it| version(*it)).collect();
        let builder =
            ClientConfig::builder_with_provider(provider).with_protocol_versions(&versions);
        let builder = builder.map_err(|_| unfit(options))?.dangerous();
        let builder = builder.with_custom_certificate_verifier(Arc::<Judge>::clone(&judge));
        let mut config = builder.with_client_cert_resolver(Arc::<Proof>::clone(&proof));
        config.resumption = Resumption::disabled();
        Ok(Self { config: Arc::new(config), judge, proof, name: name(host)? })
    }

    /// Makes a socket safe, within the limit.
    pub(in crate::driver) async fn secure(
        &self,
        socket: TcpStream,
        limit: Duration,
    ) -> Result<Secured, Fault> {
        let (socket, heard) = Overheard::new(socket);
        let connector = TlsConnector::from(Arc::clone(&self.config));
        let handshake = connector.connect(self.name.clone(), socket);
        let finished = timeout(limit, handshake).await;
        let scene = Scene { greeting: heard.greeting(), proof: &self.proof };
        match finished {
            Ok(Ok(stream)) => Ok(Secured::new(stream, Arc::clone(&self.proof))),
            Ok(Err(error)) => match self.judge.take_refusal() {
                Some(reason) => Err(Fault::lasting(reason)),
                None => Err(scene.failed(&error)),
            },
            Err(_) => Err(scene.stalled(limit)),
        }
    }
}

/// The cryptography, with the suites that may be used.
fn provider(options: &TlsOptions) -> CryptoProvider {
    let mut provider = ring::default_provider();
    provider.cipher_suites.retain(|suite| {
        let name = java_name(suite);
        options.suites().iter().any(|wanted| wanted.as_str() == name)
    });
    provider
}

/// Only the suites of TLS 1.3 have a name of their own in rustls.
fn java_name(suite: &SupportedCipherSuite) -> String {
    let name = suite.suite().as_str().unwrap_or_default();
    name.replacen("TLS13_", "TLS_", 1)
}

const fn version(version: TlsVersion) -> &'static SupportedProtocolVersion {
    match version {
        TlsVersion::Tls13 => &rustls::version::TLS13,
        TlsVersion::Tls12 => &rustls::version::TLS12,
    }
}

fn name(host: &str) -> Result<ServerName<'static>, Fault> {
    ServerName::try_from(host.to_owned()).map_err(|_| {
        Fault::lasting(format!(
            "{host:?} is neither a host name nor an IP address that a certificate could be for; give such \
             a name with tls.serverName"
        ))
    })
}

fn unfit(options: &TlsOptions) -> Fault {
    let names = |names: Vec<&str>| names.join(", ");
    Fault::lasting(format!(
        "none of the cipher suites {} belongs to {}: allow others with socket.enabledCipherSuites or \
         socket.enabledProtocols",
        names(options.suites().iter().map(|it| it.as_str()).collect()),
        names(options.versions().iter().map(|it| it.as_str()).collect()),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::CipherSuite;

    #[test]
    fn every_suite_of_the_options_exists() {
        let all = provider(&TlsOptions::new());
        assert_eq!(all.cipher_suites.len(), CipherSuite::ALL.len());
        let one = TlsOptions::new().enabled_cipher_suites(vec![CipherSuite::Tls13Aes128Gcm]);
        assert_eq!(provider(&one).cipher_suites.len(), 1);
    }
}
