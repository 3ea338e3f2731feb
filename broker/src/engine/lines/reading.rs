//! What a line wants to read of what only the store has.
//!
//! A line reads on behind what it has had in memory. What it has had there and is only in the store now
//! ([`crate::engine::giving::away`]) it reads again first, and what was read out of turn
//! ([`crate::engine::giving::scout`]) it passes over.

use crate::engine::{
    Engine,
    state::{entry::Entry, outcomes::Reader, slab::LineId},
};

impl Engine {
    /// Wants the next page if somebody listens and there is room. A line that has nothing in memory
    /// that it could give may always read, so that none waits for others to become shorter; but when
    /// memory is used up, only for somebody who has credit.
    pub(crate) fn read_on(&mut self, id: LineId) {
        let (room, short) = (self.room_in(id), self.destinations.memory.is_used_up());
        let demanded = !short || self.demand(id) > 0;
        let blocked = self.first_missing(id);
        let Some(line) = self.destinations.line_mut(id) else { return };
        let drained = line.is_drained(room);
        line.spills &= !drained || line.tail.exists;
        let wanted = !line.tail.reading && !line.members.is_empty() && demanded;
        let unread = line.tail.exists && !line.tail.is_stuck();
        let reader = match blocked {
            Some(sequence) => Some(Reader::Away(id, sequence - 1)),
            None if unread && (line.is_dry() || drained && !short) => Some(Reader::Line(id)),
            None => None,
        };
        if let Some(reader) = reader.filter(|_| wanted) {
            line.tail.reading = true;
            self.work.read(reader);
        }
        if drained {
            self.let_go_of_line(id);
        }
    }

    /// The first body that is away and that somebody cannot look past.
    pub(crate) fn first_missing(&self, id: LineId) -> Option<u64> {
        let line = self.destinations.line(id).filter(|line| line.away > 0)?;
        let free = line.members.iter().filter(|it| self.is_free(it.sub));
        let looked = match line.is_plain() {
            true => 0,
            false => free.map(|it| it.looked).min().unwrap_or(u64::MAX),
        };
        let doomed = line.doomed.first_key_value().map(|(sequence, _)| *sequence);
        let begin = line.pending.partition_point(|it| it.sequence <= looked);
        let away = line.pending.range(begin..).find(|it| it.is_away()).map(|it| it.sequence);
        // Only when it is its turn, unless others choose what is behind it.
        let front = line.pending.front().is_some_and(Entry::is_away);
        doomed.or(away.filter(|_| front || !line.is_plain()))
    }

    /// Nothing more in memory is for anybody; perhaps something in the store is.
    pub(crate) fn scout(&mut self, id: LineId) {
        let Some(line) = self.destinations.line(id) else { return };
        let tail = &line.tail;
        if line.is_plain() || !tail.exists || tail.reading || tail.is_stuck() || line.is_dry() {
            return;
        }
        let hungry = self.hungry(id);
        let hungry = hungry.iter().filter_map(|sub| line.members.iter().find(|it| it.sub == *sub));
        let after = hungry.map(|it| line.horizon(it)).min();
        let Some(after) = after.filter(|after| *after < tail.last) else { return };
        if let Some(line) = self.destinations.line_mut(id) {
            line.tail.reading = true;
            self.work.read(Reader::Scout(id, after));
        }
    }
}
