//! Consumers that choose look for what they want in the store.
//!
//! What nobody present wants may fill the memory of a line, and hide what is behind it. So consumers
//! that have credit, and have looked at all there is in memory, look through the store: what one of
//! them wants is read out of turn. The rest stays where it is, and is read in its turn by those who
//! want it.

use crate::{
    engine::{
        Engine,
        state::{
            entry::Entry,
            slab::{LineId, SubId},
            subscription::Subscription,
        },
    },
    model::StoredMessage,
};

impl Engine {
    /// A page for them has come in.
    pub(crate) fn scouted(&mut self, id: LineId, after: u64, messages: &[StoredMessage]) {
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
        let through = if messages.is_empty() { line.tail.asked_through } else { last.unwrap_or(0) };
        let through = line.tail.seen(through);
        line.rest();
        line.tail.note_stuck(last.is_none() && !messages.is_empty());
        for member in line.members.iter_mut().filter(|it| hungry.contains(&it.sub)) {
            member.scouted = member.scouted.max(through);
        }
        for entry in found {
            line.tail.scouted_through = line.tail.scouted_through.max(entry.sequence);
            line.insert(entry);
        }
        self.work.ready(id);
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
            hungry.iter().filter_map(|sub| Some((*sub, self.subscriptions.get(*sub)?))).collect();
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
