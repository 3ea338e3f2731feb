//! Says where everything is, so that what was logged before need not be read again.

use super::format::checkpoint::Checkpoint;
use super::keeper::{Job, write_checkpoint};
use super::running::Running;
use super::trouble::{Result, with};

impl Running {
    /// Enough has been logged for the length of a checkpoint.
    pub(super) fn is_checkpoint_due(&self) -> bool {
        self.checkpoints.logged >= self.checkpoints.bytes.saturating_mul(LOGGED_PER_BYTE)
            || self.short
    }

    /// Has one written, unless one is being written. The newest segment must be empty.
    pub(super) fn begin_checkpoint(&mut self) {
        if self.checkpoints.under_way.is_none() {
            let bytes = self.snapshot(false, self.log.segment().number);
            self.supply.keeper.ask(Job::Checkpoint(bytes));
        }
    }

    /// Has one written and waits for it.
    pub(super) fn checkpoint_now(&mut self, closed: bool, next_segment: u64) -> Result<()> {
        while self.checkpoints.under_way.is_some() {
            self.wait_for_report()?;
        }
        let bytes = self.snapshot(closed, next_segment);
        let written = write_checkpoint(&*self.origin.disk, self.origin.folder, &bytes);
        written.map_err(with("the checkpoint"))?;
        let leaving = self.checkpoints.under_way.take().unwrap_or_default();
        self.release(leaving);
        Ok(())
    }

    /// Forgets containers that need not be remembered, once for each checkpoint. Never while a commit
    /// is being made that may speak of them.
    pub(super) fn forget_containers(&mut self) {
        if std::mem::take(&mut self.checkpoints.forgetting_is_due) {
            let (kept, spill) = (&self.kept, &self.spill);
            self.catalog.prune(|number| kept.count(number) > 0 || spill.count(number) > 0);
        }
    }

    /// The store as it is, encoded. From now on the segments without living messages are leaving.
    fn snapshot(&mut self, closed: bool, next_segment: u64) -> Vec<u8> {
        let mut leaving = std::mem::take(&mut self.checkpoints.postponed);
        leaving.extend(self.kept.holdings.take_dead());
        let bytes = self.described(closed, next_segment).encode();
        self.checkpoints.under_way = Some(leaving);
        self.checkpoints.bytes = bytes.len() as u64;
        self.checkpoints.logged = 0;
        self.checkpoints.forgetting_is_due = true;
        bytes
    }

    /// The store as it is.
    pub(super) fn described(&self, closed: bool, next_segment: u64) -> Checkpoint {
        let (segments, runs) = self.kept.holdings.known();
        Checkpoint {
            store: self.origin.store,
            closed,
            boot: self.boot.clone(),
            last_commit: self.log.last_commit(),
            last_sequence: self.catalog.last_sequence,
            next_container: self.catalog.next_container,
            next_segment,
            containers: self.catalog.known(),
            producers: self.catalog.producers(),
            segments,
            runs,
            backlogs: self.kept.backlogs.known(),
            marks: self.catalog.marks(),
        }
    }
}

/// So much is logged for each byte of a checkpoint before the next one is worth its writing.
const LOGGED_PER_BYTE: u64 = 8;
