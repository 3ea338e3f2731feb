//! What is asked and answered. A byte that says what, then the rest; what is not entries is written by postcard.

use bytes::Bytes;
use openraft::raft::{
    AppendEntriesRequest, AppendEntriesResponse, SnapshotResponse, VoteRequest, VoteResponse,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    model::coding::{Put, Take},
    replica::{
        entry,
        opinion::Opinion,
        snapshot::SnapshotFile,
        types::{Kind, LogId, Member, SnapshotMeta, Vote},
    },
};

/// What one broker asks of another.
#[derive(Debug)]
pub(crate) enum Request {
    /// To keep entries.
    Append(AppendEntriesRequest<Kind>),
    /// To vote.
    Vote(VoteRequest<u64>),
    /// To become what a snapshot says. Its files follow.
    Snapshot(Vote, SnapshotMeta, Vec<SnapshotFile>),
    /// To say what it is.
    About,
    /// To be taken in.
    Join(u64, Member),
    /// To say what it thinks of an election.
    Opinion,
}

/// What is answered.
#[derive(Debug)]
pub(crate) enum Answer {
    Append(AppendEntriesResponse<u64>),
    Vote(VoteResponse<u64>),
    Snapshot(SnapshotResponse<u64>),
    About(About),
    Joined(Joined),
    Opinion(Opinion),
    /// It cannot be done now.
    Failed(String),
}

/// What a broker says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct About {
    pub(crate) id: u64,
    pub(crate) member: Member,
    /// It belongs to a cluster already.
    pub(crate) founded: bool,
}

/// What came of asking to be taken in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Joined {
    /// It is one of them.
    Yes,
    /// It will be one of them when it has everything.
    Soon,
    /// Somebody else decides: the one with this address, if it is known.
    Ask(Option<String>),
    /// There is no place for it.
    No(String),
}

impl Request {
    pub(super) fn encode(&self) -> Vec<u8> {
        match self {
            Self::Append(request) => encode_append(request),
            Self::Vote(request) => encode(VOTE, request),
            Self::Snapshot(vote, meta, files) => encode(SNAPSHOT, &(vote, meta, files)),
            Self::About => vec![ABOUT],
            Self::Join(id, member) => encode(JOIN, &(id, member)),
            Self::Opinion => vec![OPINION],
        }
    }

    pub(super) fn decode(frame: &Bytes) -> Option<Self> {
        let (&kind, rest) = frame.split_first()?;
        Some(match kind {
            APPEND => Self::Append(decode_append(&frame.slice(1..))?),
            VOTE => Self::Vote(decode(rest)?),
            SNAPSHOT => {
                let (vote, meta, files) = decode(rest)?;
                Self::Snapshot(vote, meta, files)
            }
            ABOUT if rest.is_empty() => Self::About,
            JOIN => {
                let (id, member) = decode(rest)?;
                Self::Join(id, member)
            }
            OPINION if rest.is_empty() => Self::Opinion,
            _ => return None,
        })
    }
}

impl Answer {
    pub(super) fn encode(&self) -> Vec<u8> {
        match self {
            Self::Append(answer) => encode(APPEND, answer),
            Self::Vote(answer) => encode(VOTE, answer),
            Self::Snapshot(answer) => encode(SNAPSHOT, answer),
            Self::About(answer) => encode(ABOUT, answer),
            Self::Joined(answer) => encode(JOIN, answer),
            Self::Opinion(answer) => encode(OPINION, answer),
            Self::Failed(why) => encode(FAILED, why),
        }
    }

    pub(super) fn decode(frame: &[u8]) -> Option<Self> {
        let (&kind, rest) = frame.split_first()?;
        Some(match kind {
            APPEND => Self::Append(decode(rest)?),
            VOTE => Self::Vote(decode(rest)?),
            SNAPSHOT => Self::Snapshot(decode(rest)?),
            ABOUT => Self::About(decode(rest)?),
            JOIN => Self::Joined(decode(rest)?),
            OPINION => Self::Opinion(decode(rest)?),
            FAILED => Self::Failed(decode(rest)?),
            _ => return None,
        })
    }
}

/// Entries share the memory of the frame when they are read.
fn encode_append(request: &AppendEntriesRequest<Kind>) -> Vec<u8> {
    let weight: usize = request.entries.iter().map(entry::weight).sum();
    let mut out = Vec::with_capacity(weight + 128);
    out.u8(APPEND);
    let head = (request.vote, request.prev_log_id, request.leader_commit);
    // Writing to memory does not fail.
    out.sized(&postcard::to_stdvec(&head).unwrap_or_default());
    let mut bytes = Vec::new();
    for entry in &request.entries {
        bytes.clear();
        entry::put(&mut bytes, entry);
        out.sized(&bytes);
    }
    out
}

fn decode_append(bytes: &Bytes) -> Option<AppendEntriesRequest<Kind>> {
    let mut fields = Take(bytes);
    let (vote, prev_log_id, leader_commit): (Vote, Option<LogId>, Option<LogId>) =
        decode(fields.sized()?)?;
    let mut entries = Vec::new();
    while !fields.is_at_end() {
        entries.push(entry::take(&bytes.slice_ref(fields.sized()?))?);
    }
    Some(AppendEntriesRequest { vote, prev_log_id, entries, leader_commit })
}

fn encode(kind: u8, value: &impl Serialize) -> Vec<u8> {
    postcard::to_extend(value, vec![kind]).unwrap_or_default()
}

fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    postcard::from_bytes(bytes).ok()
}

const APPEND: u8 = 1;
const VOTE: u8 = 2;
const SNAPSHOT: u8 = 3;
const ABOUT: u8 = 4;
const JOIN: u8 = 5;
const FAILED: u8 = 6;
const OPINION: u8 = 7;
