//! Stands before a broker and knows who speaks to it, so that single ways can be cut.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};

/// Which brokers are cut off.
#[derive(Debug)]
pub(super) struct Cuts {
    /// Which node a number belongs to.
    nodes: Mutex<BTreeMap<u64, usize>>,
    isolated: watch::Sender<BTreeSet<usize>>,
}

impl Default for Cuts {
    fn default() -> Self {
        Self { nodes: Mutex::default(), isolated: watch::Sender::new(BTreeSet::new()) }
    }
}

impl Cuts {
    pub(super) fn is_now(&self, node: usize, id: u64) {
        self.nodes().insert(id, node);
    }

    pub(super) fn isolate(&self, node: usize) {
        self.isolated.send_modify(|isolated| {
            isolated.insert(node);
        });
    }

    pub(super) fn heal(&self) {
        self.isolated.send_replace(BTreeSet::new());
    }

    pub(super) fn is_isolated(&self, node: usize) -> bool {
        self.isolated.borrow().contains(&node)
    }

    fn nodes(&self) -> MutexGuard<'_, BTreeMap<u64, usize>> {
        self.nodes.lock().unwrap()
    }

    /// Whether the one with this number may speak to that node.
    fn is_cut(&self, isolated: &BTreeSet<usize>, from: u64, to: usize) -> bool {
        let from = self.nodes().get(&from).copied();
        isolated.contains(&to) || from.is_some_and(|from| isolated.contains(&from))
    }
}

/// Before one broker.
pub(super) struct Relay {
    address: String,
    target: String,
    running: JoinHandle<()>,
}

impl Relay {
    pub(super) async fn start(to: usize, cuts: Arc<Cuts>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        // Free in a moment, and taken by the broker.
        let target =
            TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().to_string();
        let behind = target.clone();
        let running = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (behind, cuts) = (behind.clone(), cuts.clone());
                tokio::spawn(async move { drop(pass(client, &behind, to, &cuts).await) });
            }
        });
        Self { address, target, running }
    }

    pub(super) fn address(&self) -> String {
        self.address.clone()
    }

    pub(super) fn target(&self) -> String {
        self.target.clone()
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.running.abort();
    }
}

/// The server's beginning, then the client's, in which its number is; then whatever comes, until it is cut.
async fn pass(mut client: TcpStream, target: &str, to: usize, cuts: &Cuts) -> std::io::Result<()> {
    let mut server = TcpStream::connect(target).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let mut beginning = [0; 44];
    server.read_exact(&mut beginning).await?;
    client.write_all(&beginning).await?;
    let mut hello = [0; 44 + 8];
    client.read_exact(&mut hello).await?;
    let from = u64::from_be_bytes(hello[44..].try_into().unwrap());
    server.write_all(&hello).await?;
    let mut isolated = cuts.isolated.subscribe();
    tokio::select! {
        passed = copy_bidirectional(&mut client, &mut server) => passed.map(drop),
        _ = isolated.wait_for(|isolated| cuts.is_cut(isolated, from, to)) => Ok(()),
    }
}
