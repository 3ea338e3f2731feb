//! What a replica is told, and how patient it is.

use std::{path::PathBuf, time::Duration};

use openraft::{Config, SnapshotPolicy};
use tokio::sync::watch;

use super::{network::Token, types::Member};

/// What a replica is told at its start.
#[derive(Clone, Debug)]
pub(crate) struct ReplicaOptions {
    /// Its own files.
    pub(crate) dir: PathBuf,
    /// Who it is, and where the others reach it.
    pub(crate) member: Member,
    /// `HOST:PORT` where it listens.
    pub(crate) bind: String,
    /// The others, as far as they are known.
    pub(crate) others: watch::Receiver<Vec<Member>>,
    /// How many of them are to be the master rather than this one.
    pub(crate) rank: watch::Receiver<usize>,
    /// How many there may be with this one.
    pub(crate) replicas: usize,
    /// What all of them know.
    pub(crate) token: Token,
    /// So much of the log is kept for brokers that were away; who needs more gets a snapshot.
    pub(crate) kept_log_bytes: u64,
}

/// Whoever has heard nothing of a master for so long may vote for another one: the library takes its longest time to
/// an election as the leader's lease.
pub(super) const LONGEST_SILENCE: Duration = Duration::from_millis(ELECTION_MAX);
/// How long the word of a majority holds, counted from when it was asked for.
/// Who has heard the leader votes for nobody else for [`ELECTION_MAX`]; this is a little less.
pub(super) const LEASE: Duration = Duration::from_millis(ELECTION_MAX / 10 * 9);
/// What is usually kept of the log.
pub(crate) const KEPT_LOG_BYTES: u64 = 64 << 20;

/// For the Raft library.
pub(super) fn raft_config() -> Config {
    Config {
        cluster_name: "relaismq".to_owned(),
        heartbeat_interval: HEARTBEAT,
        election_timeout_min: ELECTION_MIN,
        election_timeout_max: ELECTION_MAX,
        // Its timers of two brokers may run out together again and again; see candidacy.
        enable_elect: false,
        // The log is dropped by its bytes, not by the number of its entries.
        snapshot_policy: SnapshotPolicy::Never,
        max_in_snapshot_log_to_keep: u64::MAX,
        ..Config::default()
    }
}

/// In milliseconds. A question that takes longer than a heartbeat is asked again.
const HEARTBEAT: u64 = 100;
/// A vote that takes longer does not count.
const ELECTION_MIN: u64 = 350;
/// Without a heartbeat for so long a broker looks for another master.
const ELECTION_MAX: u64 = 500;
