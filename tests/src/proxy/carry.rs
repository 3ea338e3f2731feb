//! Carries the bytes of a proxy's connections, and breaks them as told.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::flow::{Direction, Flow};

/// What all connections of one proxy share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) target: Mutex<SocketAddr>,
    pub(super) upstream: Lane,
    pub(super) downstream: Lane,
    /// Counts the cuts; a connection made before the last one ends.
    pub(super) cuts: watch::Sender<u64>,
    /// How many connections were accepted so far.
    pub(super) accepted: watch::Sender<u64>,
}

/// One direction.
#[derive(Debug)]
pub(super) struct Lane {
    pub(super) flow: watch::Sender<Flow>,
    pub(super) bytes: AtomicU64,
    /// Connections are cut when this many bytes have passed.
    pub(super) limit: AtomicU64,
}

impl Shared {
    pub(super) async fn serve(self: Arc<Self>, listener: TcpListener) {
        while let Ok((client, _)) = listener.accept().await {
            self.accepted.send_modify(|count| *count += 1);
            tokio::spawn(Arc::clone(&self).connect(client));
        }
    }

    /// Carries one connection until it ends or is cut.
    async fn connect(self: Arc<Self>, client: TcpStream) {
        let mut cuts = self.cuts.subscribe();
        let target = *self.target.lock().unwrap_or_else(PoisonError::into_inner);
        let carried = async {
            let broker = TcpStream::connect(target).await?;
            client.set_nodelay(true)?;
            broker.set_nodelay(true)?;
            let (from_client, to_client) = client.into_split();
            let (from_broker, to_broker) = broker.into_split();
            tokio::try_join!(
                self.pump(Direction::Upstream, from_client, to_broker),
                self.pump(Direction::Downstream, from_broker, to_client),
            )
        };
        // Both arms end the connection by dropping its sockets.
        tokio::select! {
            _ = carried => {}
            _ = cuts.changed() => {}
        }
    }

    async fn pump(
        &self,
        direction: Direction,
        mut from: OwnedReadHalf,
        mut to: OwnedWriteHalf,
    ) -> std::io::Result<()> {
        let lane = self.lane(direction);
        let mut flow = lane.flow.subscribe();
        let mut buffer = vec![0; BUFFER];
        // A stream with a hole does not go on after it, as none does over TCP.
        let mut has_hole = false;
        loop {
            let now = *flow.borrow_and_update();
            if now == Flow::HalfClose {
                return to.shutdown().await;
            }
            let length = tokio::select! {
                biased;
                _ = flow.changed() => continue,
                length = from.read(&mut buffer), if now != Flow::Stall => length?,
            };
            if length == 0 {
                return to.shutdown().await;
            }
            has_hole |= now == Flow::Swallow;
            if now == Flow::Pass && !has_hole {
                to.write_all(buffer.get(..length).unwrap_or_default()).await?;
            }
            if lane.has_reached_its_limit(length) {
                self.cut();
            }
        }
    }

    pub(super) fn cut(&self) {
        self.cuts.send_modify(|count| *count += 1);
    }

    pub(super) fn lane(&self, direction: Direction) -> &Lane {
        match direction {
            Direction::Upstream => &self.upstream,
            Direction::Downstream => &self.downstream,
        }
    }
}

impl Lane {
    pub(super) fn new() -> Self {
        let limit = AtomicU64::new(u64::MAX);
        Self { flow: watch::Sender::new(Flow::Pass), bytes: AtomicU64::new(0), limit }
    }

    /// Counts bytes; true once when they reach the limit, which is then lifted.
    fn has_reached_its_limit(&self, bytes: usize) -> bool {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        let total = self.bytes.fetch_add(bytes, Ordering::SeqCst) + bytes;
        let reached = total >= self.limit.load(Ordering::SeqCst);
        if reached {
            self.limit.store(u64::MAX, Ordering::SeqCst);
        }
        reached
    }
}

const BUFFER: usize = 16 * 1024;
