//! Queue browsers: everything once, nothing taken, then the end marker.

use std::{collections::VecDeque, sync::Arc};

use relaismq_openwire::{Message, MessageDispatch};

use crate::{
    engine::{
        Engine,
        state::{
            destinations::Target,
            entry::Entry,
            outcomes::{Reader, Then},
            slab::{LineId, SubId},
            subscription::{Browse, Role},
        },
    },
    model::{Batch, StoredMessage, sequence},
};

impl Engine {
    /// A new browser. What was sent before it came and is on its way to the store belongs to what it
    /// shall see: it begins when the store has confirmed that.
    pub(crate) fn open_browse(&mut self, sub: SubId) {
        let settled = |id: &LineId| {
            let line = self.destinations.line(*id);
            line.is_none_or(|line| {
                line.tail.is_settled() && line.pending.iter().all(|entry| entry.confirmed)
            })
        };
        if self.browsed_lines(sub).iter().all(settled) {
            return self.begin_browse(sub);
        }
        if let Some(subscription) = self.subscriptions.get_mut(sub) {
            subscription.browse.reading = true;
            self.store(Batch { sync: true, ..Batch::default() }, vec![Then::Browse(sub)], None);
        }
    }

    fn browsed_lines(&self, sub: SubId) -> Vec<LineId> {
        let parts = self.subscriptions.get(sub).map(|it| it.parts.as_slice()).unwrap_or_default();
        let all = parts.iter().flat_map(|part| self.destinations.matching(part));
        let lines = all.filter_map(|(_, target)| match target {
            Target::Queue(line) => Some(line),
            Target::Topic(_) => None,
        });
        lines.collect()
    }

    /// Notes what is in memory, on its way to consumers too; what is in the store only follows page
    /// by page.
    pub(crate) fn begin_browse(&mut self, sub: SubId) {
        if self.subscriptions.late(sub).is_none() {
            return;
        }
        let (mut waiting, mut unread) = (VecDeque::new(), VecDeque::new());
        for id in self.browsed_lines(sub) {
            let entries = self.entries_of(id);
            waiting.extend(entries);
            if let Some(line) = self.destinations.line(id).filter(|line| line.tail.exists) {
                unread.push_back((id, line.tail.read_through));
            }
        }
        let through = self.last_sequence;
        if let Some(subscription) = self.subscriptions.get_mut(sub) {
            waiting.retain(|(message, _)| subscription.selects(message));
            subscription.browse = Browse { waiting, unread, through, ..Browse::default() };
        }
        self.browse_on(sub);
    }

    fn entries_of(&self, id: LineId) -> Vec<(Arc<Message>, i32)> {
        let Some(line) = self.destinations.line(id) else { return Vec::new() };
        let now = self.now.unix_ms;
        // What comes after something that only the store has is shown in its turn.
        let follows = |entry: &Entry| entry.stored && line.is_ahead(entry.sequence);
        let alive = |entry: &&Entry| entry.is_ready() && !entry.is_expired(now) && !follows(entry);
        let members = line.members.iter().filter_map(|it| self.subscriptions.get(it.sub));
        let in_flight = members.flat_map(|it| &it.in_flight).filter(|it| it.line == id);
        let all = line.pending.iter().chain(in_flight.map(|it| &it.entry));
        let mut entries: Vec<Entry> = all.filter(alive).cloned().collect();
        entries.sort_by_key(|entry| entry.sequence);
        entries.iter().filter_map(|it| Some((it.message()?.clone(), it.counter))).collect()
    }

    /// A page for a browser has come in.
    pub(crate) fn browse_page(&mut self, sub: SubId, line: LineId, messages: &[StoredMessage]) {
        let now = self.now.unix_ms;
        let Some(subscription) = self.subscriptions.late(sub) else { return };
        let through = subscription.browse.through;
        let shown = messages.iter().filter(|it| sequence::arrival(it.sequence) <= through);
        let entries = shown.filter_map(|stored| self.stored_entry(line, stored));
        let wanted = entries
            .filter(|it| !it.is_expired(now))
            .filter_map(|it| Some((it.message()?.clone(), it.counter)))
            .filter(|(message, _)| subscription.selects(message));
        let wanted: Vec<_> = wanted.collect();
        let Some(subscription) = self.subscriptions.get_mut(sub) else { return };
        subscription.browse.waiting.extend(wanted);
        subscription.browse.reading = false;
        let last = messages.last().map(|it| it.sequence);
        // Of other priorities there may be more, however late this one came.
        let last = last.filter(|last| *last < through || sequence::band(*last) > 0);
        if let Some(last) = last {
            subscription.browse.unread.push_front((line, last));
        }
        self.browse_on(sub);
    }

    /// Shows as much as the window allows; the marker ends it.
    pub(crate) fn browse_on(&mut self, sub: SubId) {
        while self.is_free(sub)
            && let Some(subscription) = self.subscriptions.get_mut(sub)
            && let Some((message, counter)) = subscription.browse.waiting.pop_front()
        {
            subscription.counted += 1;
            subscription.pulls = false;
            let (link, dispatch) = (subscription.link, subscription.shown(message, counter));
            self.send_to(link, dispatch);
        }
        let Some(subscription) = self.subscriptions.get_mut(sub) else { return };
        if subscription.role != Role::Browser {
            return;
        }
        let browse = &mut subscription.browse;
        if browse.finished || browse.reading || !browse.waiting.is_empty() {
            return;
        }
        if let Some((line, after)) = browse.unread.pop_front() {
            browse.reading = true;
            self.work.read(Reader::Browser(sub, line, after));
            return;
        }
        browse.finished = true;
        let (link, id) = (subscription.link, Some(subscription.id.clone()));
        self.send_to(link, MessageDispatch { consumer_id: id, ..MessageDispatch::default() });
    }
}
