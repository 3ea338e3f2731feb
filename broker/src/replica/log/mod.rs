//! The Raft log in files of our own, and the vote.
//!
//! ```text
//! <dir>/log/segment-<index of its first entry>   entries, one record behind the other
//! <dir>/log/synced                               a second word for what was synced
//! <dir>/log/vote, purged                         small files that are replaced as a whole
//! ```
//! All entries that come together are one write and one sync. A record is whole or it is not there. At the first
//! one that is not whole the log ends, unless something says that it was synced: then it is damaged, and its
//! broker has to get everything anew from the others rather than forget what it has promised.
//!
//! ```text
//! journal                   the log: append and read; shorten: take back its end, drop its beginning
//! opening                   reads what is there, and judges it
//! record, segment, note     what the bytes mean, and where they lie
//! recent                    the newest entries, in memory
//! storage                   as the Raft library wants it
//! ```

mod journal;
mod note;
mod opening;
mod recent;
mod record;
mod segment;
mod shorten;
mod storage;
#[cfg(test)]
mod tests;

#[cfg(test)]
pub(super) use self::journal::control;
pub(super) use self::{journal::Journal, storage::LogStore};

/// The folder of the log.
pub(super) const FOLDER: &str = "log";
const VOTE: &str = "log/vote";
const PURGED: &str = "log/purged";
