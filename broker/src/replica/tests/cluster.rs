//! Some replicas with relays between them.
#![expect(clippy::disallowed_methods, reason = "it looks again until a deadline")]

use std::{ops::RangeInclusive, sync::Arc, time::Duration};

use bytes::Bytes;
use tempfile::TempDir;
use tokio::{
    runtime::Runtime,
    sync::watch,
    time::{Instant, sleep, timeout},
};

use super::relay::{Cuts, Relay};
use crate::{
    model::{Batch, Change, Container, Envelope},
    replica::{Member, Replica, ReplicaOptions, Standing, Token, master::MasterStore},
    store::Store as _,
};

pub(super) struct Cluster {
    runtime: Runtime,
    nodes: Vec<Node>,
    cuts: Arc<Cuts>,
}

struct Node {
    folder: TempDir,
    options: ReplicaOptions,
    replica: Option<Replica>,
    _relay: Relay,
}

impl Cluster {
    pub(super) fn start(count: usize) -> Self {
        let runtime = Runtime::new().unwrap();
        let cuts = Arc::new(Cuts::default());
        let relays: Vec<Relay> =
            (0..count).map(|to| runtime.block_on(Relay::start(to, cuts.clone()))).collect();
        let members: Vec<Member> = relays
            .iter()
            .zip('a'..)
            .map(|(relay, name)| Member { name: name.to_string(), address: relay.address() })
            .collect();
        let nodes = relays.into_iter().enumerate().map(|(n, relay)| {
            let folder = TempDir::new().unwrap();
            let others = members.iter().filter(|member| **member != members[n]).cloned().collect();
            let options = ReplicaOptions {
                dir: folder.path().to_owned(),
                member: members[n].clone(),
                bind: relay.target(),
                others: watch::Sender::new(others).subscribe(),
                replicas: count,
                token: token("right"),
                kept_log_bytes: 256 << 10,
            };
            Node { folder, options, replica: None, _relay: relay }
        });
        let mut cluster = Self { nodes: nodes.collect(), runtime, cuts };
        (0..count).for_each(|node| cluster.restart(node));
        cluster
    }

    pub(super) fn restart(&mut self, node: usize) {
        let replica = Replica::start(self.nodes[node].options.clone()).unwrap();
        self.cuts.is_now(node, replica.own().0);
        self.nodes[node].replica = Some(replica);
    }

    pub(super) fn stop(&mut self, node: usize) {
        self.nodes[node].replica.take().unwrap().stop();
    }

    pub(super) fn wipe(&mut self, node: usize) {
        for entry in std::fs::read_dir(self.nodes[node].folder.path()).unwrap() {
            std::fs::remove_dir_all(entry.unwrap().path()).unwrap();
        }
    }

    /// Something that was promised is not as it was written.
    pub(super) fn damage_log(&mut self, node: usize) {
        let log = self.nodes[node].folder.path().join("log");
        let files = std::fs::read_dir(log).unwrap().map(|entry| entry.unwrap().path());
        let mut segments: Vec<_> =
            files.filter(|file| file.to_string_lossy().contains("segment-")).collect();
        segments.sort();
        let mut bytes = std::fs::read(&segments[0]).unwrap();
        bytes[200] ^= 0x40;
        std::fs::write(&segments[0], bytes).unwrap();
    }

    pub(super) fn has(&self, node: usize, file: &str) -> bool {
        self.nodes[node].folder.path().join(file).exists()
    }

    pub(super) fn change_token(&mut self, node: usize) {
        self.nodes[node].options.token = token("wrong");
    }

    /// Nobody reaches it, and it reaches nobody.
    pub(super) fn isolate(&self, node: usize) {
        self.cuts.isolate(node);
    }

    pub(super) fn heal(&self) {
        self.cuts.heal();
    }

    fn replica(&self, node: usize) -> &Replica {
        self.nodes[node].replica.as_ref().unwrap()
    }

    pub(super) fn id(&self, node: usize) -> u64 {
        self.replica(node).own().0
    }

    pub(super) fn standing(&self, node: usize) -> Standing {
        self.replica(node).standing().borrow().clone()
    }

