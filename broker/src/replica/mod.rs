//! A broker among others that keep the same messages, each on its own disk. What a majority has is decided, and
//! only that is confirmed.
//!
//! ```text
//! engine -> master -> [Raft] -> log on this disk and the others'; a majority has it -> machine -> store
//!                       ^  |
//!              network -+  +-> network -> the other brokers
//! ```
//! The Raft library decides who leads and what is committed; log, store, snapshots and network are ours.
//!
//! ```text
//! node, parts, options    a replica as a whole, what it consists of, and what it is told
//! master, standing        the store that the engine sees, and whether it may be used; proposer: how it decides
//! identity                which broker this is, and whether its disk can be used
//! insight                 what it knows of all of them, for people
//! candidacy               who stands if there is no master; opinion: what is asked before; witness: what is heard
//! founding, members       how a cluster begins, and who is taken in later; housekeeping: who is removed
//! network                 how they talk
//! log                     what is promised
//! machine, snapshot       what it comes to, and how another broker gets all of it at once
//! types, entry, trouble   what is passed on, as bytes, and what can go wrong; casualty: what has; small: small files
//! ```

mod candidacy;
mod casualty;
mod entry;
mod founding;
mod housekeeping;
mod identity;
mod insight;
mod log;
mod machine;
mod master;
mod members;
mod network;
mod node;
mod opinion;
mod options;
mod parts;
mod proposer;
mod small;
mod snapshot;
mod standing;
#[cfg(test)]
mod tests;
mod trouble;
mod types;
mod witness;

#[cfg(feature = "admin")]
pub(crate) use self::insight::{Fellow, Part};
pub(crate) use self::{
    insight::{Company, Insight},
    network::Token,
    node::Replica,
    options::{KEPT_LOG_BYTES, ReplicaOptions},
    standing::Standing,
    trouble::Trouble,
    types::Member,
};
