//! One attempt to talk to a broker over TLS.

use std::sync::Arc;
use std::time::Duration;

use relaismq_tls::suites;
use rustls::ClientConfig;
use rustls::client::Resumption;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::judge::Judge;
use super::overheard::Overheard;
use super::proof::Proof;
use super::stream::Secured;
use super::trust;
use super::words::Scene;
use crate::driver::fault::Fault;
use crate::options::{Endpoint, TlsOptions};

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
        let provider = Arc::new(suites::provider(options.suites()));
        let trust = match options.ca_files.as_slice() {
            [] => trust::of_the_system()?,
            files => trust::of_files(files)?,
        };
        let algorithms = provider.signature_verification_algorithms;
        let judge = Arc::new(Judge::new(trust, options.verify_host_name, algorithms));
        let proof = Arc::new(Proof::of(options, &provider)?);
        let versions = suites::versions(options.versions());
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

fn name(host: &str) -> Result<ServerName<'static>, Fault> {
    ServerName::try_from(host.to_owned()).map_err(|_| {
        Fault::lasting(format!(
            "{host:?} is neither a host name nor an IP address that a certificate could be for; give such \
             a name with tls.serverName"
        ))
    })
}

fn unfit(options: &TlsOptions) -> Fault {
    let others = "socket.enabledCipherSuites or socket.enabledProtocols";
    Fault::lasting(suites::unfit(options.suites(), options.versions(), others))
}
