//! Keeps the store small and ready, a little at a time.

use std::time::Duration;

use super::commit::Purpose;
use super::compact::Need;
use super::format::body::Body;
use super::running::Running;
use super::supply::ENOUGH;
use super::trouble::{Result, Trouble};

impl Running {
    /// After a commit of so many bytes.
    pub(super) fn keep_up(&mut self, logged: u64) -> Result<()> {
        self.take_reports()?;
        self.spill.give_back(&mut *self.supply.keeper)?;
        self.look_ahead()?;
        if self.short {
            self.free_segments(1)?;
        }
        let (need, least) =
            if self.short { (Need::Short, 2 * LEAST_MOVED) } else { (Need::Busy, LEAST_MOVED) };
        self.compact(need, logged.clamp(least, MOST_MOVED))?;
        Ok(())
    }

    /// While nobody waits. Says when to be called again: zero if there is more to do at once.
    pub(super) fn tidy(&mut self) -> Result<Option<Duration>> {
        self.take_reports()?;
        self.look_ahead()?;
        self.save_tables()?;
        let worthwhile = if self.short { 1 } else { self.supply.segment_bytes };
        self.free_segments(worthwhile.max(self.checkpoints.bytes))?;
        let need = if self.short { Need::Short } else { Need::Idle };
        if self.compact(need, IDLE_MOVED)? || self.spill.compact(IDLE_MOVED)? {
            return Ok(Some(Duration::ZERO));
        }
        Ok(self.supply.keeper.is_busy().then_some(LOOK_AGAIN_AFTER))
    }

    /// Has the next segment made in time.
    fn look_ahead(&mut self) -> Result<()> {
        let used = self.log.end() * 4 / self.log.segment().bytes.max(1);
        let wanted = match used {
            0 => 0,
            1 => 1,
            _ => ENOUGH,
        };
        if self.supply.ready() >= wanted || self.supply.is_making() {
            return Ok(());
        }
        if self.supply.has_used() {
            self.supply.make_ahead();
        } else if self.has_room(self.supply.segment_bytes)? {
            self.supply.make_ahead();
            self.space.written(self.supply.segment_bytes);
        }
        Ok(())
    }

    /// Has a checkpoint written if that frees segments of so many bytes.
    fn free_segments(&mut self, worthwhile: u64) -> Result<()> {
        let dead = self.kept.holdings.sealed().filter(|segment| segment.living == 0);
        let bytes: u64 = dead.map(|segment| segment.bytes).sum();
        if bytes < worthwhile || self.checkpoints.under_way.is_some() {
            return Ok(());
        }
        if !self.log.is_at_beginning() {
            match self.rotate(0, Purpose::Shrink) {
                Err(Trouble::NoRoom(_)) => return Ok(()),
                other => other?,
            }
        }
        self.begin_checkpoint();
        Ok(())
    }

    /// Moves about so many bytes of messages. False if there is no need, or no room.
    fn compact(&mut self, need: Need, bytes: u64) -> Result<bool> {
        let usual = self.supply.segment_bytes;
        if !self.compaction.is_due(&self.kept.holdings, usual, need) {
            return Ok(false);
        }
        let mut body = Body::new(self.origin.seeds, std::mem::take(&mut self.buffer));
        let more = self.compaction.gather(&mut self.kept, bytes, &mut body)?;
        let moved = self.move_messages(&mut body);
        self.put_buffer(body);
        match moved {
            Err(Trouble::NoRoom(_)) => {
                self.compaction.give_up();
                Ok(false)
            }
            other => other.map(|()| more),
        }
    }

    /// Not synced: the older copies stay until a checkpoint says that the new ones are durable.
    fn move_messages(&mut self, body: &mut Body) -> Result<()> {
        if body.is_empty() {
            return Ok(());
        }
        self.make_room(body, Purpose::Move)?;
        let at = self.log.append(body)?;
        self.apply(body, at)
    }
}

/// With each commit, if it is due.
const LEAST_MOVED: u64 = 16 << 10;
const MOST_MOVED: u64 = 1 << 20;
/// At once while nobody waits.
const IDLE_MOVED: u64 = 256 << 10;
/// The keeper says nothing by itself.
const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(10);
