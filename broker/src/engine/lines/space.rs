//! How much the broker keeps in memory of what waits. Beyond it there is the store; for what has no
//! store, senders wait.

use crate::engine::{
    Engine,
    settings::WhenFull,
    state::{
        slab::{LineId, SubId},
        work::Due,
    },
};

/// What a line with a hungry consumer may always have, so that it is not slowed down by others that
/// use up the memory.
pub(crate) const SMALL: usize = 256 * 1024;

impl Engine {
    /// Bytes that a line may keep in memory at the moment.
    pub(crate) fn room_in(&self, id: LineId) -> usize {
        let limit = self.settings.queue_memory_bytes;
        if !self.destinations.memory.is_used_up() {
            return limit;
        }
        let members = self.destinations.line(id).map(|it| it.members.as_slice());
        let mut members = members.unwrap_or_default().iter();
        if members.any(|it| self.is_free(it.sub)) { limit.min(SMALL) } else { 0 }
    }

    /// Consumers that got no more because all together had too much may go on.
    pub(crate) fn feed_the_starved(&mut self) {
        let (limit, free) = (self.settings.in_flight_bytes, self.in_flight.free());
        self.starved |= free == 0;
        if !self.starved || free < limit / 8 {
            return;
        }
        self.starved = free == 0;
        let all = self.subscriptions.iter().map(|(key, _)| SubId(key));
        all.for_each(|sub| self.work.due(Due::Credit(sub)));
    }

    /// What has memory only may take no more than half of it: queues need some to go on with.
    pub(crate) fn is_memory_short(&self) -> bool {
        self.destinations.memory.bytes() > self.settings.memory_bytes / 2
    }

    /// A line that has memory only has too much of it. As long as memory is not short it may be long.
    pub(crate) fn is_too_full(&self, line: LineId) -> bool {
        let memory = self.settings.queue_memory_bytes;
        let held = self.destinations.line(line).map_or(0, |line| line.memory.bytes());
        let all = &self.destinations.memory;
        let full = held >= memory || all.is_used_up() && held >= all.fair_share();
        full && self.is_memory_short()
    }

    /// A store that has no room has not yet said so of everything that it has none for. What senders are
    /// not told yet must not be followed by something that is kept.
    pub(crate) fn refuses_for_a_moment(&self) -> bool {
        self.settings.when_full == WhenFull::Refuse && self.outcomes.are_doomed()
    }

    /// The store is known to have no room.
    pub(crate) fn is_full(&self) -> bool {
        let limit = self.settings.store_bytes;
        self.room.is_wanted() || limit.is_some_and(|limit| self.stored_bytes >= limit)
    }
}
