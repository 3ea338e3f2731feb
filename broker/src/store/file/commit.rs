//! One commit: planned, found room for, written, synced, applied.

use super::format::body::Body;
use super::plan::Plan;
use super::running::Running;
use super::trouble::{Result, Trouble};
use crate::fail_point;
use crate::model::Batch;

impl Running {
    /// All batches together. [`Trouble::NoRoom`] has changed nothing.
    pub(super) fn commit(&mut self, batches: &[Batch]) -> Result<()> {
        self.take_reports()?;
        self.forget_containers();
        let mut plan = self.plan(batches)?;
        let written = self.write(&mut plan);
        let logged = plan.body.len() as u64;
        self.put_buffer(plan.body);
        if matches!(written, Ok(()) | Err(Trouble::NoRoom(_))) {
            self.keep_up(logged)?;
        }
        written
    }

    /// A body is done with.
    pub(super) fn put_buffer(&mut self, body: Body) {
        self.buffer = body.into_buffer();
        self.buffer.clear();
        self.buffer.shrink_to(BUFFER_BYTES);
    }

    fn write(&mut self, plan: &mut Plan) -> Result<()> {
        self.admit(plan)?;
        if !plan.body.is_empty() {
            self.make_room(&plan.body, if plan.grows { Purpose::Grow } else { Purpose::Shrink })?;
        }
        let spilled_at = self.spill.write(&mut plan.spill)?;
        fail_point::reached("before-append");
        let logged_at = self.append(plan)?;
        fail_point::reached("after-append");
        if plan.sync && self.log.is_unsynced() {
            fail_point::reached("before-sync");
            self.log.sync()?;
            fail_point::reached("after-sync");
        }
        if let Some(at) = logged_at {
            self.apply(&plan.body, at)?;
        }
        if !plan.spill.is_empty() {
            self.spill.apply(&plan.spill, spilled_at)?;
        }
        Ok(())
    }

    fn append(&mut self, plan: &mut Plan) -> Result<Option<u32>> {
        if plan.body.is_empty() {
            return Ok(None);
        }
        let spilled = plan.spill.messages > 0;
        let synced = self.log.synced();
        let at = match self.log.append(&mut plan.body) {
            // Its room was there; a file system that needs more has half of the commit now.
            Err(Trouble::NoRoom(detail)) if spilled => Err(Trouble::Io(detail)),
            other => other,
        }?;
        self.note.write(&self.origin, synced)?;
        Ok(Some(at))
    }

    /// New messages leave room for what must always be possible.
    fn admit(&mut self, plan: &Plan) -> Result<()> {
        if plan.body.len() as u64 > MOST_BYTES {
            let detail = format!("one commit may have {MOST_BYTES} bytes, not more");
            return Err(Trouble::NoRoom(detail));
        }
        let spilled = plan.spill.len() as u64;
        let spill_fits = plan.spill.messages == 0 || self.has_room(spilled)?;
        let log_fits = !plan.grows || self.may_grow(0)?;
        if spill_fits && log_fits {
            self.space.written(spilled);
            return Ok(());
        }
        self.short = true;
        Err(self.space.full())
    }

    /// Makes sure that the body fits behind the end of the log.
    pub(super) fn make_room(&mut self, body: &Body, purpose: Purpose) -> Result<()> {
        let messages = self.kept.holdings.fresh_messages();
        let many = messages > 0 && messages + body.messages > MOST_MESSAGES;
        if self.log.has_room_for(body.len()) && !many {
            return Ok(());
        }
        self.rotate(body.len() as u64, purpose)
    }
}

/// What room is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// New messages: they leave enough for the other two.
    Grow,
    /// Messages are moved so that there is more room soon: that leaves something for removals.
    Move,
    /// Removals.
    Shrink,
}

/// A segment takes no more than so many messages: the places of its messages are in memory until
/// the next one begins.
pub(super) const MOST_MESSAGES: usize = 1 << 18;
/// Offsets in a segment have 32 bits.
const MOST_BYTES: u64 = 1 << 30;
/// Kept from one commit to the next.
const BUFFER_BYTES: usize = 1 << 20;
