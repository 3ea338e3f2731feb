//! What the Raft library is told of us: the types of its log, its nodes and its snapshots.

use std::fmt;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::snapshot::SnapshotFiles;

openraft::declare_raft_types!(
    /// Batches as entries, brokers as nodes, a folder of files as a snapshot.
    pub(crate) Kind:
        D = Proposal,
        R = (),
        NodeId = u64,
        Node = Member,
        Entry = openraft::Entry<Kind>,
        SnapshotData = SnapshotFiles,
        AsyncRuntime = openraft::TokioRuntime,
);

/// Batches in their byte form; see [`crate::model::form`].
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Proposal(pub(crate) Bytes);

impl fmt::Debug for Proposal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proposal({} bytes)", self.0.len())
    }
}

/// A broker among those that keep the same messages. Its number stands for its disk: who has lost that comes
/// back under another one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Member {
    /// As it is configured; no two have the same.
    pub(crate) name: String,
    /// `HOST:PORT` where it serves the others.
    pub(crate) address: String,
}

impl fmt::Display for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.name, self.address)
    }
}

pub(crate) type Entry = openraft::Entry<Kind>;
pub(crate) type LogId = openraft::LogId<u64>;
pub(crate) type Vote = openraft::Vote<u64>;
pub(crate) type Membership = openraft::StoredMembership<u64, Member>;
pub(crate) type SnapshotMeta = openraft::SnapshotMeta<u64, Member>;
pub(crate) type StorageError = openraft::StorageError<u64>;
pub(crate) type Raft = openraft::Raft<Kind>;
