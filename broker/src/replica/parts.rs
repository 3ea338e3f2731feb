//! What a replica consists of, and what works side by side in it.

use std::{sync::Arc, time::Duration};

use openraft::{Config, RaftMetrics, storage::RaftLogStorage};
use tokio::{
    sync::{Mutex, watch},
    task::JoinSet,
    time::{MissedTickBehavior, interval},
};

use super::{
    candidacy::Candidacy,
    casualty::Casualty,
    founding::Founding,
    housekeeping::Housekeeping,
    identity::Opened,
    insight::Insight,
    log::LogStore,
    machine::{Machine, Shared},
    members::Members,
    network::{Carrier, Incoming, Network, Own, Server},
    options::{ReplicaOptions, raft_config},
    standing::{Standing, Watchman},
    trouble::Result,
    types::{Kind, Member, Raft},
    witness::{Heard, Witness},
};
use crate::store::{Store as _, disk::Disk};

/// What a replica stands on.
pub(super) struct Ground<I> {
    pub(super) carrier: Arc<dyn Carrier>,
    pub(super) incoming: I,
    pub(super) disk: Arc<dyn Disk>,
}

/// All of it, before it works.
pub(super) struct Parts<I> {
    pub(super) raft: Raft,
    pub(super) contents: Shared,
    pub(super) standing: watch::Sender<Standing>,
    pub(super) own: Own,
    pub(super) insight: Insight,
    casualty: Casualty,
    log: LogStore,
    founding: Founding,
    housekeeping: Housekeeping,
    server: Server<Members>,
    candidacy: Candidacy,
    incoming: I,
    kept_log_bytes: u64,
}

/// What is left of it while it works.
pub(super) struct Tasks {
    pub(super) raft: Raft,
    /// End when this is dropped.
    _running: JoinSet<()>,
}

impl<I: Incoming> Parts<I> {
    /// `storage` may put something before the log.
    pub(super) async fn start<L: RaftLogStorage<Kind>>(
        options: ReplicaOptions,
        Opened { id, journal, contents }: Opened,
        Ground { carrier, incoming, disk }: Ground<I>,
        storage: impl FnOnce(LogStore) -> L,
    ) -> Result<Self> {
        let ReplicaOptions { member, others, rank, replicas, token, kept_log_bytes, .. } = options;
        let own = Own { id, token };
        let casualty = Casualty::default();
        let (log, contents) = (LogStore::new(journal, casualty.clone()), Shared::new(contents));
        let machine = Machine::new(contents.clone(), casualty.clone());
        let config: Arc<Config> = raft_config().into();
        let network = Network::new(carrier, own.clone(), others.clone());
        let raft = Raft::new(id, config, network.clone(), storage(log.clone()), machine).await;
        let raft = raft.map_err(|error| casualty.or_as_told(&error))?;
        let heard = Heard::now();
        let witness =
            Witness { id, raft: raft.clone(), log: log.clone(), heard: heard.clone(), rank };
        let busy = Arc::new(Mutex::new(()));
        let desk = Members {
            raft: raft.clone(),
            network: network.clone(),
            member: member.clone(),
            witness: witness.clone(),
            replicas,
            busy: busy.clone(),
        };
        let housekeeping = Housekeeping {
            raft: raft.clone(),
            member: member.clone(),
            others: others.clone(),
            replicas,
            busy,
        };
        let founding =
            Founding { raft: raft.clone(), id, network: network.clone(), member, others, replicas };
        Ok(Self {
            insight: Insight::new(raft.clone(), network.clone(), id),
            server: Server::new(own.clone(), raft.clone(), disk, (desk, heard)),
            candidacy: Candidacy::new(raft.clone(), network, witness),
            standing: watch::Sender::new(Standing::Electing),
            raft,
            contents,
            casualty,
            own,
            log,
            founding,
            housekeeping,
            incoming,
            kept_log_bytes,
        })
    }

    /// How the others know it.
    pub(super) const fn member(&self) -> &Member {
        &self.founding.member
    }

    pub(super) fn spawn(self) -> Tasks {
        let Self { raft, own, server, incoming, founding, candidacy, .. } = self;
        let mut running = JoinSet::new();
        running.spawn(server.run(incoming));
        running.spawn(founding.run());
        running.spawn(candidacy.run());
        running.spawn(self.housekeeping.run());
        running.spawn(Watchman::new(raft.clone(), own.id, self.casualty, self.standing).run());
        running.spawn(keep_tidy(raft.clone(), self.log, self.contents, self.kept_log_bytes));
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

const PATIENCE: Duration = Duration::from_secs(5);
const UPKEEP: Duration = Duration::from_secs(1);
const MOST_PIECES: usize = 64;
