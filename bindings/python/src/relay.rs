//! The way to the broker for tests, which can be broken on demand.

use std::io::Result;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

const BUFFER: usize = 64 * 1024;

/// Carries the bytes of all connections, on the runtime of the broker, and dies with it.
#[derive(Clone)]
pub(crate) struct Relay(Arc<Shared>);

struct Shared {
    broker: SocketAddr,
    /// Counts the cuts; a connection made before the last one ends.
    cuts: watch::Sender<u64>,
    stalled: watch::Sender<bool>,
    /// What the broker says next is not passed on.
    deaf: AtomicBool,
}

impl Relay {
    /// Listens on a port of this machine in the place of the broker.
    pub(crate) async fn start(port: u16, broker: SocketAddr) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let relay = Self(Arc::new(Shared {
            broker,
            cuts: watch::Sender::new(0),
            stalled: watch::Sender::new(false),
            deaf: AtomicBool::new(false),
        }));
        tokio::spawn(Arc::clone(&relay.0).serve(listener));
        Ok(relay)
    }

    /// Cuts all connections there are.
    pub(crate) fn cut(&self) {
        self.0.cut();
    }

    /// Lets nothing pass, and leaves everything open; or lets everything pass again.
    pub(crate) fn stall(&self, stalled: bool) {
        self.0.stalled.send_replace(stalled);
    }

    /// Loses what the broker says next, and cuts all connections.
    pub(crate) fn drop_reply(&self) {
        self.0.deaf.store(true, Ordering::SeqCst);
    }
}

impl Shared {
    async fn serve(self: Arc<Self>, listener: TcpListener) {
        while let Ok((client, _)) = listener.accept().await {
            tokio::spawn(Arc::clone(&self).carry(client));
        }
    }

    /// One connection, until it ends or is cut.
    async fn carry(self: Arc<Self>, client: TcpStream) {
        let mut cuts = self.cuts.subscribe();
        let carried = async {
            let broker = TcpStream::connect(self.broker).await?;
            client.set_nodelay(true)?;
            broker.set_nodelay(true)?;
            let (from_client, to_client) = client.into_split();
            let (from_broker, to_broker) = broker.into_split();
            tokio::try_join!(
                self.pump(from_client, to_broker, None),
                self.pump(from_broker, to_client, Some(&self.deaf)),
            )
        };
        // Both ends of it are dropped, which is what cuts the connection.
        tokio::select! {
            _ = carried => {}
            _ = cuts.changed() => {}
        }
    }

    async fn pump(
        &self,
        mut from: OwnedReadHalf,
        mut to: OwnedWriteHalf,
        deaf: Option<&AtomicBool>,
    ) -> Result<()> {
        let mut stalled = self.stalled.subscribe();
        let mut buffer = vec![0; BUFFER];
        loop {
            let length = from.read(&mut buffer).await?;
            // What came before a stall ends is late, not lost.
            if stalled.wait_for(|stalled| !stalled).await.is_err() || length == 0 {
                return to.shutdown().await;
            }
            if deaf.is_some_and(|deaf| deaf.swap(false, Ordering::SeqCst)) {
                self.cut();
                return Ok(());
            }
            to.write_all(buffer.get(..length).unwrap_or_default()).await?;
        }
    }

    fn cut(&self) {
        self.cuts.send_modify(|count| *count += 1);
    }
}
