//! Accepting clients.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Semaphore, mpsc, watch},
    task::JoinSet,
    time::timeout,
};
use tracing::{debug, warn};

use super::{
    connection,
    connection::Arrived,
    engine_task::Event,
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
    pub(super) bound: Vec<TcpListener>,
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
    pub(crate) fn addresses(&self) -> Vec<SocketAddr> {
        self.bound.iter().filter_map(|listener| listener.local_addr().ok()).collect()
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
        for listener in self.bound {
            ports.spawn(serve(listener, places.clone(), closed.clone()));
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
async fn serve(listener: TcpListener, places: Arc<Places>, mut closing: watch::Receiver<()>) {
    let connector = listener.local_addr().map(openwire_uri).unwrap_or_default();
    let mut clients = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((socket, address)) => places.clone().serve(socket, address, &connector, &mut clients),
                Err(error) => {
                    warn!(%error, "a client could not be accepted");
                    tokio::time::sleep_until(tokio::time::Instant::now() + ACCEPT_BACKOFF).await;
                }
            },
            // Only so that nothing is kept of those that have gone.
            Some(_) = clients.join_next() => {}
            _ = closing.changed() => break,
        }
    }
    drop(listener);
    while clients.join_next().await.is_some() {}
}

impl Places {
    fn serve(
        self: Arc<Self>,
        socket: TcpStream,
        address: SocketAddr,
        connector: &str,
        clients: &mut JoinSet<()>,
    ) {
        let Ok(place) = self.free.clone().try_acquire_owned() else {
            return warn!(peer = %address, limit = self.shared.limits.max_connections,
                "connection refused: too many connections");
        };
        let link = Link(self.next_link.fetch_add(1, Ordering::Relaxed));
        debug!(peer = %address, link = link.0, "connection accepted");
        let arrived = Arrived { peer: openwire_uri(address), connector: connector.into(), link };
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
        connection::serve(socket, arrived, shared).await;
    }
}
