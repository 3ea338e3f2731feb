//! One connector with TLS, and the handshake with a client.

use std::{io, sync::Arc, time::Duration};

use relaismq_openwire::Text;
use relaismq_tls::{Certificate, Unusable, suites};
use rustls::{
    ServerConfig, SupportedProtocolVersion,
    crypto::CryptoProvider,
    server::{NoServerSessionStorage, danger::ClientCertVerifier},
    sign::SingleCertAndKey,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::{Instant, sleep_until, timeout, timeout_at},
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use super::{
    crowd::Crowd,
    failure::Failure,
    judge::Judge,
    keeper::Keeper,
    material::Material,
    stream::{Buffered, buffered},
};
use crate::config::{ClientCertificates, ConnectorTls};

/// What protects one connector.
#[derive(Debug)]
pub(in crate::server) struct Secure {
    keeper: Arc<Keeper>,
    crowd: Arc<Crowd>,
    options: ConnectorTls,
    provider: Arc<CryptoProvider>,
    versions: Vec<&'static SupportedProtocolVersion>,
}

/// How often files are looked at when nobody comes, so that what is wrong with them is soon in the log.
const LOOK: Duration = Duration::from_secs(10);
/// How long somebody may take to read why he was refused.
const GRACE: Duration = Duration::from_secs(1);
/// And what else may come from there meanwhile.
const MOST_IGNORED: u64 = 256 * 1024;
/// First byte of a handshake of TLS.
const HANDSHAKE: u8 = 0x16;
/// What a client without TLS is told: the alert `unexpected_message`, by which clients know TLS.
const NOT_TLS: &[u8] = &[0x15, 3, 3, 0, 2, 2, 10];

impl Secure {
    pub(super) fn new(keeper: Arc<Keeper>, crowd: Arc<Crowd>, options: &ConnectorTls) -> Self {
        let provider = Arc::new(suites::provider(options.suites()));
        let versions = suites::versions(options.versions());
        Self { keeper, crowd, options: options.clone(), provider, versions }
    }

    /// Whether there can be any handshake.
    pub(super) fn check(&self) -> Result<(), Unusable> {
        let judge = self.judge(&self.keeper.known());
        self.config(&self.keeper.known(), judge).map(drop)
    }

    /// Comes back after a while, in which files may have changed. Cancel-safe.
    pub(in crate::server) async fn look_at_files(&self) {
        sleep_until(Instant::now() + LOOK).await;
        self.keeper.look_aside().await;
    }

    /// Makes a socket safe, within the limit. Also the name in the client's certificate, if it has shown one.
    pub(in crate::server) async fn shake_hands(
        &self,
        socket: TcpStream,
        limit: Duration,
    ) -> Result<(TlsStream<Buffered>, Option<Text>), Failure> {
        let deadline = Instant::now() + limit;
        match timeout_at(deadline, first_bytes(&socket)).await {
            Ok(Ok(first)) if first.first() == Some(&HANDSHAKE) => {}
            Ok(Ok(first)) => {
                part(buffered(socket), NOT_TLS).await;
                return Err(Failure::plain(&first));
            }
            Ok(Err(error)) => return Err(Failure::gone(&error)),
            Err(_) => return Err(Failure::silent(limit)),
        }
        let _ = socket.set_nodelay(true);
        let shaken = timeout_at(deadline, self.when_it_is_its_turn(socket)).await;
        shaken.unwrap_or_else(|_| Err(Failure::late(limit)))
    }

    async fn when_it_is_its_turn(
        &self,
        socket: TcpStream,
    ) -> Result<(TlsStream<Buffered>, Option<Text>), Failure> {
        let Some(turn) = self.crowd.turn().await else { return Err(Failure::slow()) };
        let material = self.keeper.look_aside().await;
        let judge = self.judge(&material);
        let config = self.config(&material, judge.clone());
        let config = config.map_err(|error| Failure::Refused(error.to_string()))?;
        let accepting = TlsAcceptor::from(Arc::new(config)).accept(buffered(socket));
        let accepted = tokio::select! {
            accepted = accepting.into_fallible() => accepted,
            () = turn.is_over() => return Err(Failure::slow()),
        };
        drop(turn);
        match accepted {
            Ok(stream) => {
                let name = name(&stream);
                Ok((stream, name))
            }
            Err((error, socket)) => {
                part(socket, &[]).await;
                let refusal = judge.and_then(|it| it.take_refusal());
                Err(Failure::of(&error, refusal, &self.options))
            }
        }
    }

    fn judge(&self, material: &Material) -> Option<Arc<Judge>> {
        let needed = match self.options.client_certificates {
            ClientCertificates::No => return None,
            ClientCertificates::Wanted => false,
            ClientCertificates::Needed => true,
        };
        // Without CAs the broker has not started; and if: nobody is let in.
        material.trusted.clone().map(|trusted| Arc::new(Judge::new(trusted, needed)))
    }

    /// Made anew for each handshake: files may have changed, and each has a judge of its own. Nothing is kept
    /// of earlier connections either, whose certificates may have been given up since.
    fn config(
        &self,
        material: &Material,
        judge: Option<Arc<Judge>>,
    ) -> Result<ServerConfig, Unusable> {
        let builder = ServerConfig::builder_with_provider(self.provider.clone());
        let builder = builder.with_protocol_versions(&self.versions).map_err(|_| self.unfit())?;
        let builder = match (judge, self.options.client_certificates) {
            (Some(judge), _) => {
                let judge: Arc<dyn ClientCertVerifier> = judge;
                builder.with_client_cert_verifier(judge)
            }
            (None, ClientCertificates::No) => builder.with_no_client_auth(),
            (None, _) => {
                return Err(Unusable("no CAs are known whose clients are accepted".to_owned()));
            }
        };
        let own = SingleCertAndKey::from(material.own.clone());
        let mut config = builder.with_cert_resolver(Arc::new(own));
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        Ok(config)
    }

    fn unfit(&self) -> Unusable {
        let others = "enabledCipherSuites or enabledProtocols of the connector";
        Unusable(suites::unfit(self.options.suites(), self.options.versions(), others))
    }
}

/// Waits until something is there to be read, and takes nothing of it.
async fn first_bytes(socket: &TcpStream) -> io::Result<Vec<u8>> {
    let mut first = [0; 20];
    let length = socket.peek(&mut first).await?;
    match first.get(..length) {
        Some(first) if length > 0 => Ok(first.to_vec()),
        _ => Err(io::Error::new(io::ErrorKind::UnexpectedEof, "closed before anything came")),
    }
}

/// Ends a connection so that what was said last is read there: what is left unread here would make the system
/// throw it away.
async fn part(mut socket: Buffered, last: &[u8]) {
    let parting = async {
        socket.write_all(last).await?;
        socket.shutdown().await?;
        let mut rest = (&mut socket).take(MOST_IGNORED);
        tokio::io::copy(&mut rest, &mut tokio::io::sink()).await
    };
    // Whoever does not listen does not want to know.
    drop(timeout(GRACE, parting).await);
}

/// The name in the certificate that the client has shown, as ActiveMQ's users are called then.
fn name(stream: &TlsStream<Buffered>) -> Option<Text> {
    let certificates = stream.get_ref().1.peer_certificates()?;
    let own = Certificate::read(certificates.first()?)?;
    Some(own.distinguished_name.as_str().into())
}
