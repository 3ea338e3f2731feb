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
    net::{TcpListener, TcpStream},
    sync::{Semaphore, mpsc},
    task::JoinSet,
};
use tracing::{info, warn};

use super::{connection, engine_task::Event, shared::Shared};
use crate::{
    config::{ListenAddress, ServerLimits, openwire_uri},
    engine::io::Link,
};

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

impl Listeners {
    /// Binds every address.
    ///
    /// # Errors
    /// The system's, with the address it is about.
    pub(crate) async fn bind(
        addresses: &[ListenAddress],
    ) -> Result<Self, (ListenAddress, io::Error)> {
        let mut bound = Vec::new();
        for address in addresses {
            let listener = TcpListener::bind(address.host_and_port()).await;
            bound.push(listener.map_err(|error| (address.clone(), error))?);
        }
        Ok(Self { bound })
    }

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
        info!(peer = %address, link = link.0, "client connected");
        tokio::spawn(async move {
            connection::serve(socket, openwire_uri(address), link, self.shared.clone()).await;
            drop(place);
        });
    }
}
