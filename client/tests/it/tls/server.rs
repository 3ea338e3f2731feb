//! A broker behind TLS.

use std::io;
use std::sync::Arc;

use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{CipherSuite, RootCertStore, ServerConfig, SupportedProtocolVersion};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::authority::{Authority, Issued};
use crate::broker::{Broker, Peer, soon};

/// How the server wants it.
pub(super) struct Demands<'a> {
    pub(super) versions: &'a [&'static SupportedProtocolVersion],
    /// None: all.
    pub(super) suite: Option<CipherSuite>,
    /// Whose certificates clients must have.
    pub(super) clients_of: Option<&'a Authority>,
}

impl Default for Demands<'_> {
    fn default() -> Self {
        Self { versions: rustls::ALL_VERSIONS, suite: None, clients_of: None }
    }
}

/// A listening socket with a certificate.
pub(super) struct TlsBroker {
    broker: Broker,
    acceptor: TlsAcceptor,
}

impl TlsBroker {
    pub(super) async fn bind(issued: &Issued, demands: &Demands<'_>) -> Self {
        let config = Arc::new(config(issued, demands));
        Self { broker: Broker::bind().await, acceptor: TlsAcceptor::from(config) }
    }

    /// Shows this certificate from here on.
    pub(super) fn renew(&mut self, issued: &Issued) {
        self.acceptor = TlsAcceptor::from(Arc::new(config(issued, &Demands::default())));
    }

    /// `ssl://127.0.0.1:…`
    pub(super) fn address(&self) -> String {
        format!("ssl://{}", self.broker.address)
    }

    pub(super) async fn accept(&self) -> io::Result<TlsStream<TcpStream>> {
        let socket = self.broker.accept_raw().await;
        soon(self.acceptor.accept(socket)).await
    }

    /// A client that has logged in.
    pub(super) async fn accept_login(&self) -> Peer {
        let mut peer = Peer::negotiate(self.accept().await.unwrap()).await;
        peer.login().await;
        peer
    }

    /// Serves whoever gets through the handshake, for ever.
    pub(super) async fn serve(self) {
        loop {
            // Whoever does not get through is the business of the test.
            if let Ok(stream) = self.accept().await {
                tokio::spawn(async move {
                    Peer::try_negotiate(stream).await?.serve().await;
                    Some(())
                });
            }
        }
    }
}

fn config(issued: &Issued, demands: &Demands<'_>) -> ServerConfig {
    let mut provider = ring::default_provider();
    if let Some(suite) = demands.suite {
        provider.cipher_suites.retain(|it| it.suite() == suite);
    }
    let provider = Arc::new(provider);
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(demands.versions)
        .unwrap();
    let builder = match demands.clients_of {
        Some(authority) => builder.with_client_cert_verifier(verifier(authority, provider)),
        None => builder.with_no_client_auth(),
    };
    let chain = CertificateDer::pem_file_iter(&issued.certificate).unwrap();
    let chain = chain.collect::<Result<Vec<_>, _>>().unwrap();
    builder.with_single_cert(chain, PrivateKeyDer::from_pem_file(&issued.key).unwrap()).unwrap()
}

fn verifier(
    authority: &Authority,
    provider: Arc<CryptoProvider>,
) -> Arc<dyn rustls::server::danger::ClientCertVerifier> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(authority.file()).unwrap()).unwrap();
    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap()
}