    pub(super) fn until(&self, node: usize, is: impl Fn(&Standing) -> bool) {
        let mut standing = self.replica(node).standing();
        let reached = self.runtime.block_on(async {
            timeout(SOON, standing.wait_for(|now| is(now))).await.is_ok_and(|it| it.is_ok())
        });
        assert!(reached, "{node} is {:?}", self.standing(node));
    }

    /// The one that is the master, as soon as there is one that is not cut off.
    pub(super) fn master(&self) -> usize {
        self.eventually("a master", || {
            (0..self.nodes.len()).find(|&node| {
                let running = self.nodes[node].replica.is_some() && !self.cuts.is_isolated(node);
                running && matches!(self.standing(node), Standing::Master { .. })
            })
        })
    }

    /// Its store, whatever it is; only a master's takes commits.
    pub(super) fn store(&self, node: usize) -> MasterStore {
        let term = match self.standing(node) {
            Standing::Master { term } => term,
            _ => 0,
        };
        self.replica(node).store(term)
    }

    pub(super) fn send(&self, node: usize, numbers: RangeInclusive<u64>) {
        let mut store = self.store(node);
        let batches: Vec<Batch> = numbers.map(message).collect();
        store.commit(&batches).unwrap();
    }

    /// One by one, of some kilobytes.
    pub(super) fn send_large(&self, node: usize, numbers: RangeInclusive<u64>) {
        let mut store = self.store(node);
        for number in numbers {
            store.commit(&[of_length(number, 8000)]).unwrap();
        }
    }

    pub(super) fn until_in_store(&self, node: usize, expected: RangeInclusive<u64>) {
        let expected: Vec<u64> = expected.collect();
        self.eventually(&format!("{} messages in the store of {node}", expected.len()), || {
            (numbers(&mut self.store(node)) == expected).then_some(())
        });
    }

    /// All stores have the same; returns what.
    pub(super) fn until_equal(&self) -> Vec<u64> {
        self.eventually("equal stores", || {
            let mut found = (0..self.nodes.len()).map(|node| numbers(&mut self.store(node)));
            let first = found.next()?;
            let master = numbers(&mut self.store(self.master()));
            (first == master && found.all(|other| other == first)).then_some(first)
        })
    }

    pub(super) fn until_log_is_dropped(&self, node: usize) {
        self.eventually("a shorter log", || {
            self.replica(node).metrics().purged.is_some().then_some(())
        });
    }

    pub(super) fn until_member(&self, node: usize) {
        let id = self.id(node);
        self.eventually("a new member", || {
            let metrics = self.replica(node).metrics();
            let members = metrics.membership_config.membership();
            let is_settled = members.get_joint_config().len() == 1;
            (is_settled && members.voter_ids().any(|voter| voter == id)).then_some(())
        });
    }

    fn eventually<T>(&self, what: &str, found: impl Fn() -> Option<T>) -> T {
        let end = Instant::now() + SOON;
        loop {
            if let Some(found) = found() {
                return found;
            }
            assert!(Instant::now() < end, "{what}: not within {SOON:?}");
            self.runtime.block_on(async { sleep(LOOK_AGAIN).await });
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.nodes.iter_mut().filter_map(|node| node.replica.take()).for_each(|mut it| it.stop());
    }
}

fn token(text: &str) -> Token {
    Token::new(Some(&relaismq_options::Secret::new(text)))
}

pub(super) fn message(number: u64) -> Batch {
    of_length(number, 100)
}

fn of_length(sequence: u64, len: usize) -> Batch {
    let blob = Bytes::from(vec![sequence.to_le_bytes()[0]; len]);
    let envelope = Envelope::default();
    let add = Change::Add { container: queue(), sequence, envelope, blob, transient: false };
    Batch { changes: vec![add], sync: true }
}

fn queue() -> Container {
    Container::Queue("orders".into())
}

/// What is in a store.
pub(super) fn numbers(store: &mut MasterStore) -> Vec<u64> {
    let page = store.page(&queue(), 0, usize::MAX, usize::MAX).unwrap_or_default();
    page.iter().map(|message| message.sequence).collect()
}

const SOON: Duration = Duration::from_secs(30);
const LOOK_AGAIN: Duration = Duration::from_millis(20);
