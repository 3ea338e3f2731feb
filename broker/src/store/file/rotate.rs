//! From one segment to the next, and what goes with it.

use super::commit::Purpose;
use super::format::record::record_len;
use super::format::segment::FIRST_RECORD;
use super::keeper::Job;
use super::log::{SegmentFile, segment_name};
use super::running::Running;
use super::supply::ENOUGH;
use super::trouble::Result;

impl Running {
    /// Whether new messages may be taken, when so many of the segments that wait are used up by it.
    pub(super) fn may_grow(&mut self, used_up: usize) -> Result<bool> {
        let enough = self.supply.stock() >= ENOUGH + used_up;
        self.short = !enough && !self.has_room(self.supply.segment_bytes)?;
        Ok(!self.short)
    }

    /// Ends the segment and goes on in one in which a body of this length fits.
    /// [`Trouble::NoRoom`](super::trouble::Trouble::NoRoom) has changed nothing.
    pub(super) fn rotate(&mut self, body: u64, purpose: Purpose) -> Result<()> {
        let bytes = FIRST_RECORD + record_len(body) + SLACK;
        let large = bytes > self.supply.segment_bytes;
        let allowed = match purpose {
            Purpose::Grow if large => self.has_room(bytes)?,
            Purpose::Grow => self.may_grow(1)?,
            Purpose::Move => !large && (self.supply.stock() > 1 || self.may_grow(0)?),
            Purpose::Shrink => true,
        };
        if !allowed {
            self.short = true;
            return Err(self.space.full());
        }
        let next = if large { self.large_segment(bytes)? } else { self.next_segment()? };
        self.go_on_in(next)
    }

    fn next_segment(&mut self) -> Result<SegmentFile> {
        self.supply.was_refused();
        loop {
            if let Some(segment) = self.supply.take() {
                return Ok(segment);
            }
            if !self.supply.was_refused() {
                self.supply.make_ahead();
            } else if self.checkpoints.under_way.is_none() {
                return Err(self.space.full());
            }
            // Perhaps of a checkpoint, which makes room.
            self.wait_for_report()?;
        }
    }

    fn large_segment(&mut self, bytes: u64) -> Result<SegmentFile> {
        while self.supply.is_making() {
            self.wait_for_report()?;
        }
        self.supply.ask_for_large(bytes)?;
        while self.supply.is_making() {
            self.wait_for_report()?;
        }
        self.supply.take().ok_or_else(|| self.space.full())
    }

    fn go_on_in(&mut self, next: SegmentFile) -> Result<()> {
        let ended = self.log.end_segment()?;
        self.log.sync()?;
        self.kept.seal(ended);
        self.save_tables()?;
        self.log.go_on_in(next);
        self.checkpoints.logged += ended.end;
        if self.is_checkpoint_due() {
            self.begin_checkpoint();
        }
        self.cut(ended.number);
        Ok(())
    }

    /// Writes the tables that are not on disk yet, unless the last room is needed for other things.
    pub(super) fn save_tables(&mut self) -> Result<()> {
        let bytes = self.kept.tables.unsaved_bytes();
        if bytes > 0 && self.has_room_in_reserve(bytes)? {
            self.kept.tables.save()?;
            self.space.written(bytes);
        }
        Ok(())
    }

    /// Gives the room behind the last record back if it is much.
    pub(super) fn cut(&mut self, number: u64) {
        let Some(segment) = self.kept.holdings.segment(number) else { return };
        let len = segment.end.next_multiple_of(PAGE) + PAGE;
        if segment.living > 0 && len + segment.bytes / 8 < segment.bytes {
            let name = segment_name(self.origin.folder, number);
            self.kept.holdings.shorten(number, len);
            self.supply.keeper.ask(Job::Cut { name, len });
        }
    }
}

const PAGE: u64 = 4096;
/// What a segment needs beside its header page and one record.
const SLACK: u64 = 64;
