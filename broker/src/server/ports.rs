//! The addresses of a broker: taken as long as it runs, open only while it is the master.

use std::{io, net::SocketAddr};

use tokio::net::{TcpSocket, lookup_host};
use tracing::warn;

use super::listener::Listeners;
use crate::config::{ListenAddress, openwire_uri};

/// Addresses that are served now and then. In between they are taken, and clients find them closed.
#[derive(Debug)]
pub(crate) struct Ports(Vec<Port>);

#[derive(Debug)]
struct Port {
    address: ListenAddress,
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
    /// These. Nothing is bound yet.
    pub(crate) fn new(addresses: Vec<ListenAddress>) -> Self {
        let port = |address| Port { address, had: None, state: State::Closed };
        Self(addresses.into_iter().map(port).collect())
    }

    /// Binds what is not bound. An address that is in use may be the master's, which is free when it is
    /// needed.
    ///
    /// # Errors
    /// The system's, with the address it is about, unless it is in use.
    pub(crate) async fn reserve(&mut self) -> Result<(), (ListenAddress, io::Error)> {
        for port in &mut self.0 {
            port.state = match port.bind().await {
                Ok(socket) => State::Bound(socket),
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => State::InUse(error),
                Err(error) => return Err((port.address.clone(), error)),
            };
        }
        Ok(())
    }

    /// For the log of a slave: what would keep it from serving now.
    pub(crate) fn warn(&self) {
        for Port { address, state, .. } in &self.0 {
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
    pub(crate) async fn listen(&mut self) -> Result<Listeners, (ListenAddress, io::Error)> {
        let mut bound = Vec::new();
        for port in &mut self.0 {
            let socket = match std::mem::replace(&mut port.state, State::Closed) {
                State::Bound(socket) => Ok(socket),
                State::Closed | State::InUse(_) => port.bind().await,
            };
            let listener = socket.and_then(|socket| socket.listen(BACKLOG));
            let listener = listener.map_err(|error| (port.address.clone(), error))?;
            port.had = listener.local_addr().ok();
            bound.push(listener);
        }
        Ok(Listeners { bound })
    }
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
async fn bind_any(address: &ListenAddress) -> io::Result<TcpSocket> {
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

/// Addresses as a client writes them, comma-separated.
pub(crate) fn urls(addresses: &[SocketAddr]) -> String {
    addresses.iter().map(|&address| openwire_uri(address)).collect::<Vec<_>>().join(",")
}
