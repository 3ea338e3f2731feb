//! Something becomes of messages that nobody has been given.

use std::sync::Arc;

use relaismq_openwire::{Destination, Message};

use crate::engine::{
    Engine,
    io::Fate,
    questions::looking::{Found, Place},
    state::{
        client::Route,
        entry::Entry,
        in_flight::InFlight,
        outcomes::Then,
        slab::LineId,
        walk::{Purpose, Walk, WalkId},
    },
};

/// What one step moves: more waits for the next one.
const MOST_BYTES: usize = 1024 * 1024;

impl Engine {
    /// As far as one step goes. Returns with how many it was done.
    pub(crate) fn deal_with(&mut self, id: WalkId, found: Vec<Found>, reached: u64) -> u64 {
        let Some(mut walk) = self.walks.end(id) else { return 0 };
        walk.after = reached;
        let (mut done, mut bytes) = (0, 0);
        for it in found {
            if bytes >= MOST_BYTES {
                walk.after = it.entry.sequence - 1;
                break;
            }
            let size = it.entry.bytes;
            if self.deal_with_one(&mut walk, it) {
                done += 1;
                bytes += size;
            }
        }
        self.work.ready(walk.line);
        self.walks.resume(id, walk);
        done
    }

    fn deal_with_one(&mut self, walk: &mut Walk, it: Found) -> bool {
        let Purpose::Do { fate, .. } = &walk.purpose else { return false };
        let Some(message) = it.message().cloned() else { return false };
        let over = *fate != Fate::Purge && it.entry.is_expired(self.now.unix_ms);
        if it.place == Place::InFlight || over || !walk.wants(&message) {
            return false;
        }
        let done = match fate {
            Fate::Move(to) => self.move_to(walk.line, it, &message, to.clone()),
            Fate::Copy(to) => {
                self.deliver(message.clone(), Route::Parts(vec![to.clone()]), true);
                true
            }
            Fate::Retry => self.retry(walk.line, it, &message),
            Fate::Purge => self.purge(walk.line, it),
        };
        if done {
            walk.tick_off(&message);
        }
        done
    }

    fn move_to(
        &mut self,
        line: LineId,
        it: Found,
        message: &Arc<Message>,
        to: Destination,
    ) -> bool {
        let Some(entry) = self.take_away(line, it) else { return false };
        self.unkeep(line, &entry);
        self.deliver(message.clone(), Route::Parts(vec![to]), true);
        self.work.later(Then::Moved(None, Box::new(InFlight::never(line, entry))));
        true
    }

    /// As if it had never been tried there. It may die again.
    fn retry(&mut self, line: LineId, it: Found, message: &Arc<Message>) -> bool {
        let Some(to) = message.original_destination.clone() else { return false };
        if self.check_target(&to).is_err() || self.ensure_destination(&to).is_err() {
            return false;
        }
        let mut fresh = Message { redelivery_counter: 0, ..Message::clone(message) };
        fresh.original_destination = fresh.destination.replace(to.clone());
        self.buried.forget(message.message_id.as_ref());
        self.move_to(line, it, &Arc::new(fresh), to)
    }

    fn purge(&mut self, line: LineId, it: Found) -> bool {
        let Some(entry) = self.take_away(line, it) else { return false };
        if self.unkeep(line, &entry) {
            self.work.later(Then::Removed(line, entry.sequence));
        }
        true
    }

    /// Out of its line, where it may never have been in memory. Then it is as if it had been, so that a page
    /// that is being read does not bring it back.
    fn take_away(&mut self, id: LineId, it: Found) -> Option<Entry> {
        let line = self.destinations.line_mut(id)?;
        let sequence = it.entry.sequence;
        let entry = match it.place {
            Place::Waiting => {
                let place = line.position(sequence).filter(|_| !line.is_doomed(sequence))?;
                Entry { body: it.entry.body, ..line.take(place)? }
            }
            Place::InFlight => return None,
            Place::Stored => {
                line.tail.scouted_through = line.tail.scouted_through.max(sequence);
                it.entry
            }
        };
        self.note_left(id);
        Some(entry)
    }
}
