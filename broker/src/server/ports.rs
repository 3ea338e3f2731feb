//! The addresses of a broker: taken as long as it runs, open only while it is the master.

use std::{io, net::SocketAddr, sync::Arc};

use tokio::net::{TcpSocket, lookup_host};
use tracing::warn;

#[cfg(feature = "tls")]
use super::tls::Tls;
use super::{
    listener::{Door, Listeners},
    served::Served,
};
use crate::{
    config::{Connector, TlsConfig},
    error::BrokerError,
};

/// Addresses that are served now and then. In between they are taken, and clients find them closed.
#[derive(Debug)]
pub(crate) struct Ports {
    ports: Vec<Port>,
    /// Whose certificate is shown.
    config: TlsConfig,
    /// Read once, and again when files have changed.
    #[cfg(feature = "tls")]
    tls: Option<Tls>,
}

#[derive(Debug)]
struct Port {
    address: Connector,
    /// What it became: a port that the system has chosen is kept, since clients know it.
    had: Option<SocketAddr>,
    state: State,
}

#[derive(Debug)]
enum State {
    Closed,
    /// Refuses clients.
    Bound(TcpSocket),
    /// Another program has it: the master, perhaps.
    InUse(io::Error),
}

/// What the system keeps of clients that it has not handed over yet.
const BACKLOG: u32 = 1024;

impl Ports {
    /// These. Nothing is bound or read yet.
    pub(crate) fn new(addresses: Vec<Connector>, config: TlsConfig) -> Self {
        let port = |address| Port { address, had: None, state: State::Closed };
        let ports = addresses.into_iter().map(port).collect();
        Self {
            ports,
            config,
            #[cfg(feature = "tls")]
            tls: None,
        }
    }

    /// Binds what is not bound, and reads what TLS needs: who cannot serve is to know it before somebody relies
    /// on it. An address that is in use may be the master's, which is free when it is needed.
    ///
    /// # Errors
    /// The system's, with the address it is about, unless it is in use; or what is wrong with a certificate.
    pub(crate) async fn reserve(&mut self) -> Result<(), BrokerError> {
        self.read_certificates().await?;
        for port in &mut self.ports {
            port.state = match port.bind().await {
                Ok(socket) => State::Bound(socket),
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => State::InUse(error),
                Err(error) => return Err(cannot_listen(&port.address, error)),
            };
        }
        Ok(())
    }

    /// For the log of a slave: what would keep it from serving now.
    pub(crate) fn warn(&self) {
        for Port { address, state, .. } in &self.ports {
            if let State::InUse(error) = state {
                warn!(%address, %error, "cannot be served as long as another program does; it is tried \
                    again at the takeover");
            }
        }
    }

    /// Opens the addresses to clients.
    ///
    /// # Errors
    /// The system's, with the address it is about.
    pub(crate) async fn listen(&mut self) -> Result<Listeners, BrokerError> {
        let mut bound = Vec::new();
        for port in &mut self.ports {
            let socket = match std::mem::replace(&mut port.state, State::Closed) {
                State::Bound(socket) => Ok(socket),
                State::Closed | State::InUse(_) => port.bind().await,
            };
            let listener = socket.and_then(|socket| socket.listen(BACKLOG));
            let listener = listener.map_err(|error| cannot_listen(&port.address, error))?;
            let address = listener.local_addr().map_err(|it| cannot_listen(&port.address, it))?;
            port.had = Some(address);
            let served = Served { scheme: port.address.scheme(), address };
            bound.push(Door {
                listener,
                served,
                #[cfg(feature = "tls")]
                tls: self.tls.as_ref().and_then(|tls| tls.of(&port.address)),
            });
        }
        Ok(Listeners { bound })
    }

    fn addresses(&self) -> impl Iterator<Item = &Connector> {
        self.ports.iter().map(|port| &port.address)
    }

    #[cfg(feature = "tls")]
    async fn read_certificates(&mut self) -> Result<(), BrokerError> {
        let connectors: Vec<_> =
            self.addresses().filter(|it| it.tls().is_some()).cloned().collect();
        if self.tls.is_none() && !connectors.is_empty() {
            let config = self.config.clone();
            let reading = tokio::task::spawn_blocking(move || Tls::open(config, &connectors));
            let read = reading.await.map_err(|error| BrokerError::Tls(error.to_string()))?;
            self.tls = Some(read.map_err(|error| BrokerError::Tls(error.to_string()))?);
        }
        Ok(())
    }

    #[cfg(not(feature = "tls"))]
    #[expect(clippy::unused_async, reason = "as with TLS")]
    async fn read_certificates(&mut self) -> Result<(), BrokerError> {
        let _ = &self.config;
        match self.addresses().find(|it| it.tls().is_some()) {
            Some(it) => Err(BrokerError::Tls(format!("{it}: built without the feature `tls`"))),
            None => Ok(()),
        }
    }
}

fn cannot_listen(address: &Connector, source: io::Error) -> BrokerError {
    BrokerError::Listen { address: address.to_string(), source: Arc::new(source) }
}

impl Port {
    async fn bind(&self) -> io::Result<TcpSocket> {
        match self.had {
            Some(address) => bind(address),
            None => bind_any(&self.address).await,
        }
    }
}

/// The first of the host's addresses that can be bound.
async fn bind_any(address: &Connector) -> io::Result<TcpSocket> {
    let mut last = None;
    for address in lookup_host(address.host_and_port()).await? {
        match bind(address) {
            Ok(socket) => return Ok(socket),
            Err(error) => last = Some(error),
        }
    }
    Err(last.unwrap_or_else(|| io::Error::new(io::ErrorKind::NotFound, "the host has no address")))
}

/// A socket that is bound and does not listen refuses connections.
fn bind(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

/// Whose certificate connectors with TLS would show, if there are any; blocks.
///
/// # Errors
/// What is missing or wrong, with what to do.
#[cfg(feature = "tls")]
pub(crate) fn certificate(
    connectors: &[Connector],
    config: &TlsConfig,
) -> Result<Option<String>, BrokerError> {
    let secure: Vec<_> = connectors.iter().filter(|it| it.tls().is_some()).cloned().collect();
    if secure.is_empty() {
        return Ok(None);
    }
    let tls = Tls::open(config.clone(), &secure);
    tls.map(|tls| Some(tls.describe())).map_err(|error| BrokerError::Tls(error.to_string()))
}

/// Nobody shows any.
#[cfg(not(feature = "tls"))]
pub(crate) fn certificate(_: &[Connector], _: &TlsConfig) -> Result<Option<String>, BrokerError> {
    Ok(None)
}
