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
//! types, entry, trouble   what is passed on, as bytes, and what can go wrong; small: small files
//! log                     what is promised
//! machine, snapshot       what it comes to, and how another broker gets all of it at once
//! ```

mod entry;
mod log;
mod machine;
mod small;
mod snapshot;
mod trouble;
mod types;
