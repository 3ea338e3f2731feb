//! A TCP proxy that breaks connections on demand.
//!
//! ```text
//!   client ---- Upstream ----> proxy ----> broker
//!   client <--- Downstream --- proxy <---- broker
//! ```

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::ports;

/// One of the two ways through the proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From the client to the broker.
    Upstream,
    /// From the broker to the client.
    Downstream,
}

/// What happens to bytes on their way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// They pass.
    Pass,
    /// They are not read: the sender's buffers fill up, as before a peer that hangs.
    Stall,
    /// They are read and thrown away, as answers that are lost with their connection.
    Swallow,
    /// The receiver is told that no more will come, and no more comes; the other way stays open.
    HalfClose,
}

/// A proxy in front of one broker. Dropping it ends all its connections.
#[derive(Debug)]
pub struct Proxy {
    port: u16,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    target: Mutex<SocketAddr>,
    upstream: Lane,
    downstream: Lane,
    /// Counts the cuts; a connection made before the last one ends.
    cuts: watch::Sender<u64>,
    /// How many connections were accepted so far.
    accepted: watch::Sender<u64>,
}

#[derive(Debug)]
struct Lane {
    flow: watch::Sender<Flow>,
    bytes: AtomicU64,
    /// Connections are cut when this many bytes have passed.
    limit: AtomicU64,
}

impl Proxy {
    /// Starts a proxy before the broker at `target`, such as `127.0.0.1:61616` or its `tcp://` URL.
    ///
    /// # Errors
    /// When the target is no socket address or no port is free.
    pub async fn start(target: &str) -> Result<Self> {
        let shared = Arc::new(Shared {
            target: Mutex::new(address(target)?),
            upstream: Lane::new(),
            downstream: Lane::new(),
            cuts: watch::Sender::new(0),
            accepted: watch::Sender::new(0),
        });
        let mut proxy = Self { port: ports::free()?, shared, accepting: None };
        proxy.accept().await?;
        Ok(proxy)
    }

    /// The proxy's own address, such as `tcp://127.0.0.1:20001`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("tcp://127.0.0.1:{}", self.port)
    }

    /// Accepts connections (again).
    ///
    /// # Errors
    /// When the port was taken meanwhile.
    pub async fn accept(&mut self) -> Result<()> {
        if self.accepting.is_none() {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, self.port)).await?;
            self.accepting = Some(tokio::spawn(Arc::clone(&self.shared).serve(listener)));
        }
        Ok(())
    }

    /// Refuses new connections; those there are stay.
    pub async fn refuse(&mut self) {
        if let Some(task) = self.accepting.take() {
            task.abort();
            // Its listener is closed once it has ended; that it was aborted is no news.
            drop(task.await);
        }
    }

    /// Cuts all connections there are.
    pub fn cut(&self) {
        self.shared.cut();
    }

    /// Cuts all connections once so many more bytes have passed in this direction. The last ones
    /// before the cut still arrive.
    pub fn cut_after(&self, direction: Direction, bytes: u64) {
        let lane = self.shared.lane(direction);
        lane.limit.store(lane.bytes.load(Ordering::SeqCst) + bytes, Ordering::SeqCst);
    }

    /// Decides what happens to the bytes of one direction, of all connections.
    pub fn set(&self, direction: Direction, flow: Flow) {
        self.shared.lane(direction).flow.send_replace(flow);
    }

    /// Stalls both directions.
    pub fn stall(&self) {
        self.set(Direction::Upstream, Flow::Stall);
        self.set(Direction::Downstream, Flow::Stall);
    }

    /// Lets everything pass again.
    pub fn pass(&self) {
        self.set(Direction::Upstream, Flow::Pass);
        self.set(Direction::Downstream, Flow::Pass);
    }

    /// Sends new connections to another broker.
    ///
    /// # Errors
    /// When the target is no socket address.
    pub fn retarget(&self, target: &str) -> Result<()> {
        *self.shared.target.lock().unwrap_or_else(PoisonError::into_inner) = address(target)?;
        Ok(())
    }

    /// How many bytes have passed in one direction.
    #[must_use]
    pub fn bytes(&self, direction: Direction) -> u64 {
        self.shared.lane(direction).bytes.load(Ordering::SeqCst)
    }

    /// How many connections were accepted so far.
    #[must_use]
    pub fn accepted(&self) -> u64 {
        *self.shared.accepted.borrow()
    }

    /// Waits until so many connections have been accepted since the start.
    ///
    /// # Errors
    /// When they are not within the time.
    pub async fn until_accepted(&self, count: u64, within: Duration) -> Result<()> {
        let mut accepted = self.shared.accepted.subscribe();
        let reached = timeout(within, accepted.wait_for(|so_far| *so_far >= count)).await;
        reached.with_context(|| format!("only {} of {count} connections", self.accepted()))??;
        Ok(())
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        if let Some(task) = &self.accepting {
            task.abort();
        }
        self.cut();
    }
}

impl Shared {
    async fn serve(self: Arc<Self>, listener: TcpListener) {
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
            if now == Flow::Pass {
                to.write_all(buffer.get(..length).unwrap_or_default()).await?;
            }
            if lane.has_reached_its_limit(length) {
                self.cut();
            }
        }
    }

    fn cut(&self) {
        self.cuts.send_modify(|count| *count += 1);
    }

    fn lane(&self, direction: Direction) -> &Lane {
        match direction {
            Direction::Upstream => &self.upstream,
            Direction::Downstream => &self.downstream,
        }
    }
}

impl Lane {
    fn new() -> Self {
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

fn address(target: &str) -> Result<SocketAddr> {
    let bare = target.strip_prefix("tcp://").unwrap_or(target);
    bare.parse().with_context(|| format!("no socket address: {target}"))
}

const BUFFER: usize = 16 * 1024;

#[cfg(test)]
mod tests;
