//! Consumers that choose look for what they want in the store.
//!
//! What nobody present wants may fill the memory of a line, and hide what is behind it. So consumers
//! that have credit, and have looked at all there is in memory, look through the store: what one of
//! them wants is read out of turn. The rest stays where it is, and is read in its turn by those who
//! want it.

use super::{
    Engine,
    entry::Entry,
    ids::{LineId, SubId},
    paging::Reader,
    queue::{Line, Member},
    subscription::Subscription,
};
use crate::model::StoredMessage;

impl Line {
    /// How far a consumer may look: not past what it has not seen.
    pub(super) fn horizon(&self, member: &Member) -> u64 {
        if self.tail.exists { member.scouted.max(self.tail.read_through) } else { u64::MAX }
    }

    /// Has looked at everything within its horizon.
    fn has_looked(&self, member: &Member) -> bool {
        let horizon = self.horizon(member);
        let end = self.pending.partition_point(|it| it.sequence <= horizon);
        let last = end.checked_sub(1).and_then(|last| self.pending.get(last));
        last.is_none_or(|last| last.sequence <= member.looked)
    }
}

impl Engine {
    /// Nothing more in memory is for anybody; perhaps something in the store is.
    pub(super) fn scout(&mut self, id: LineId) {
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
            self.wanted_pages.push_back(Reader::Scout(id, after));
        }
    }

    /// Those who have credit and found nothing.
    fn hungry(&self, id: LineId) -> Vec<SubId> {
        let Some(line) = self.destinations.line(id) else { return Vec::new() };
        let exclusive = line.members.iter().find(|it| it.exclusive).map(|it| it.sub);
        let entitled = line.members.iter().filter(|it| exclusive.is_none_or(|sub| sub == it.sub));
        let hungry = entitled.filter(|it| self.is_free(it.sub) && line.has_looked(it));
        hungry.map(|it| it.sub).collect()
    }

    /// A page for them has come in.
    pub(super) fn scouted(&mut self, id: LineId, after: u64, messages: &[StoredMessage]) {
        let mut hungry = self.hungry(id);
        // What was for others before may be for them now: then they begin again.
        if let Some(line) = self.destinations.line(id) {
            let goes_on = |sub: &SubId| {
                let member = line.members.iter().find(|it| it.sub == *sub);
                member.is_some_and(|it| line.horizon(it) >= after)
            };
            hungry.retain(goes_on);
        }
        let (found, last) = self.find(id, &hungry, messages);
        let Some(line) = self.destinations.line_mut(id) else { return };
        line.tail.reading = false;
        line.tail.note_stuck(last.is_none() && !messages.is_empty());
        let through = if messages.is_empty() { line.tail.asked_through } else { last.unwrap_or(0) };
        for member in line.members.iter_mut().filter(|it| hungry.contains(&it.sub)) {
            member.scouted = member.scouted.max(through);
        }
        for entry in found {
            line.tail.scouted_through = line.tail.scouted_through.max(entry.sequence);
            line.insert(entry);
        }
        self.dispatch(id);
    }

    /// What somebody wants, no more than they have credit for, and how far that is.
    fn find(
        &self,
        id: LineId,
        hungry: &[SubId],
        messages: &[StoredMessage],
    ) -> (Vec<Entry>, Option<u64>) {
        let (mut found, mut last) = (Vec::new(), None);
        let known = self.known_behind(id);
        let Some(line) = self.destinations.line(id) else { return (found, last) };
        let hungry: Vec<_> =
            hungry.iter().filter_map(|sub| Some((*sub, self.subscriptions.get(sub.0)?))).collect();
        let credit = hungry.iter().fold(0usize, |sum, (_, it)| sum.saturating_add(it.credit()));
        for stored in messages.iter().take_while(|it| line.tail.is_confirmed(it.sequence)) {
            if found.len() >= credit {
                break;
            }
            last = Some(stored.sequence);
            if stored.sequence <= line.tail.read_through || known.contains(&stored.sequence) {
                continue;
            }
            let Some(entry) = self.stored_entry(id, stored) else { continue };
            let Some(message) = entry.message() else { continue };
            let wanted = |(sub, it): &(SubId, &Subscription)| {
                line.groups.allows(message, *sub) && it.accepts(message)
            };
            if !entry.is_expired(self.now.unix_ms) && hungry.iter().any(wanted) {
                found.push(entry);
            }
        }
        (found, last)
    }
}
