//! How much the broker keeps in memory of what waits. Beyond it there is the store; for what has no
//! store, senders wait.

use super::{
    Engine,
    ids::{LineId, SubId},
};

/// What a line with a hungry consumer may always have, so that it is not slowed down by others that
/// use up the memory.
pub(super) const SMALL: usize = 256 * 1024;

impl Engine {
    /// Bytes that a line may keep in memory at the moment.
    pub(super) fn room_in(&self, id: LineId) -> usize {
        let limit = self.settings.queue_memory_bytes;
        if !self.destinations.memory.is_used_up() {
            return limit;
        }
        let members = self.destinations.line(id).map(|it| it.members.as_slice());
        let mut members = members.unwrap_or_default().iter();
        if members.any(|it| self.is_free(it.sub)) { limit.min(SMALL) } else { 0 }
    }

    /// Consumers that got no more because all together had too much may go on.
    pub(super) fn feed_the_starved(&mut self) {
        let (limit, free) = (self.settings.in_flight_bytes, self.in_flight.free());
        self.starved |= free == 0;
        if !self.starved || free < limit / 8 {
            return;
        }
        self.starved = free == 0;
        let all: Vec<SubId> = self.subscriptions.iter().map(|(key, _)| SubId(key)).collect();
        all.into_iter().for_each(|sub| self.dispatch_to(sub));
    }

    /// What has memory only may take no more than half of it: queues need some to go on with.
    pub(super) fn is_memory_short(&self) -> bool {
        self.destinations.memory.bytes() > self.settings.memory_bytes / 2
    }
}
