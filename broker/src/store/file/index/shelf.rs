//! The messages of one container in older segments.

use crate::store::file::format::checkpoint::KnownRun;

/// What one segment has of one container: a stretch of the segment's table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store::file) struct Run {
    pub(in crate::store::file) segment: u64,
    /// Lowest and highest sequence.
    pub(in crate::store::file) first: u64,
    pub(in crate::store::file) last: u64,
    /// The stretch: places in the table.
    pub(in crate::store::file) start: u32,
    pub(in crate::store::file) end: u32,
    /// How many of them are not removed, and their blobs.
    pub(in crate::store::file) living: u32,
    pub(in crate::store::file) living_bytes: u64,
}

/// What is known of a container's messages.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    /// By their first sequences; none without living messages.
    pub(super) runs: Vec<Run>,
    /// Living messages, those in the newest segment too.
    pub(super) count: u64,
    /// No message has a higher sequence.
    pub(super) highest: u64,
}

impl Shelf {
    pub(super) fn insert(&mut self, run: Run) {
        if run.living > 0 {
            let at = self.runs.partition_point(|other| other.first < run.first);
            self.runs.insert(at, run);
        }
    }

    /// Runs that may have this sequence, the likeliest first.
    pub(super) fn runs_with(&self, sequence: u64) -> impl Iterator<Item = usize> + use<'_> {
        let behind = self.runs.partition_point(|run| run.first <= sequence);
        let before = self.runs.get(..behind).unwrap_or_default().iter().enumerate().rev();
        before.filter(move |(_, run)| run.last >= sequence).map(|(at, _)| at)
    }

    /// One message less in this run.
    pub(super) fn remove_from(&mut self, at: usize, bytes: u32) {
        self.count = self.count.saturating_sub(1);
        let Some(run) = self.runs.get_mut(at) else { return };
        run.living = run.living.saturating_sub(1);
        run.living_bytes = run.living_bytes.saturating_sub(bytes.into());
        if run.living == 0 {
            self.runs.remove(at);
        }
    }
}

impl Run {
    pub(super) fn known(&self, container: u32) -> KnownRun {
        KnownRun {
            container,
            segment: self.segment,
            first: self.first,
            last: self.last,
            start: self.start,
            places: self.end - self.start,
            living: self.living,
            living_bytes: self.living_bytes,
        }
    }

    pub(super) fn from_known(known: &KnownRun) -> Self {
        Self {
            segment: known.segment,
            first: known.first,
            last: known.last,
            start: known.start,
            end: known.start.saturating_add(known.places),
            living: known.living,
            living_bytes: known.living_bytes,
        }
    }
}
