//! A replica as a whole. It has threads of its own, which may wait for the disk: a busy broker does not keep it
//! from saying that it lives.

use std::{io, sync::Arc, thread::JoinHandle, time::Duration};

#[cfg(test)]
use openraft::RaftMetrics;
use tokio::{
    net::TcpListener,
    runtime::{Builder, Handle, Runtime},
    sync::{oneshot, watch},
};

use super::{
    identity::{self, Opened},
    insight::Insight,
    machine::Shared,
    master::MasterStore,
    network::Tcp,
    options::ReplicaOptions,
    parts::{Ground, Parts},
    proposer::Proposer,
    standing::Standing,
    trouble::{Result, Trouble},
    types::{Member, Raft},
};
use crate::store::{
    StoreError,
    disk::{Disk, RealDisk},
};

/// A running replica. Dropping it ends it without waiting.
pub(crate) struct Replica {
    raft: Raft,
    runtime: Handle,
    contents: Shared,
    standing: watch::Receiver<Standing>,
    insight: Insight,
    place: String,
    own: (u64, Member),
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Replica {
    /// Opens the files and begins to talk to the others. May block for long.
    ///
    /// # Errors
    /// [`StoreError`] when the files cannot be used, or the address cannot be served.
    pub(crate) fn start(options: ReplicaOptions) -> std::result::Result<Self, StoreError> {
        let place = options.dir.display().to_string();
        Self::begin(options, place.clone()).map_err(|trouble| trouble.of(&place))
    }

    fn begin(options: ReplicaOptions, place: String) -> Result<Self> {
        let cannot = |error: io::Error| Trouble::Io(error.to_string());
        std::fs::create_dir_all(&options.dir).map_err(cannot)?;
        let disk: Arc<dyn Disk> = Arc::new(RealDisk::new(&options.dir));
        let opened = identity::open(&disk, &options.dir)?;
        let runtime = runtime().map_err(cannot)?;
        let (stop, stopped) = oneshot::channel();
        let parts = runtime.block_on(start(options, opened, disk))?;
        let (raft, contents) = (parts.raft.clone(), parts.contents.clone());
        let insight = parts.insight.clone();
        let (handle, standing) = (runtime.handle().clone(), parts.standing.subscribe());
        let own = (parts.own.id, parts.member().clone());
        let run = move || run(runtime, parts, stopped);
        let thread =
            std::thread::Builder::new().name("replica".into()).spawn(run).map_err(cannot)?;
        Ok(Self {
            raft,
            runtime: handle,
            contents,
            standing,
            insight,
            place,
            own,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// What it is among the others, at any time.
    pub(crate) fn standing(&self) -> watch::Receiver<Standing> {
        self.standing.clone()
    }

    /// Its number, and where the others reach it, with the port that it has.
    pub(crate) const fn own(&self) -> &(u64, Member) {
        &self.own
    }

    /// What it knows, at any time.
    pub(crate) const fn insight(&self) -> &Insight {
        &self.insight
    }

    /// The store of this term as the master.
    pub(crate) fn store(&self, term: u64) -> MasterStore {
        let proposer = Proposer::new(self.raft.clone(), self.standing.clone(), term);
        let contents = self.contents.clone();
        MasterStore::new(proposer, self.runtime.clone(), contents, self.place.clone())
    }

    /// What the Raft library says.
    #[cfg(test)]
    pub(super) fn metrics(&self) -> RaftMetrics<u64, Member> {
        self.raft.metrics().borrow().clone()
    }

    /// Ends it, and waits until its files are closed. Blocks.
    pub(crate) fn stop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the replica's thread panicked");
        }
    }
}

impl std::fmt::Debug for Replica {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Replica").field("place", &self.place).finish_non_exhaustive()
    }
}

fn runtime() -> io::Result<Runtime> {
    Builder::new_multi_thread().worker_threads(THREADS).thread_name("replica").enable_all().build()
}

/// With what it listens on.
async fn start(
    options: ReplicaOptions,
    opened: Opened,
    disk: Arc<dyn Disk>,
) -> Result<Parts<TcpListener>> {
    let bind = &options.bind;
    let cannot = |error: io::Error| Trouble::Io(format!("cannot listen on {bind}: {error}"));
    let incoming = TcpListener::bind(bind).await.map_err(cannot)?;
    let port = incoming.local_addr().map_err(cannot)?.port();
    let address = with_port(&options.member.address, port);
    let member = Member { address, ..options.member.clone() };
    let ground = Ground { carrier: Arc::new(Tcp), incoming, disk };
    Parts::start(ReplicaOptions { member, ..options }, opened, ground, std::convert::identity).await
}

/// With the port that the system chose, if it was to.
fn with_port(address: &str, port: u16) -> String {
    match address.strip_suffix(":0") {
        Some(host) => format!("{host}:{port}"),
        None => address.to_owned(),
    }
}

/// The thread from its beginning to its end.
fn run(runtime: Runtime, parts: Parts<TcpListener>, stopped: oneshot::Receiver<()>) {
    runtime.block_on(async {
        let tasks = parts.spawn();
        drop(stopped.await);
        if let Err(error) = tasks.raft.shutdown().await {
            tracing::warn!(%error, "the replica did not end in order");
        }
    });
    runtime.shutdown_timeout(PATIENCE);
}

const THREADS: usize = 4;
const PATIENCE: Duration = Duration::from_secs(5);
