//! Segments that are made before they are needed.
//!
//! ```text
//! free room --make--> ready --take--> the log --sealed, dead, not in the checkpoint--> used --+
//!                       ^-------------------------- make ------------------------------------+
//! ```

use std::collections::VecDeque;

use super::format::segment::SegmentHeader;
use super::index::Origin;
use super::keeper::{Job, Keeper, Report};
use super::log::{SegmentFile, Source, segment_name};
use super::trouble::{Result, Trouble, with};

/// What the log may go on in.
pub(super) struct Supply {
    origin: Origin,
    pub(super) keeper: Box<dyn Keeper>,
    /// In the order of their numbers; the first is the log's next one.
    ready: VecDeque<SegmentFile>,
    /// One is being made.
    making: bool,
    /// The last attempt to make one found no room.
    refused: bool,
    /// Files that are not needed any more are used again.
    pub(super) reuses: bool,
    /// Files of the usual length that hold nothing any more.
    used: Vec<String>,
    /// Of the next segment to make.
    next: u64,
    /// How many were put aside so far.
    spares: u64,
    /// Segments that were made of used files so far.
    pub(super) reused: u64,
    /// The usual length.
    pub(super) segment_bytes: u64,
}

impl Supply {
    pub(super) fn new(
        origin: Origin,
        keeper: Box<dyn Keeper>,
        next: u64,
        segment_bytes: u64,
    ) -> Self {
        let (ready, used) = (VecDeque::new(), Vec::new());
        Self {
            origin,
            keeper,
            ready,
            making: false,
            refused: false,
            reuses: true,
            used,
            next,
            spares: 0,
            reused: 0,
            segment_bytes,
        }
    }

    /// How many segments the log can go on in without more room.
    pub(super) fn stock(&self) -> usize {
        self.ready() + self.used.len()
    }

    /// How many are made, or nearly.
    pub(super) fn ready(&self) -> usize {
        self.ready.len() + usize::from(self.making)
    }

    pub(super) const fn is_making(&self) -> bool {
        self.making
    }

    /// Whether making one found no room since somebody last asked.
    pub(super) fn was_refused(&mut self) -> bool {
        std::mem::take(&mut self.refused)
    }

    pub(super) fn bytes(&self) -> u64 {
        let ready: u64 = self.ready.iter().map(|segment| segment.bytes).sum();
        let others = self.used.len() + usize::from(self.making);
        ready + others as u64 * self.segment_bytes
    }

    pub(super) fn has_used(&self) -> bool {
        !self.used.is_empty()
    }

    /// Keeps a file to be used again, if it has the usual length and there are not enough. False if
    /// it is to be removed.
    pub(super) fn keep(&mut self, name: String, bytes: u64) -> bool {
        let keep = self.reuses && bytes == self.segment_bytes && self.stock() < ENOUGH;
        if keep {
            self.used.push(name);
        }
        keep
    }

    /// Has one more made, unless one is being made.
    pub(super) fn make_ahead(&mut self) {
        if !self.making {
            self.reused += u64::from(!self.used.is_empty());
            let source = self.used.pop().map_or(Source::New, Source::Used);
            self.ask(self.segment_bytes, source);
        }
    }

    fn ask(&mut self, bytes: u64, source: Source) {
        let header = SegmentHeader { store: self.origin.store, number: self.next, bytes };
        self.keeper.ask(Job::Make(header, source));
        self.next += 1;
        self.making = true;
    }

    /// What came of making one.
    pub(super) fn made(&mut self, made: std::io::Result<SegmentFile>) -> Result<()> {
        self.making = false;
        let name = segment_name(self.origin.folder, self.next - 1);
        match made.map_err(with(&name)) {
            Ok(segment) => self.ready.push_back(segment),
            Err(Trouble::NoRoom(detail)) => {
                tracing::debug!(detail, "no room for a segment");
                self.next -= 1;
                self.refused = true;
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// The next one, if it is ready.
    pub(super) fn take(&mut self) -> Option<SegmentFile> {
        self.ready.pop_front()
    }

    /// Has one of an unusual length made that becomes the next one. Those that are ready keep for
    /// later; none must be in the making.
    pub(super) fn ask_for_large(&mut self, bytes: u64) -> Result<()> {
        while let Some(segment) = self.ready.pop_back() {
            let Origin { disk, folder, .. } = &self.origin;
            let name = segment_name(folder, segment.number);
            self.spares += 1;
            let spare = format!("{folder}/spare-{:010}", self.spares);
            disk.rename(&name, &spare).map_err(with(&name))?;
            self.next = segment.number;
            if segment.bytes == self.segment_bytes {
                self.used.push(spare);
            } else {
                disk.remove(&spare).map_err(with(&spare))?;
            }
        }
        self.ask(bytes, Source::New);
        Ok(())
    }

    /// Has files removed that nothing names.
    pub(super) fn remove(&mut self, names: Vec<String>) {
        if !names.is_empty() {
            self.keeper.ask(Job::Remove(names));
        }
    }

    /// Waits for the keeper.
    pub(super) fn wait(&mut self) -> Result<Report> {
        let died = || Trouble::Io("the store's keeper thread has died".into());
        self.keeper.wait().ok_or_else(died)
    }
}

/// So many segments that wait are enough; what is more goes back to the disk.
pub(super) const ENOUGH: usize = 2;
