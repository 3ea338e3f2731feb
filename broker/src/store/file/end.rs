//! An orderly end.

use super::running::Running;
use super::trouble::{Result, Trouble};

impl Running {
    /// Makes everything durable and says that nothing was logged behind it.
    pub(super) fn close(&mut self) -> Result<()> {
        let (moved, reused) = (self.compaction.moved, self.supply.reused);
        tracing::debug!(moved, reused, "messages moved and segments used again");
        self.spill.wipe()?;
        let number = self.log.segment().number;
        let mut next_segment = number;
        if !self.log.is_at_beginning() {
            // Without saying that the log goes on in the next segment: there may be none yet.
            self.log.sync()?;
            self.kept.seal(self.log.ended());
            next_segment += 1;
        }
        self.kept.tables.save()?;
        match self.checkpoint_now(true, next_segment) {
            Err(Trouble::NoRoom(detail)) => return Err(Trouble::Io(detail)),
            other => other?,
        }
        self.cut(number);
        while let Some(report) = self.supply.keeper.wait() {
            self.take_report(report)?;
        }
        Ok(())
    }
}
