//! Looks at a store without changing it.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use super::birth::{FOLDER, refuse_others, store_in};
use super::format::seeds::{Seeds, StoreId};
use super::index::{Found, Origin, Sealed};
use super::read::{Left, Tail, read};
use super::trouble::{Result, Trouble};
use crate::model::Container;
use crate::store::StoreError;
use crate::store::disk::{Disk, RealDisk};
use crate::store::lock::{LOCK_FILE, LockError, is_locked};

/// What was found in a store that is in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Examined {
    store: StoreId,
    closed: bool,
    tail: Option<Tail>,
    last_commit: u64,
    queues: u64,
    subscriptions: usize,
    producers: usize,
    messages: u64,
    bytes: u64,
}

/// Reads the whole store in a folder, every message, and says what it is. Nothing is changed, not
/// even what the next start would change.
///
/// # Errors
/// - [`StoreError::Fenced`]: a broker is running on it;
/// - [`StoreError::Unsupported`]: there is none, or one of another format;
/// - [`StoreError::Damaged`]: with file, place and what is missing;
/// - [`StoreError::Io`].
pub fn examine(dir: &Path) -> std::result::Result<Examined, StoreError> {
    let examined = refuse_used(dir).and_then(|()| examine_on(Arc::new(RealDisk::read_only(dir))));
    examined.map_err(|trouble| trouble.of(dir))
}

fn refuse_used(dir: &Path) -> Result<()> {
    if is_locked(&dir.join(LOCK_FILE))? || is_in_use(dir)? {
        let what = "a broker is running on it: stop it first, or look at a copy";
        return Err(Trouble::Fenced(what.into()));
    }
    Ok(())
}

/// Whether somebody has the store in a folder open, with the folder's lock or without it.
pub(crate) fn is_in_use(dir: &Path) -> std::result::Result<bool, LockError> {
    is_locked(&dir.join(FOLDER).join("in-use"))
}

pub(super) fn examine_on(disk: Arc<dyn Disk>) -> Result<Examined> {
    if disk.list(FOLDER).is_err() {
        if disk.list("").is_ok() {
            refuse_others(&*disk)?;
        }
        return Err(Trouble::Unsupported(format!("there is no store (no folder `{FOLDER}`)")));
    }
    // One that cannot be told is damage, which is said in a moment.
    let store = store_in(&*disk)?.unwrap_or(StoreId([0; 16]));
    let origin = Origin { disk, folder: FOLDER, store, seeds: Seeds::of(store) };
    let mut left = read(&origin)?;
    if let Some(ended) = left.end {
        left.kept.seal(ended);
    }
    let (messages, bytes) = read_all(&mut left)?;
    let containers = left.catalog.containers().filter(|(number, container, remembered)| {
        matches!(container, Container::Queue(_))
            && (*remembered || left.kept.holdings.count(*number) > 0)
    });
    Ok(Examined {
        store,
        closed: left.closed,
        queues: containers.count() as u64,
        subscriptions: left.catalog.subscriptions().len(),
        producers: left.catalog.producers().len(),
        last_commit: left.last_commit,
        tail: left.tail,
        messages,
        bytes,
    })
}

/// Reads every message; returns how many there are, and their bytes.
fn read_all(left: &mut Left) -> Result<(u64, u64)> {
    let sealed: Vec<Sealed> = left.kept.holdings.sealed().cloned().collect();
    let (mut messages, mut bytes) = (0, 0);
    for segment in sealed {
        let mut next = segment.next_living(0, segment.messages);
        while let Some(from) = next {
            let mut found = Vec::new();
            next = Some(from);
            while let Some(number) = next
                && found.len() < AT_ONCE
            {
                let place = left.kept.tables.place(&segment, number)?;
                found.push(Found { segment: Some(segment.number), place, offered: false });
                next = segment.next_living(number + 1, segment.messages);
            }
            messages += found.len() as u64;
            let read = left.kept.read(&found, None)?;
            bytes += read.iter().map(|message| message.blob.len() as u64).sum::<u64>();
        }
        left.kept.forget(segment.number);
    }
    Ok((messages, bytes))
}

impl fmt::Display for Examined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { store, last_commit, queues, subscriptions, producers, messages, bytes, .. } =
            self;
        match &self.tail {
            _ if self.closed => writeln!(f, "in order: closed after commit {last_commit}")?,
            None => writeln!(
                f,
                "in order: its broker was killed or the power was cut after commit {last_commit}; \
                 nothing is missing"
            )?,
            Some(tail) => writeln!(
                f,
                "in order up to commit {last_commit}, with an incomplete end (its broker was killed \
                 or the power was cut). The next start discards {tail}"
            )?,
        }
        writeln!(f, "store {store}")?;
        write!(
            f,
            "{queues} queues, {subscriptions} durable subscriptions, {messages} messages in {bytes} \
             bytes, {producers} producers remembered"
        )
    }
}

const AT_ONCE: usize = 1000;
