//! A replica as a whole. It has threads of its own, which may wait for the disk: a busy broker does not keep it
//! from saying that it lives.

use std::{io, sync::Arc, thread::JoinHandle, time::Duration};

use openraft::{Config, RaftMetrics};
use tokio::{
    net::TcpListener,
    runtime::{Builder, Handle, Runtime},
    sync::{oneshot, watch},
    time::{MissedTickBehavior, interval},
};

use super::{
    founding::Founding,
    identity::{self, Opened},
    log::LogStore,
    machine::{Machine, Shared},
    master::MasterStore,
    members::Members,
    network::{Network, Own, Server},
    options::{LEASE, ReplicaOptions, raft_config},
    standing::{Standing, Watchman},
    trouble::{Result, Trouble},
    types::{Member, Raft},
};
use crate::store::{Store as _, StoreError, disk::RealDisk};

/// A running replica. Dropping it ends it without waiting.
pub(crate) struct Replica {
    raft: Raft,
    runtime: Handle,
    contents: Shared,
    standing: watch::Receiver<Standing>,
    place: String,
    #[cfg(test)]
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
        let disk: Arc<dyn crate::store::disk::Disk> = Arc::new(RealDisk::new(&options.dir));
        let opened = identity::open(&disk, &options.dir)?;
        let runtime = runtime().map_err(cannot)?;
        let (stop, stopped) = oneshot::channel();
        let parts = runtime.block_on(Parts::start(options, opened, disk))?;
        let (raft, contents) = (parts.raft.clone(), parts.contents.clone());
        let (handle, standing) = (runtime.handle().clone(), parts.standing.subscribe());
        #[cfg(test)]
        let own = (parts.own.id, parts.founding.member.clone());
        let run = move || run(runtime, parts, stopped);
        let thread =
            std::thread::Builder::new().name("replica".into()).spawn(run).map_err(cannot)?;
        Ok(Self {
            raft,
            runtime: handle,
            contents,
            standing,
            place,
            #[cfg(test)]
            own,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// What it is among the others, at any time.
    pub(crate) fn standing(&self) -> watch::Receiver<Standing> {
        self.standing.clone()
    }

    /// The store of this term as the master.
    pub(crate) fn store(&self, term: u64) -> MasterStore {
        let library = (self.raft.clone(), self.runtime.clone());
        MasterStore::new(
            library,
            self.contents.clone(),
            self.standing.clone(),
            term,
            self.place.clone(),
        )
    }

    /// Its number, and where the others reach it.
    #[cfg(test)]
    pub(super) const fn own(&self) -> &(u64, Member) {
        &self.own
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

/// The thread from its beginning to its end.
fn run(runtime: Runtime, parts: Parts, stopped: oneshot::Receiver<()>) {
    runtime.block_on(async {
        let tasks = parts.spawn();
        drop(stopped.await);
        if let Err(error) = tasks.raft.shutdown().await {
            tracing::warn!(%error, "the replica did not end in order");
        }
    });
    runtime.shutdown_timeout(PATIENCE);
}

/// What works side by side.
struct Parts {
    raft: Raft,
    contents: Shared,
    standing: watch::Sender<Standing>,
    log: LogStore,
    own: Own,
    founding: Founding,
    server: Server<Members>,
    listener: TcpListener,
    kept_log_bytes: u64,
}

/// What is left of it while it works.
struct Tasks {
    raft: Raft,
    /// End when this is dropped.
    _running: tokio::task::JoinSet<()>,
}

impl Parts {
    async fn start(
        options: ReplicaOptions,
        Opened { id, journal, contents }: Opened,
        disk: Arc<dyn crate::store::disk::Disk>,
    ) -> Result<Self> {
        let ReplicaOptions { member, bind, others, replicas, token, kept_log_bytes, .. } = options;
        let listening = TcpListener::bind(&bind).await;
        let listener =
            listening.map_err(|error| Trouble::Io(format!("cannot listen on {bind}: {error}")))?;
        let own = Own { id, token };
        let (log, contents) = (LogStore::new(journal), Shared::new(contents));
        let machine = Machine::new(contents.clone());
        let config: Arc<Config> = raft_config().into();
        let network = Network::new(own.clone());
        let raft = Raft::new(id, config, network, log.clone(), machine).await;
        let raft = raft.map_err(|error| Trouble::Io(error.to_string()))?;
        let desk = Members {
            raft: raft.clone(),
            own: own.clone(),
            member: member.clone(),
            replicas,
            busy: Arc::default(),
        };
        let server = Server::new(own.clone(), raft.clone(), disk, desk);
        let founding = Founding { raft: raft.clone(), own: own.clone(), member, others, replicas };
        let standing = watch::Sender::new(Standing::Electing);
        Ok(Self { raft, contents, standing, log, own, founding, server, listener, kept_log_bytes })
    }

    fn spawn(self) -> Tasks {
        let Self { raft, contents, standing, log, own, founding, server, listener, kept_log_bytes } =
            self;
        let mut running = tokio::task::JoinSet::new();
        running.spawn(server.run(listener));
        running.spawn(founding.run());
        running.spawn(Watchman::new(raft.clone(), own.id, LEASE, standing).run());
        running.spawn(keep_tidy(raft.clone(), log, contents, kept_log_bytes));
        Tasks { raft, _running: running }
    }
}

/// Drops what is not needed of the log, and gives the store time for its own upkeep.
async fn keep_tidy(raft: Raft, log: LogStore, contents: Shared, kept: u64) {
    let mut ticks = interval(UPKEEP);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = drop_log(&raft, &log, kept).await {
            tracing::warn!(error, "the log cannot be shortened");
        }
        for _ in 0..MOST_PIECES {
            let more = contents.lock().store().map(|store| store.tidy());
            // What fails here is told by the next commit.
            if !matches!(more, Ok(Ok(Some(Duration::ZERO)))) {
                break;
            }
        }
    }
}

async fn drop_log(raft: &Raft, log: &LogStore, kept: u64) -> std::result::Result<(), String> {
    let bytes = log.journal().bytes();
    if bytes < 2 * kept {
        return Ok(());
    }
    let Some(upto) = log.journal().index_before(kept) else { return Ok(()) };
    let told = |error: &dyn std::fmt::Display| error.to_string();
    raft.trigger().snapshot().await.map_err(|error| told(&error))?;
    let waiting = raft.wait(Some(PATIENCE));
    let is_durable = |metrics: &RaftMetrics<u64, Member>| {
        metrics.snapshot.is_some_and(|snapshot| snapshot.index >= upto)
    };
    waiting.metrics(is_durable, "the store is durable").await.map_err(|error| told(&error))?;
    raft.trigger().purge_log(upto).await.map_err(|error| told(&error))
}

const THREADS: usize = 4;
const PATIENCE: Duration = Duration::from_secs(5);
const UPKEEP: Duration = Duration::from_secs(1);
const MOST_PIECES: usize = 64;
