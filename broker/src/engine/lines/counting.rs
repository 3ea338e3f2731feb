//! Messages that come and go are counted, for whoever looks after the broker.
//!
//! What is published counts once for its topic, however many subscribers it has; what they take counts for each.

use crate::{
    engine::{
        Engine,
        state::{slab::LineId, tally::Tally},
    },
    model::Container,
};

impl Engine {
    /// A message has entered a line.
    pub(crate) fn note_arrived(&mut self, id: LineId) {
        self.tally_each(id, Tally::came);
    }

    /// It has not, after all.
    pub(crate) fn note_withdrawn(&mut self, id: LineId) {
        self.tally_each(id, Tally::came_not);
    }

    /// A message has left its line for good.
    pub(crate) fn note_left(&mut self, id: LineId) {
        self.tally_each(id, Tally::went);
        self.tally_backlog(id, Tally::went);
    }

    /// It is back, since the store has not kept that it left.
    pub(crate) fn note_returned(&mut self, id: LineId) {
        self.tally_each(id, Tally::went_not);
        self.tally_backlog(id, Tally::went_not);
    }

    /// The time of a message is over, which leaves then.
    pub(crate) fn note_expired(&mut self, id: LineId) {
        self.tally_each(id, Tally::expired);
    }

    /// For the line, and if it is a queue, for the broker.
    fn tally_each(&mut self, id: LineId, change: fn(&mut Tally)) {
        let Some(line) = self.destinations.late_line_mut(id) else { return };
        change(&mut line.tally);
        // A temporary queue has no container.
        if matches!(line.container, None | Some(Container::Queue(_))) {
            change(&mut self.tally);
        }
    }

    /// For the broker, if it is the backlog of a durable subscription.
    fn tally_backlog(&mut self, id: LineId, change: fn(&mut Tally)) {
        let container = self.destinations.late_line(id).and_then(|line| line.container.as_ref());
        if matches!(container, Some(Container::Subscription(_))) {
            change(&mut self.tally);
        }
    }
}
