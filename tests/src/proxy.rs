//! A TCP proxy that breaks connections on demand.
//!
//! ```text
//!   client ---- Upstream ----> proxy ----> broker
//!   client <--- Downstream --- proxy <---- broker
//! ```

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use self::carry::{Lane, Shared};
pub use self::flow::{Direction, Flow};
use crate::ports;

mod carry;
mod flow;

/// A proxy in front of one broker. Dropping it ends all its connections.
#[derive(Debug)]
pub struct Proxy {
    port: u16,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
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

    /// Its port on loopback.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
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

fn address(target: &str) -> Result<SocketAddr> {
    let bare = target.strip_prefix("tcp://").unwrap_or(target);
    bare.parse().with_context(|| format!("no socket address: {target}"))
}

#[cfg(test)]
mod tests;
