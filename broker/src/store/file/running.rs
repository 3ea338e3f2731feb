//! A store that is open and recovered.

use std::any::Any;

use super::catalog::Catalog;
use super::compact::Compaction;
use super::format::body::Body;
use super::format::change::{Logged, changes};
use super::index::{Origin, Sealed};
use super::keeper::Report;
use super::log::{Log, segment_name, table_name};
use super::messages::Messages;
use super::note::Note;
use super::space::Space;
use super::spill::Spill;
use super::supply::Supply;
use super::trouble::{Result, Trouble, with};
use crate::model::sequence;

/// Everything that belongs to one owner.
pub(super) struct Running {
    pub(super) origin: Origin,
    pub(super) catalog: Catalog,
    /// Durable messages.
    pub(super) kept: Messages,
    pub(super) log: Log,
    pub(super) note: Note,
    /// Transient messages.
    pub(super) spill: Spill,
    pub(super) supply: Supply,
    pub(super) space: Space,
    pub(super) checkpoints: Checkpoints,
    pub(super) compaction: Compaction,
    /// The run of the system on which the store was opened.
    pub(super) boot: String,
    /// Room was short when somebody last looked.
    pub(super) short: bool,
    /// What is committed was decided elsewhere, and has to be taken.
    pub(super) replicated: bool,
    /// Of the last commit, to be used again.
    pub(super) buffer: Vec<u8>,
    /// Nobody else may open the store while this lives.
    pub(super) _in_use: Box<dyn Any + Send>,
}

/// The last checkpoint and the next one.
#[derive(Debug, Default)]
pub(super) struct Checkpoints {
    /// Length of the last one.
    pub(super) bytes: u64,
    /// Logged since then.
    pub(super) logged: u64,
    /// Containers that hold nothing may be forgotten.
    pub(super) forgetting_is_due: bool,
    /// One is being written. Then these segments, which it does not name, are not needed any more.
    pub(super) under_way: Option<Vec<Sealed>>,
    /// The same of one that found no room.
    pub(super) postponed: Vec<Sealed>,
}

impl Running {
    /// What all files have, in bytes.
    pub(super) fn footprint(&self) -> u64 {
        let sealed = self.kept.holdings.sealed();
        let leaving = self.checkpoints.under_way.iter().flatten();
        let segments = sealed.chain(leaving).chain(&self.checkpoints.postponed);
        let segments: u64 = segments.map(|it| it.bytes + table_len(it.messages)).sum();
        let fresh = table_len(u32::try_from(self.kept.holdings.fresh_messages()).unwrap_or(0));
        segments
            + self.log.segment().bytes
            + fresh
            + self.supply.bytes()
            + self.checkpoints.bytes
            + self.spill.bytes()
    }

    /// Whether so much room is left beside the reserve.
    pub(super) fn has_room(&mut self, bytes: u64) -> Result<bool> {
        if self.space.was_there(bytes) {
            return Ok(true);
        }
        let footprint = self.footprint();
        self.space.look(&*self.origin.disk, footprint)?;
        Ok(self.space.was_there(bytes))
    }

    /// Whether so much room is left and half of the reserve beside it.
    pub(super) fn has_room_in_reserve(&mut self, bytes: u64) -> Result<bool> {
        let footprint = self.footprint();
        let free = self.space.look(&*self.origin.disk, footprint)?;
        Ok(free >= bytes.saturating_add(self.space.reserve() / 2))
    }

    /// Applies a body that is in the log, where it begins there.
    pub(super) fn apply(&mut self, body: &Body, body_at: u32) -> Result<()> {
        changes(body.changes())
            .try_for_each(|it| apply_to(&mut self.catalog, &mut self.kept, &it, body_at))
    }

    /// Takes in what the keeper has done.
    pub(super) fn take_reports(&mut self) -> Result<()> {
        while let Some(report) = self.supply.keeper.poll() {
            self.take_report(report)?;
        }
        Ok(())
    }

    /// Waits for the keeper's next report and takes it in.
    pub(super) fn wait_for_report(&mut self) -> Result<()> {
        let report = self.supply.wait()?;
        self.take_report(report)
    }

    pub(super) fn take_report(&mut self, report: Report) -> Result<()> {
        match report {
            Report::Made(made) => self.supply.made(made),
            Report::Checkpointed(done) => self.checkpointed(done),
            Report::Removed(done) => done.map_err(with("removing a segment")),
            Report::Cut(done) => done.map_err(with("cutting a segment")),
        }
    }

    fn checkpointed(&mut self, done: std::io::Result<()>) -> Result<()> {
        let leaving = self.checkpoints.under_way.take().unwrap_or_default();
        match done.map_err(with("the checkpoint")) {
            Ok(()) => {
                self.release(leaving);
                Ok(())
            }
            Err(Trouble::NoRoom(detail)) => {
                tracing::warn!(detail, "no room for a checkpoint; it is tried again");
                self.checkpoints.postponed = leaving;
                self.short = true;
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// Segments that nothing names any more: to be used again, or removed.
    pub(super) fn release(&mut self, segments: Vec<Sealed>) {
        let mut removed = Vec::new();
        for segment in segments {
            self.kept.forget(segment.number);
            let name = segment_name(self.origin.folder, segment.number);
            if !self.supply.keep(name.clone(), segment.bytes) {
                removed.push(name);
            }
            if segment.messages > 0 {
                removed.push(table_name(self.origin.folder, segment.number));
            }
        }
        self.supply.remove(removed);
    }
}

/// Applies a change to what is remembered, now or at the next start.
pub(super) fn apply_to(
    catalog: &mut Catalog,
    kept: &mut Messages,
    logged: &Logged<'_>,
    body_at: u32,
) -> Result<()> {
    match logged {
        Logged::Add(stored) => {
            let arrival = sequence::arrival(stored.sequence);
            catalog.last_sequence = catalog.last_sequence.max(arrival);
        }
        Logged::Name(number, container) => catalog.name(*number, container.clone()),
        Logged::Declare(number) => catalog.declare(*number),
        Logged::Subscribe(number, to) => catalog.subscribe(*number, to.clone()),
        Logged::Drop(number) => catalog.drop(*number),
        Logged::Producer(name, sequence) => catalog.produced(name, *sequence),
        Logged::Forget(name) => catalog.forget(name),
        Logged::Mark(name, bytes) => catalog.mark(name, bytes),
        Logged::Move(..)
        | Logged::Remove { .. }
        | Logged::Offer { .. }
        | Logged::OfferEach { .. }
        | Logged::Give { .. }
        | Logged::Take { .. } => {}
    }
    kept.apply(logged, body_at)
}

const fn table_len(messages: u32) -> u64 {
    super::format::table::table_bytes(messages as usize) as u64
}
