//! From a line to the consumers that have credit.

use crate::engine::{
    Engine,
    giving::choosing::Choice,
    state::{
        entry::Entry,
        in_flight::InFlight,
        members::Band,
        slab::{LineId, SubId},
        subscription::Role,
        timers::Timer,
    },
};

impl Engine {
    /// Gives out what can be given out, and reads on if that has made room.
    pub(crate) fn dispatch(&mut self, id: LineId) {
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

    /// The next entry that can be given out, and to whom. Drops what has expired on the way.
    fn next_dispatch(&mut self, id: LineId) -> Option<(usize, SubId)> {
        loop {
            let line = self.destinations.line(id)?;
            let first = line.first_ready();
            let next = first.and_then(|place| Some((place, line.pending.get(place)?)));
            if let Some((place, entry)) = next {
                if entry.is_expired(self.now.unix_ms) {
                    self.expire(id, place);
                    continue;
                }
                let grouped = entry.message().is_some_and(|it| it.group_id.is_some());
                if line.is_plain() && !grouped {
                    let comes_next = !line.is_ahead(entry.sequence);
                    let sub = if comes_next { self.whose_turn(id) } else { None };
                    return sub.map(|sub| (place, sub));
                }
            } else if line.is_plain() {
                return None;
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
        let Some(subscription) = self.subscriptions.get_mut(sub) else { return };
        let link = subscription.link;
        let sent = !entry.needs_offer() && !subscription.is_waiting();
        let bytes = entry.bytes;
        let dispatch = if sent { entry.dispatch(&subscription.id) } else { None };
        if sent && !subscription.keeps(bytes) {
            entry.let_go();
        }
        let pulled = std::mem::take(&mut subscription.pulls);
        let it = InFlight::new(line, entry, order, sent);
        if !sent {
            self.work.offers.promise(sub, &it);
        }
        match subscription.role {
            Role::Topic => subscription.counted += 1,
            _ => subscription.give(it),
        }
        if pulled {
            self.timers.stop(Timer::Pull(sub));
        }
        match dispatch {
            Some(dispatch) => self.send_message(link, dispatch, bytes),
            None => self.promise(link, bytes),
        }
    }
}
