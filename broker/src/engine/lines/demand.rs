//! Who of a line's consumers would take something.

use crate::engine::{
    Engine,
    state::slab::{LineId, SubId},
};

impl Engine {
    /// Has room in its window, and its client reads.
    pub(crate) fn is_free(&self, sub: SubId) -> bool {
        self.subscriptions.get(sub.0).is_some_and(|it| it.has_credit() && self.reads(it.link))
    }

    /// How much its consumers would take at once.
    pub(crate) fn demand(&self, id: LineId) -> usize {
        let members = self.destinations.line(id).map(|it| it.members.as_slice());
        let members = members.unwrap_or_default().iter().filter(|it| self.is_free(it.sub));
        let members = members.filter_map(|it| self.subscriptions.get(it.sub.0));
        members.fold(0usize, |sum, it| sum.saturating_add(it.credit()))
    }

    /// Those who have credit and found nothing.
    pub(crate) fn hungry(&self, id: LineId) -> Vec<SubId> {
        let Some(line) = self.destinations.line(id) else { return Vec::new() };
        let exclusive = line.members.iter().find(|it| it.exclusive).map(|it| it.sub);
        let entitled = line.members.iter().filter(|it| exclusive.is_none_or(|sub| sub == it.sub));
        let hungry = entitled.filter(|it| self.is_free(it.sub) && line.has_looked(it));
        hungry.map(|it| it.sub).collect()
    }

    /// Consumers of several lines note where something waits for them.
    pub(crate) fn note_waiting(&mut self, id: LineId) {
        let Some(line) = self.destinations.line_mut(id) else { return };
        if line.noted || line.pending.is_empty() && !line.tail.exists {
            return;
        }
        line.noted = true;
        for member in line.members.iter_mut().filter(|it| !it.noted) {
            if let Some(sub) = self.subscriptions.get_mut(member.sub.0)
                && sub.lines.len() > 1
            {
                member.noted = true;
                sub.noted.push_back(id);
            }
        }
    }
}
