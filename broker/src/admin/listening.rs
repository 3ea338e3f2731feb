//! Connections, within bounds.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    task::JoinSet,
    time::{Instant, sleep_until, timeout},
};
use tracing::{debug, warn};

/// Connections at once; further ones are closed at once.
const MOST_CONNECTIONS: usize = 64;

/// How long a request's head may take, and how long a connection may wait for the next one.
const HEAD: Duration = Duration::from_secs(if cfg!(test) { 1 } else { 10 });

/// How large a head may be.
const HEAD_BYTES: usize = 32 * 1024;

/// A connection ends after this time, whatever it is in the middle of: browsers that listen for events begin a
/// new one, and nobody keeps a place for ever.
const LONGEST: Duration = Duration::from_secs(600);

/// Wait after the system refused to accept (out of descriptors, mostly).
const ACCEPT_BACKOFF: Duration = Duration::from_millis(100);

/// An address that is served until this is dropped.
#[derive(Debug)]
pub(crate) struct Listening {
    address: SocketAddr,
    /// Owns its connections.
    _accepting: JoinSet<()>,
}

impl Listening {
    /// # Errors
    /// The system's, when the address cannot be had.
    pub(super) async fn begin(place: &str, routes: Router) -> io::Result<Self> {
        let listener = TcpListener::bind(place).await?;
        let address = listener.local_addr()?;
        let mut accepting = JoinSet::new();
        accepting.spawn(accept(listener, routes));
        Ok(Self { address, _accepting: accepting })
    }

    pub(super) const fn address(&self) -> SocketAddr {
        self.address
    }
}

async fn accept(listener: TcpListener, routes: Router) {
    let places = Places { free: Arc::new(Semaphore::new(MOST_CONNECTIONS)), routes };
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((socket, peer)) => places.serve(socket, peer, &mut connections),
                Err(error) => wait_after(&error).await,
            },
            // Only so that nothing is kept of those that have gone.
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn wait_after(error: &io::Error) {
    warn!(%error, "a connection to the admin page could not be accepted");
    sleep_until(Instant::now() + ACCEPT_BACKOFF).await;
}

/// Room for connections.
struct Places {
    free: Arc<Semaphore>,
    routes: Router,
}

impl Places {
    fn serve(&self, socket: TcpStream, peer: SocketAddr, connections: &mut JoinSet<()>) {
        let Ok(place) = self.free.clone().try_acquire_owned() else {
            return debug!(%peer, "too many connections to the admin page");
        };
        let routes = self.routes.clone();
        connections.spawn(async move {
            serve(socket, routes).await;
            drop(place);
        });
    }
}

async fn serve(socket: TcpStream, routes: Router) {
    let service = TowerToHyperService::new(routes);
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_buf_size(HEAD_BYTES)
        .serve_connection(TokioIo::new(socket), service);
    match timeout(LONGEST, connection).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => debug!(%error, "a connection to the admin page ended"),
        Err(_) => debug!("a connection to the admin page has lasted long enough"),
    }
}
