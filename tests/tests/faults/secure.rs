//! TLS before a proxy, with the right certificate or a wrong one.

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Result;
use relaismq_tests::authority::{Authority, Issued};
use relaismq_tests::ports;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// Dropping it ends the listening; connections go on until one of their ends goes.
pub(crate) struct Secure {
    port: u16,
    wrong: Arc<AtomicBool>,
    accepting: JoinHandle<()>,
    authority: Authority,
}

impl Secure {
    pub(crate) async fn start(target: u16) -> Result<Self> {
        let (authority, stranger) = (Authority::new("Test CA"), Authority::new("Another CA"));
        let issue = |by: &Authority| acceptor(&by.issue("broker", &["127.0.0.1"]));
        let acceptors = [issue(&authority)?, issue(&stranger)?];
        let (port, wrong) = (ports::free()?, Arc::new(AtomicBool::new(false)));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let accepting = tokio::spawn(serve(listener, target, acceptors, Arc::clone(&wrong)));
        Ok(Self { port, wrong, accepting, authority })
    }

    pub(crate) fn url(&self) -> String {
        format!("ssl://127.0.0.1:{}", self.port)
    }

    pub(crate) fn ca_file(&self) -> PathBuf {
        self.authority.file()
    }

    /// Whether it shows a certificate that nobody trusts.
    pub(crate) fn show_wrong(&self, wrong: bool) {
        self.wrong.store(wrong, Ordering::Relaxed);
    }
}

impl Drop for Secure {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

fn acceptor(issued: &Issued) -> Result<TlsAcceptor> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_file_iter(&issued.certificate)?.collect();
    let key = PrivateKeyDer::from_pem_file(&issued.key)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder =
        ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let config = builder.with_no_client_auth().with_single_cert(chain?, key)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

async fn serve(
    listener: TcpListener,
    target: u16,
    [right, other]: [TlsAcceptor; 2],
    wrong: Arc<AtomicBool>,
) {
    while let Ok((socket, _)) = listener.accept().await {
        let acceptor = if wrong.load(Ordering::Relaxed) { other.clone() } else { right.clone() };
        tokio::spawn(async move {
            // Whatever breaks here is seen by the client.
            let _ = carry(socket, target, acceptor).await;
        });
    }
}

async fn carry(socket: TcpStream, target: u16, acceptor: TlsAcceptor) -> std::io::Result<()> {
    let mut secured = acceptor.accept(socket).await?;
    let mut plain = TcpStream::connect((Ipv4Addr::LOCALHOST, target)).await?;
    copy_bidirectional(&mut secured, &mut plain).await?;
    Ok(())
}
