//! From a line to the consumers that have credit.

use super::{
    Engine,
    band::Band,
    choosing::Choice,
    entry::Entry,
    ids::{LineId, SubId},
    io::Link,
    subscription::{InFlight, Role},
};

/// What a client may always be owed. More than what it may have read without having said so.
const ALWAYS: usize = 128 * 1024;

impl Engine {
    /// Gives out what can be given out, and reads on if that has made room.
    pub(super) fn dispatch(&mut self, id: LineId) {
        while let Some((index, sub)) = self.next_dispatch(id) {
            let Some(mut entry) = self.destinations.take(id, index) else { break };
            self.claim_group(id, &mut entry, sub);
            self.assign(id, entry, sub);
        }
        self.mark_ahead(id);
        self.note_waiting(id);
        self.read_on(id);
        self.scout(id);
    }

    /// Each line once.
    pub(super) fn dispatch_each(&mut self, mut lines: Vec<LineId>) {
        lines.sort_unstable();
        lines.dedup();
        for line in lines {
            self.dispatch(line);
        }
    }

    /// The next entry that can be given out, and to whom. Drops what has expired on the way.
    fn next_dispatch(&mut self, id: LineId) -> Option<(usize, SubId)> {
        loop {
            let line = self.destinations.line(id)?;
            let front = line.pending.front()?;
            if line.is_plain() && !front.is_ready() {
                return None;
            }
            if front.is_ready() && front.is_expired(self.now.unix_ms) {
                self.expire(id, 0);
                continue;
            }
            let grouped = front.message().is_some_and(|it| it.group_id.is_some());
            if !grouped && line.is_plain() {
                let comes_next = !line.is_ahead(front.sequence);
                return if comes_next { self.whose_turn(id).map(|sub| (0, sub)) } else { None };
            }
            match self.choose(id)? {
                Choice::Give(index, sub) => return Some((index, sub)),
                Choice::Expire(index) => self.expire(id, index),
            }
        }
    }

    /// Round robin among the members of the highest priority that have credit.
    fn whose_turn(&mut self, id: LineId) -> Option<SubId> {
        let line = self.destinations.line(id)?;
        let mut begin = 0;
        while let Some(first) = line.members.get(begin) {
            let band = Band::at(&line.members, begin, first.priority);
            let chosen = band.from(line.turn).find(|(_, member)| self.is_free(member.sub));
            if let Some((place, sub)) = chosen.map(|(place, member)| (place, member.sub)) {
                self.destinations.line_mut(id)?.turn = place + 1;
                return Some(sub);
            }
            begin += band.members.len();
        }
        None
    }

    /// Has room in its window, and its client reads.
    pub(super) fn is_free(&self, sub: SubId) -> bool {
        self.subscriptions.get(sub.0).is_some_and(|it| it.has_credit() && self.reads(it.link))
    }

    /// It is not owed too much. A little is never too much, so that each client can go on.
    pub(super) fn reads(&self, link: Link) -> bool {
        let Some(client) = self.clients.get(&link) else { return false };
        let limit = self.settings.outbound_bytes;
        let owed = client.owed.bytes() + client.promised;
        let reads = owed < limit && (owed < ALWAYS || client.owed.may_grow());
        client.refused.set(client.refused.get() || !reads);
        reads
    }

    /// The first message of a group binds it to its consumer; a negative sequence ends that.
    fn claim_group(&mut self, id: LineId, entry: &mut Entry, sub: SubId) {
        let sequence = entry.sequence;
        let Some(message) = entry.message_mut() else { return };
        let Some(group) = &message.group_id else { return };
        let Some(line) = self.destinations.line_mut(id) else { return };
        let first = if message.group_sequence < 0 {
            line.groups.close(group);
            line.look_again(sequence);
            false
        } else {
            let moves = line.groups.has(group);
            let first = line.groups.assign(group, sub);
            if first && moves {
                // What waits for its old consumer is for the new one now.
                line.look_again(0);
            }
            first
        };
        if message.group_first_for_consumer != first {
            std::sync::Arc::make_mut(message).group_first_for_consumer = first;
        }
    }

    fn assign(&mut self, line: LineId, mut entry: Entry, sub: SubId) {
        self.dispatches += 1;
        let order = self.dispatches;
        let Some(subscription) = self.subscriptions.get_mut(sub.0) else { return };
        let link = subscription.link;
        let sent = !entry.needs_offer() && !subscription.is_waiting();
        let bytes = entry.bytes;
        let dispatch = if sent { entry.dispatch(&subscription.id) } else { None };
        if sent && !subscription.keeps(bytes) {
            entry.let_go();
        }
        let pull = subscription.pull.take();
        let it = InFlight::new(line, entry, order, sent);
        if !sent {
            self.offers.promise(sub, &it);
        }
        match subscription.role {
            Role::Topic => subscription.counted += 1,
            _ => subscription.give(it),
        }
        self.end_pull(sub, pull);
        match dispatch {
            Some(dispatch) => self.send_message(link, dispatch, bytes),
            None => self.promise(link, bytes),
        }
    }

    /// Consumers of several lines note where something waits for them.
    pub(super) fn note_waiting(&mut self, id: LineId) {
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

    /// A consumer has credit again.
    pub(super) fn dispatch_to(&mut self, sub: SubId) {
        let Some(subscription) = self.subscriptions.get(sub.0) else { return };
        match subscription.lines.len() {
            0 => {}
            1 => {
                if let Some(line) = subscription.lines.first().copied() {
                    self.dispatch(line);
                }
            }
            _ => self.dispatch_noted(sub),
        }
    }

    /// Each line once, as long as there is credit.
    fn dispatch_noted(&mut self, sub: SubId) {
        let waiting = self.subscriptions.get(sub.0).map_or(0, |it| it.noted.len());
        for _ in 0..waiting {
            if !self.is_free(sub) {
                return;
            }
            let next = self.subscriptions.get_mut(sub.0).and_then(|it| it.noted.pop_front());
            let Some(id) = next else { return };
            if let Some(line) = self.destinations.line_mut(id)
                && let Some(member) = line.members.iter_mut().find(|it| it.sub == sub)
            {
                member.noted = false;
                line.noted = false;
                self.dispatch(id);
            }
        }
    }

    /// A consumer is new, or has another window: all its lines may have something for it.
    pub(super) fn dispatch_all_to(&mut self, sub: SubId) {
        let lines = self.subscriptions.get(sub.0).map(|it| it.lines.clone());
        for line in lines.unwrap_or_default() {
            self.dispatch(line);
        }
    }

    /// A client that did not read does again.
    pub(super) fn dispatch_to_link(&mut self, link: Link) {
        let consumers =
            self.clients.get(&link).map(|it| it.consumers.values().copied().collect::<Vec<_>>());
        for sub in consumers.unwrap_or_default() {
            self.dispatch_to(sub);
            self.browse_on(sub);
        }
    }
}
