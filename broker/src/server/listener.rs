//! Accepting clients.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    net::{TcpListener, TcpSocket, TcpStream, lookup_host},
    sync::{Semaphore, mpsc},
    task::JoinSet,
};
use tracing::{debug, warn};

use super::{connection, engine_task::Event, shared::Shared};
use crate::{
    config::{ListenAddress, ServerLimits, openwire_uri},
    engine::io::Link,
};

/// Addresses that are to be served later. They are taken, and clients find them closed.
#[derive(Debug)]
pub(crate) struct Reserved {
    /// Each with what is bound to it, if it could be.
    addresses: Vec<(ListenAddress, io::Result<TcpSocket>)>,
}

/// Bound listeners that do not accept yet.
#[derive(Debug)]
pub(crate) struct Listeners {
    bound: Vec<TcpListener>,
}

/// What all accepting tasks share.
struct Accepting {
    shared: Shared,
    free: Arc<Semaphore>,
    next_link: AtomicU64,
}

/// Wait after the system refused to accept (out of descriptors, mostly).
const ACCEPT_BACKOFF: Duration = Duration::from_millis(100);

/// What the system keeps of clients that it has not handed over yet.
const BACKLOG: u32 = 1024;

impl Reserved {
    /// Binds every address. One that is in use may be the master's, which is free when it is needed.
    ///
    /// # Errors
    /// The system's, with the address it is about, unless it is in use.
    pub(crate) async fn new(
        addresses: Vec<ListenAddress>,
    ) -> Result<Self, (ListenAddress, io::Error)> {
        let mut reserved = Vec::new();
        for address in addresses {
            match bind(&address).await {
                Err(error) if error.kind() != io::ErrorKind::AddrInUse => {
                    return Err((address, error));
                }
                bound => reserved.push((address, bound)),
            }
        }
        Ok(Self { addresses: reserved })
    }

    /// For the log of a slave: what would keep it from serving now.
    pub(crate) fn warn(&self) {
        for (address, bound) in &self.addresses {
            if let Err(error) = bound {
                warn!(%address, %error, "cannot be served as long as another program does; it is tried \
                    again at the takeover");
            }
        }
    }

    /// Opens the addresses to clients.
    ///
    /// # Errors
    /// The system's, with the address it is about.
    pub(crate) async fn listen(self) -> Result<Listeners, (ListenAddress, io::Error)> {
        let mut bound = Vec::new();
        for (address, socket) in self.addresses {
            let socket = match socket {
                Ok(socket) => Ok(socket),
                Err(_) => bind(&address).await,
            };
            let listener = socket.and_then(|socket| socket.listen(BACKLOG));
            bound.push(listener.map_err(|error| (address, error))?);
        }
        Ok(Listeners { bound })
    }
}

/// The first of the host's addresses that can be bound. A socket that is bound and does not listen
/// refuses connections.
async fn bind(address: &ListenAddress) -> io::Result<TcpSocket> {
    let mut last = None;
    for address in lookup_host(address.host_and_port()).await? {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        socket.set_reuseaddr(true)?;
        match socket.bind(address) {
            Ok(()) => return Ok(socket),
            Err(error) => last = Some(error),
        }
    }
    Err(last.unwrap_or_else(|| io::Error::new(io::ErrorKind::NotFound, "the host has no address")))
}

impl Listeners {
    /// Where clients can connect.
    pub(crate) fn addresses(&self) -> Vec<SocketAddr> {
        self.bound.iter().filter_map(|listener| listener.local_addr().ok()).collect()
    }

    /// Accepts until the returned set is dropped; its clients are served to their end.
    pub(crate) fn accept(self, limits: ServerLimits, events: mpsc::Sender<Event>) -> JoinSet<()> {
        let places = Arc::new(Accepting {
            shared: Shared::new(limits, events),
            free: Arc::new(Semaphore::new(limits.max_connections)),
            next_link: AtomicU64::new(1),
        });
        let mut accepting = JoinSet::new();
        for listener in self.bound {
            accepting.spawn(accept(listener, places.clone()));
        }
        accepting
    }
}

async fn accept(listener: TcpListener, places: Arc<Accepting>) {
    loop {
        match listener.accept().await {
            Ok((socket, address)) => places.clone().serve(socket, address),
            Err(error) => {
                warn!(%error, "a client could not be accepted");
                tokio::time::sleep_until(tokio::time::Instant::now() + ACCEPT_BACKOFF).await;
            }
        }
    }
}

impl Accepting {
    fn serve(self: Arc<Self>, socket: TcpStream, address: SocketAddr) {
        let Ok(place) = self.free.clone().try_acquire_owned() else {
            return warn!(peer = %address, limit = self.shared.limits.max_connections,
                "connection refused: too many connections");
        };
        let link = Link(self.next_link.fetch_add(1, Ordering::Relaxed));
        debug!(peer = %address, link = link.0, "connection accepted");
        tokio::spawn(async move {
            connection::serve(socket, openwire_uri(address), link, self.shared.clone()).await;
            drop(place);
        });
    }
}
