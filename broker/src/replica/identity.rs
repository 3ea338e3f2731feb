//! Which broker this is, and whether what is on its disk can be used.
//!
//! A broker's number stands for what it has promised, so it lies with the log. What is damaged is put aside, number
//! and all: the broker comes back as a new one, and gets everything from the others. It never votes with what it
//! has forgotten.

use std::{path::Path, sync::Arc};

use ring::rand::{SecureRandom, SystemRandom};

use super::{
    log::{FOLDER, Journal},
    machine::Contents,
    small,
    trouble::{Result, Trouble, damaged, with},
};
use crate::store::disk::Disk;

/// What is on the disk of one broker.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) id: u64,
    pub(super) journal: Journal,
    pub(super) contents: Contents,
}

/// Opens what is there, or begins anew. `dir` is how messages call the place.
pub(super) fn open(disk: &Arc<dyn Disk>, dir: &Path) -> Result<Opened> {
    match open_as_it_is(disk, dir) {
        Err(Trouble::Damaged(what)) => {
            let aside = set_aside(&**disk)?;
            tracing::error!(
                dir = %dir.display(), what, aside,
                "damaged: it was put aside, and everything is got anew from the other brokers"
            );
            open_as_it_is(disk, dir)
        }
        other => other,
    }
}

fn open_as_it_is(disk: &Arc<dyn Disk>, dir: &Path) -> Result<Opened> {
    let known: Option<u64> = small::read(&**disk, NODE)?;
    let journal = Journal::open(disk.clone(), SEGMENT_BYTES)?;
    if known.is_none() && !journal.is_blank() {
        return Err(damaged(NODE, "it is missing"));
    }
    let contents = Contents::open(disk.clone(), dir, journal.is_blank())?;
    check(&journal, &contents)?;
    let id = match known {
        Some(id) => id,
        None => new_number(&**disk)?,
    };
    Ok(Opened { id, journal, contents })
}

/// The store goes on where the log begins, or behind that.
fn check(journal: &Journal, contents: &Contents) -> Result<()> {
    let (purged, applied) = (journal.purged(), contents.applied());
    if journal.is_blank() && applied.is_some() {
        return Err(damaged(FOLDER, "the log is missing"));
    }
    if purged.map(|it| it.index) > applied.map(|it| it.index) {
        let what = format!(
            "the log begins behind entry {purged:?}, but only those up to {applied:?} are in the store"
        );
        return Err(damaged("messages", what));
    }
    Ok(())
}

fn new_number(disk: &dyn Disk) -> Result<u64> {
    let mut bytes = [0; 8];
    let filled = SystemRandom::new().fill(&mut bytes);
    filled.map_err(|_| Trouble::Io("the system has no random numbers".to_owned()))?;
    // 0 stands for anybody.
    let id = u64::from_le_bytes(bytes).max(1);
    small::replace(disk, NODE, &id)?;
    Ok(id)
}

/// The log first: with it goes the number. Returns how the names end from now on.
fn set_aside(disk: &dyn Disk) -> Result<String> {
    let listed = disk.list("").map_err(with(""))?;
    let is_there = |name: &str| listed.iter().any(|entry| entry.name == name);
    let free = |n: &u32| !PARTS.iter().any(|part| is_there(&format!("{part}.damaged-{n}")));
    let ending = format!(".damaged-{}", (1..).find(free).unwrap_or(0));
    for part in PARTS.iter().filter(|part| is_there(part)) {
        let moved =
            disk.rename(part, &format!("{part}{ending}")).and_then(|()| disk.sync_folder(""));
        moved.map_err(with(part))?;
    }
    Ok(ending)
}

const PARTS: [&str; 4] = [FOLDER, "messages", "messages.next", "messages.old"];
pub(super) const NODE: &str = "log/node";
/// A file of the log takes no more entries when it has so many bytes.
const SEGMENT_BYTES: u64 = 16 << 20;
