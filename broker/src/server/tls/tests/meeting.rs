//! A client and a connector.

use std::{sync::Arc, time::Duration};

use relaismq_openwire::Text;
use relaismq_options::{CipherSuite, TlsVersion};
use relaismq_tls::{Given, Purpose, Trust, pem, suites};
use rustls::{ClientConfig, pki_types::ServerName};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::{TlsConnector, client};

use super::folder::Folder;
use crate::{
    config::{Connector, TlsConfig},
    server::tls::{Secure, Tls, failure::Failure},
};

/// More than anything here needs.
pub(super) const SOON: Duration = Duration::from_secs(20);

/// What a client does.
pub(super) struct Visitor {
    config: Arc<ClientConfig>,
}

impl Visitor {
    /// Trusts the CA of the folder, and has nothing to show.
    pub(super) fn new(folder: &Folder) -> Self {
        Self::with(folder, &TlsVersion::ALL, None)
    }

    /// Has a certificate: `NAME.pem`, `NAME.key`.
    pub(super) fn showing(folder: &Folder, name: &str, version: TlsVersion) -> Self {
        Self::with(folder, &[version], Some(name))
    }

    pub(super) fn with(folder: &Folder, versions: &[TlsVersion], own: Option<&str>) -> Self {
        let ca = folder.path("ca.pem");
        let given = |file, purpose| Given { file, option: "", purpose, may_be_store: false };
        let trust = Trust::nobody().and_file(given(&ca, Purpose::Ca)).unwrap();
        let builder =
            ClientConfig::builder_with_provider(Arc::new(suites::provider(&CipherSuite::ALL)));
        let builder = builder.with_protocol_versions(&suites::versions(versions)).unwrap();
        let builder = builder.with_root_certificates(trust.roots);
        let config = match own {
            None => builder.with_no_client_auth(),
            Some(name) => {
                let (file, key) =
                    (folder.path(&format!("{name}.pem")), folder.path(&format!("{name}.key")));
                let file = given(&file, Purpose::Certificate);
                let key = given(&key, Purpose::Key);
                let chain = pem::certificates(file, &file.read().unwrap()).unwrap();
                let key = pem::key(key, &key.read().unwrap()).unwrap();
                builder.with_client_auth_cert(chain, key).unwrap()
            }
        };
        Self { config: Arc::new(config) }
    }

    pub(super) async fn visit(
        &self,
        socket: TcpStream,
    ) -> std::io::Result<client::TlsStream<TcpStream>> {
        let name = ServerName::try_from("127.0.0.1").unwrap();
        let connector = TlsConnector::from(self.config.clone());
        let mut stream = connector.connect(name, socket).await?;
        // With TLS 1.3 the broker's opinion comes only now.
        stream.write_all(b"!").await?;
        stream.read_exact(&mut [0]).await?;
        Ok(stream)
    }
}

/// A connector with these options.
pub(super) fn secure(config: TlsConfig, options: &str) -> Arc<Secure> {
    let connector: Connector = format!("ssl://127.0.0.1:0?{options}").parse().unwrap();
    Tls::open(config, std::slice::from_ref(&connector)).unwrap().of(&connector).unwrap()
}

/// Both ends of a connection.
pub(super) async fn sockets() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (client, broker) = tokio::join!(TcpStream::connect(address), listener.accept());
    (client.unwrap(), broker.unwrap().0)
}

/// What comes of a handshake: for the broker, with what it answers to the first byte; and for the client.
pub(super) async fn meet(
    secure: &Secure,
    visitor: &Visitor,
) -> (Result<Option<Text>, Failure>, std::io::Result<client::TlsStream<TcpStream>>) {
    let (client, broker) = sockets().await;
    let serving = async {
        let (mut stream, name) = secure.shake_hands(broker, SOON).await?;
        stream.read_exact(&mut [0]).await.unwrap();
        stream.write_all(b"!").await.unwrap();
        stream.flush().await.unwrap();
        Ok(name)
    };
    tokio::time::timeout(2 * SOON, async { tokio::join!(serving, visitor.visit(client)) })
        .await
        .unwrap()
}

/// Why the broker refuses a client, in words with these.
pub(super) async fn refuses(secure: &Secure, visitor: &Visitor, words: &[&str]) -> std::io::Error {
    let (broker, client) = meet(secure, visitor).await;
    match broker {
        Err(Failure::Refused(reason)) => says(&reason, words),
        other => panic!("{other:?}"),
    }
    client.unwrap_err()
}

pub(super) fn says(text: &str, words: &[&str]) {
    for word in words {
        assert!(text.contains(word), "{word:?} is missing: {text}");
    }
}
