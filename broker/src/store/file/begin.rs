//! From a store as it was left to one that can be written. Until the new checkpoint is there only
//! files are made that nothing names, so that a crash at any point changes nothing.

use std::any::Any;

use super::compact::Compaction;
use super::format::segment::SegmentHeader;
use super::index::Origin;
use super::keeper::Keeper;
use super::log::{Log, SegmentFile, Source, make, number_of, segment_name, table_number_of};
use super::note::Note;
use super::read::Left;
use super::running::{Checkpoints, Running};
use super::space::Space;
use super::spill::Spill;
use super::supply::Supply;
use super::trouble::{Result, with};
use crate::model::{Container, ContainerSummary, Recovered, StoreLimits};
use crate::store::disk::Listed;

/// What the new owner brings.
pub(super) struct Owner {
    pub(super) keeper: Box<dyn Keeper>,
    pub(super) space: Space,
    pub(super) segment_bytes: u64,
    /// Files may have further names and never change; what is committed was decided elsewhere, and has to be
    /// taken.
    pub(super) replicated: bool,
    pub(super) in_use: Box<dyn Any + Send>,
}

impl Running {
    /// Takes the store over.
    pub(super) fn begin(mut left: Left, owner: Owner) -> Result<(Self, Recovered)> {
        let origin = left.kept.origin.clone();
        let boot = origin.disk.boot();
        let same_run = !boot.is_empty() && boot == left.boot;
        // One commit may be half written when the process is killed; more are missing only if the
        // system has lost something.
        let lost = left.tail.as_ref().is_some_and(|tail| tail.records > 1);
        let offers_known = left.closed || (same_run && !lost);
        if let Some(tail) = &left.tail {
            tracing::info!("discarded an incomplete end of the log: {tail}");
        }
        sync_what_was_read(&left, &origin)?;
        if let Some(ended) = left.end {
            left.kept.seal(ended);
        }
        let leftovers = Leftovers::of(&left);
        let (segment, leftovers) = leftovers.first_segment(&left, owner.segment_bytes)?;
        let number = segment.number;
        let mut supply = Supply::new(origin.clone(), owner.keeper, number + 1, owner.segment_bytes);
        supply.reuses = !owner.replicated;
        let checkpoints = Checkpoints { bytes: left.checkpoint_bytes, ..Checkpoints::default() };
        let mut running = Self {
            note: Note::open(&origin)?,
            log: Log::new(origin.folder, origin.seeds, segment, left.last_commit),
            spill: Spill::new(&origin, owner.segment_bytes),
            origin,
            catalog: left.catalog,
            kept: left.kept,
            supply,
            space: owner.space,
            checkpoints,
            compaction: Compaction::default(),
            boot,
            short: false,
            replicated: owner.replicated,
            buffer: Vec::new(),
            _in_use: owner.in_use,
        };
        running.spill.wipe()?;
        running.checkpoint_now(false, number)?;
        running.take_over(leftovers, left.end.map(|ended| ended.number))?;
        running.warn_of_little_room()?;
        let recovered = running.recovered(offers_known);
        Ok((running, recovered))
    }

    fn warn_of_little_room(&mut self) -> Result<()> {
        let footprint = self.footprint();
        let free = self.space.look(&*self.origin.disk, footprint)?;
        let reserve = self.space.reserve();
        if free < 2 * reserve {
            tracing::warn!(
                free,
                reserve,
                "little room is left (in bytes); when less than the reserve is free, messages are \
                 refused until some are removed"
            );
        }
        Ok(())
    }

    /// The new checkpoint is there: now the rest of what was left may be changed.
    fn take_over(&mut self, leftovers: Leftovers, last: Option<u64>) -> Result<()> {
        // At once: others may soon have the same names.
        for name in leftovers.rubbish {
            self.origin.disk.remove(&name).map_err(with(&name))?;
        }
        let mut removed = Vec::new();
        for (name, bytes) in leftovers.segments {
            if !self.supply.keep(name.clone(), bytes) {
                removed.push(name);
            }
        }
        self.supply.remove(removed);
        if let Some(last) = last {
            self.cut(last);
        }
        Ok(())
    }

    pub(super) fn recovered(&self, offers_known: bool) -> Recovered {
        let containers = self.catalog.containers().filter_map(|(number, container, remembered)| {
            let count = self.kept.count(number);
            let shown = !matches!(container, Container::Topic(_));
            let prioritized = self.kept.holdings.is_prioritized(number);
            (shown && (remembered || count > 0)).then(|| ContainerSummary {
                container: container.clone(),
                count,
                prioritized,
            })
        });
        Recovered {
            containers: containers.collect(),
            subscriptions: self.catalog.subscriptions(),
            producers: self.catalog.producers(),
            marks: self.catalog.marks(),
            last_sequence: self.catalog.last_sequence,
            offers_known,
            limits: StoreLimits::default(),
        }
    }
}

/// What was only in the system's memory must not be lost when something relies on it: the records,
/// and that the checkpoint is the one that was read.
fn sync_what_was_read(left: &Left, origin: &Origin) -> Result<()> {
    origin.disk.sync_folder(origin.folder).map_err(with(origin.folder))?;
    for segment in &left.read {
        let name = segment_name(origin.folder, segment.number);
        segment.file.sync().map_err(with(&name))?;
    }
    Ok(())
}

/// Files that the new checkpoint will not name.
struct Leftovers {
    /// Segments that may be used again, and their lengths.
    segments: Vec<(String, u64)>,
    rubbish: Vec<String>,
}

impl Leftovers {
    fn of(left: &Left) -> Self {
        let folder = left.kept.origin.folder;
        let named = |number: u64| {
            left.kept.holdings.segment(number).is_some()
                || left.read.iter().any(|segment| segment.number == number)
        };
        let (mut segments, mut rubbish) = (Vec::new(), Vec::new());
        for Listed { name, bytes } in &left.listed {
            let path = format!("{folder}/{name}");
            match (number_of(name), table_number_of(name)) {
                (Some(number), _) if !named(number) => segments.push((path, *bytes)),
                (_, Some(number)) if !named(number) => rubbish.push(path),
                (None, None) if is_rubbish(name) => rubbish.push(path),
                _ => {}
            }
        }
        Self { segments, rubbish }
    }

    /// The segment in which the log goes on: one that is left, or a small one, which is soon made.
    fn first_segment(mut self, left: &Left, usual: u64) -> Result<(SegmentFile, Self)> {
        let least = SMALL_SEGMENT.min(usual);
        let fits = |&(_, bytes): &(String, u64)| (least..=usual).contains(&bytes);
        let found = self.segments.iter().position(fits).map(|at| self.segments.remove(at));
        let (source, bytes) = match found {
            Some((name, bytes)) => (Source::Used(name), bytes),
            None => (Source::First, least),
        };
        let origin = &left.kept.origin;
        let header = SegmentHeader { store: origin.store, number: left.next_segment, bytes };
        let made = make(&*origin.disk, origin.folder, header, &source);
        let segment = made.map_err(with(&segment_name(origin.folder, left.next_segment)))?;
        Ok((segment, self))
    }
}

/// Something that was being made, or a segment that waited under another name.
fn is_rubbish(name: &str) -> bool {
    name.ends_with(".new") || name.starts_with("spare-")
}

/// A store that is seldom written stays small.
const SMALL_SEGMENT: u64 = 4 << 20;
