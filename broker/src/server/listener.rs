//! Accepting clients.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use relaismq_options::Scheme;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Semaphore, mpsc, watch},
    task::JoinSet,
    time::timeout,
};
use tracing::{debug, warn};

#[cfg(feature = "tls")]
use super::tls::Secure;
use super::{
    connection,
    connection::Arrived,
    engine_task::Event,
    served::Served,
    shared::{Master, Shared},
    stat,
};
use crate::{
    config::{ServerLimits, openwire_uri},
    engine::io::Link,
};

/// Bound listeners that do not accept yet.
#[derive(Debug)]
pub(crate) struct Listeners {
    pub(super) bound: Vec<Door>,
}

/// One of them.
#[derive(Debug)]
pub(super) struct Door {
    pub(super) listener: TcpListener,
    /// How clients write it.
    pub(super) served: Served,
    /// What protects what comes by it.
    #[cfg(feature = "tls")]
    pub(super) tls: Option<Arc<Secure>>,
}

/// Open ports, and the clients that came by them. Dropping it closes the ports and cuts the clients off.
#[derive(Debug)]
pub(crate) struct Accepting {
    /// One for each port; it owns its clients' tasks.
    ports: JoinSet<()>,
    closing: watch::Sender<()>,
}

/// What the tasks of all ports share.
struct Places {
    shared: Shared,
    free: Arc<Semaphore>,
    next_link: AtomicU64,
}

/// Wait after the system refused to accept (out of descriptors, mostly).
const ACCEPT_BACKOFF: Duration = Duration::from_millis(100);

/// How long clients may take to read what they were sent before an orderly end.
const GRACE: Duration = Duration::from_secs(1);

impl Listeners {
    /// Where clients can connect.
    pub(crate) fn addresses(&self) -> Vec<Served> {
        self.bound.iter().map(|door| door.served).collect()
    }

    /// Opens the ports to clients.
    pub(crate) fn accept(
        self,
        limits: ServerLimits,
        events: mpsc::Sender<Event>,
        master: Master,
    ) -> Accepting {
        let places = Arc::new(Places {
            shared: Shared::new(limits, events, master),
            free: Arc::new(Semaphore::new(limits.max_connections)),
            next_link: AtomicU64::new(1),
        });
        let (closing, closed) = watch::channel(());
        let mut ports = JoinSet::new();
        for door in self.bound {
            ports.spawn(serve(door, places.clone(), closed.clone()));
        }
        Accepting { ports, closing }
    }
}

impl Accepting {
    /// Takes no more clients; those that are there are served on.
    pub(crate) fn close_ports(&self) {
        self.closing.send_replace(());
    }

    /// Waits, though not long, until the clients have read what they were sent last.
    pub(crate) async fn see_off(mut self) {
        self.close_ports();
        let all_gone = async { while self.ports.join_next().await.is_some() {} };
        if timeout(GRACE, all_gone).await.is_err() {
            debug!("clients that do not read are cut off");
        }
    }

    /// Closes the ports, and the clients' connections at once: what was queued for them is not sent.
    pub(crate) async fn cut(mut self) {
        self.ports.shutdown().await;
    }
}

/// Serves one port, until it is closed and its clients are gone. Dropped, it cuts them off.
async fn serve(door: Door, places: Arc<Places>, mut closing: watch::Receiver<()>) {
    let mut clients = JoinSet::new();
    loop {
        tokio::select! {
            accepted = door.listener.accept() => match accepted {
                Ok((socket, address)) => places.clone().serve(socket, address, &door, &mut clients),
                Err(error) => {
                    warn!(%error, "a client could not be accepted");
                    tokio::time::sleep_until(tokio::time::Instant::now() + ACCEPT_BACKOFF).await;
                }
            },
            // Only so that nothing is kept of those that have gone.
            Some(_) = clients.join_next() => {}
            () = door.look_at_files() => {}
            _ = closing.changed() => break,
        }
    }
    drop(door);
    while clients.join_next().await.is_some() {}
}

impl Places {
    fn serve(
        self: Arc<Self>,
        socket: TcpStream,
        address: SocketAddr,
        door: &Door,
        clients: &mut JoinSet<()>,
    ) {
        let Ok(place) = self.free.clone().try_acquire_owned() else {
            return warn!(peer = %address, limit = self.shared.limits.max_connections,
                "connection refused: too many connections");
        };
        let link = Link(self.next_link.fetch_add(1, Ordering::Relaxed));
        debug!(peer = %address, link = link.0, "connection accepted");
        // As ActiveMQ tells it, whatever protects the bytes.
        let peer = openwire_uri(Scheme::Tcp, address);
        let connector = door.served.to_string().into();
        let arrived = Arrived { peer, connector, link, certificate: None };
        #[cfg(feature = "tls")]
        if let Some(secure) = door.tls.clone() {
            clients.spawn(async move {
                self.attend_secured(socket, arrived, &secure).await;
                drop(place);
            });
            return;
        }
        clients.spawn(async move {
            self.attend(socket, arrived).await;
            drop(place);
        });
    }

    async fn attend(&self, socket: TcpStream, arrived: Arrived) {
        let shared = self.shared.clone();
        if stat::is_asked(&socket).await {
            return stat::answer(socket, &arrived.peer, &shared).await;
        }
        connection::serve(Box::new(socket), arrived, shared).await;
    }

    #[cfg(feature = "tls")]
    async fn attend_secured(&self, socket: TcpStream, arrived: Arrived, secure: &Secure) {
        match secure.shake_hands(socket, self.shared.limits.handshake).await {
            Ok((stream, certificate)) => {
                let arrived = Arrived { certificate, ..arrived };
                connection::serve(Box::new(stream), arrived, self.shared.clone()).await;
            }
            Err(failure) => failure.log(&arrived.peer, arrived.connector.as_str()),
        }
    }
}

impl Door {
    /// Comes back after a while, in which files may have changed. Cancel-safe.
    async fn look_at_files(&self) {
        #[cfg(feature = "tls")]
        if let Some(secure) = &self.tls {
            return secure.look_at_files().await;
        }
        std::future::pending::<()>().await;
    }
}
