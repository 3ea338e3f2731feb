//! One simulated broker: the real replica on a disk, a network and a clock that are not. Its clock goes on only while
//! it is run, so that a broker that is paused really stands still.
#![expect(clippy::disallowed_methods, reason = "time is virtual")]

use std::{path::PathBuf, sync::Arc, time::Duration};

use tokio::{
    runtime::{Builder, Runtime},
    sync::watch,
    time::{advance, sleep},
};

use super::{
    client,
    ledger::Ledger,
    slow::{SlowLog, Slowness},
    wires::{From, Wires, address_of},
};
use crate::{
    replica::{
        Member, ReplicaOptions, Standing, Token,
        identity::{self, NODE, Opened},
        log::FOLDER,
        machine::Shared,
        parts::{Ground, Parts},
        small,
        trouble::{Trouble, with},
        types::{LogId, Raft},
    },
    store::disk::{
        Disk,
        simulated::{Random, SimulatedDisk, Survival},
    },
};

/// It may run or not.
pub(super) struct Broker {
    pub(super) node: usize,
    options: ReplicaOptions,
    wires: Wires,
    ledger: Ledger,
    disk: SimulatedDisk,
    pub(super) slowness: Slowness,
    /// For the next empty disk.
    id: u64,
    running: Option<Running>,
    /// How much of its time it has missed while it was paused.
    paused: Option<Duration>,
}

struct Running {
    raft: Raft,
    contents: Shared,
    standing: watch::Receiver<Standing>,
    id: u64,
    /// All of it ends with this.
    runtime: Runtime,
}

impl Broker {
    pub(super) fn new(node: usize, count: usize, wires: &Wires, ledger: &Ledger) -> Self {
        let member = |node| Member { name: format!("broker-{node}"), address: address_of(node) };
        let others = (0..count).filter(|other| *other != node).map(member).collect();
        let options = ReplicaOptions {
            dir: PathBuf::from(format!("(simulated {node})")),
            member: member(node),
            bind: String::new(),
            others: watch::Sender::new(others).subscribe(),
            rank: watch::Sender::new(node % 2).subscribe(),
            replicas: count,
            token: Token::new(None),
            kept_log_bytes: KEPT_LOG_BYTES,
        };
        Self {
            node,
            options,
            wires: wires.clone(),
            ledger: ledger.clone(),
            disk: SimulatedDisk::with_room(DISK_BYTES),
            slowness: Slowness::default(),
            id: node as u64 + 1,
            running: None,
            paused: None,
        }
    }

    pub(super) const fn is_running(&self) -> bool {
        self.running.is_some()
    }

    pub(super) const fn is_paused(&self) -> bool {
        self.paused.is_some()
    }

    /// Whether there was room for that.
    pub(super) fn start(&mut self, seed: u64) -> bool {
        let disk: Arc<dyn Disk> = Arc::new(self.disk.clone());
        let opened = self.name(&*disk).and_then(|()| identity::open(&disk, &self.options.dir));
        match opened.and_then(|opened| self.run_on(disk, opened, seed)) {
            Ok(()) => {}
            Err(Trouble::NoRoom(_)) => return false,
            Err(why) => self.ledger.violated(format!("broker {}: {why}", self.node)),
        }
        true
    }

    fn run_on(&mut self, disk: Arc<dyn Disk>, opened: Opened, seed: u64) -> Result<(), Trouble> {
        let id = opened.id;
        let runtime =
            Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let incoming = self.wires.listen(self.node);
        let carrier = Arc::new(From { node: self.node, wires: self.wires.clone() });
        let ground = Ground { carrier, incoming, disk };
        let (options, slowness) = (self.options.clone(), self.slowness.clone());
        let parts = Parts::start(options, opened, ground, |log| SlowLog { log, slowness });
        let parts = runtime.block_on(parts)?;
        let (raft, contents) = (parts.raft.clone(), parts.contents.clone());
        let standing = parts.standing.subscribe();
        let client = client::Client {
            node: self.node,
            ledger: self.ledger.clone(),
            raft: raft.clone(),
            contents: contents.clone(),
            standing: standing.clone(),
        };
        runtime.spawn(async move {
            let _tasks = parts.spawn();
            client.run(seed).await;
        });
        self.running = Some(Running { raft, contents, standing, id, runtime });
        Ok(())
    }

    /// Numbers that depend on nothing but the order of events.
    fn name(&mut self, disk: &dyn Disk) -> Result<(), Trouble> {
        disk.make_folder(FOLDER).map_err(with(FOLDER))?;
        if small::read::<u64>(disk, NODE)?.is_none() {
            small::replace(disk, NODE, &self.id)?;
            self.id += 100;
        }
        Ok(())
    }

    /// Others fill its disk, but for some bytes, or leave it alone again.
    pub(super) fn leave_room(&mut self, bytes: Option<u64>) {
        self.disk.leave_room(bytes.unwrap_or(DISK_BYTES));
    }

    /// For so long; a paused one misses it.
    pub(super) fn run(&mut self, time: Duration) {
        match (&mut self.running, &mut self.paused) {
            (_, Some(missed)) => *missed += time,
            (Some(running), None) => running.runtime.block_on(async { sleep(time).await }),
            (None, None) => {}
        }
    }

    pub(super) fn pause(&mut self) {
        self.paused.get_or_insert(Duration::ZERO);
    }

    pub(super) fn resume(&mut self) {
        if let (Some(missed), Some(running)) = (self.paused.take(), &self.running) {
            running.runtime.block_on(async { advance(missed).await });
        }
    }

    /// With SIGKILL, or with the power of its machine.
    pub(super) fn kill(&mut self, survival: Option<Survival>, random: &mut Random) {
        self.paused = None;
        self.running = None;
        let moment = self.disk.now();
        self.disk = match survival {
            Some(survival) => moment.crash(survival, random),
            None => moment.kill(random),
        };
    }

    pub(super) fn wipe(&mut self) {
        self.disk = SimulatedDisk::with_room(DISK_BYTES);
    }

    /// What is synced on its disk is not.
    pub(super) fn spoil_disk(&self) {
        self.disk.ignore_syncs_of_files();
    }

    pub(super) fn standing(&self) -> Option<Standing> {
        self.running.as_ref().map(|it| it.standing.borrow().clone())
    }

    /// What is in its store, and up to which entry.
    pub(super) fn contents(&self) -> Option<(Option<LogId>, Vec<u64>)> {
        let running = self.running.as_ref()?;
        let applied = running.contents.lock().applied();
        Some((applied, client::numbers(&running.contents)))
    }

    /// It is one of those that vote, as far as it knows.
    pub(super) fn is_member(&self) -> bool {
        self.running.as_ref().is_some_and(|it| {
            let metrics = it.raft.metrics().borrow().clone();
            let members = metrics.membership_config.membership();
            let settled = members.get_joint_config().len() == 1;
            settled && members.voter_ids().any(|voter| voter == it.id)
        })
    }
}

const DISK_BYTES: u64 = 32 << 20;
/// So little that who is away for a moment needs a snapshot.
const KEPT_LOG_BYTES: u64 = 16 << 10;
