//! What was done for a batch that found no room is undone.

use std::collections::VecDeque;

use crate::engine::{
    Engine,
    io::{Link, Report},
    state::{
        outcomes::{Answer, Then},
        refusal::Refusal,
        room::Postponed,
        slab::LineId,
    },
};

impl Engine {
    /// As if it had never been.
    pub(crate) fn unwind(&mut self, then: Vec<Then>, refusal: &Refusal) {
        let mut lines = Vec::new();
        for then in then {
            match then {
                Then::Answer(link, answer) => self.answer_failure(link, answer, refusal),
                Then::Ready(id, sequence) => self.withdraw(id, sequence),
                Then::Spilled(id, sequence, bytes) => {
                    self.count_kept(id, bytes, false);
                    self.note_withdrawn(id);
                    if let Some(line) = self.destinations.late_line_mut(id) {
                        line.tail.settle(sequence);
                    }
                }
                Then::Sent(producer, sequence) => self.remembered.take_back(&producer, sequence),
                Then::Marked(..) => {}
                Then::Offered(sub, through) => self.offered(sub, through, false),
                Then::Browse(sub) => self.begin_browse(sub),
                Then::Removed(line, sequence) => self.outcomes.again.push((line, sequence)),
                Then::Told(token, _) => {
                    let reason = refusal.message().to_owned();
                    self.say(token, Report::Refused { done: 0, reason });
                }
                Then::Walked(id, _) => self.end_walk_early(id, refusal.message()),
                Then::Voted(id) => self.not_voted(&id),
                Then::Committed(decided) | Then::RolledBack(decided) => self.undecided(*decided),
                Then::Moved(sub, it) => {
                    // What has expired would only be moved again, and again find no room.
                    lines.extend((!it.entry.is_expired(self.now.unix_ms)).then_some(it.line));
                    self.take_back(sub, *it, None);
                }
            }
        }
        self.work.ready_each(lines);
    }

    /// A message was not kept after all.
    fn withdraw(&mut self, id: LineId, sequence: u64) {
        let place = self.destinations.late_line(id).and_then(|line| line.position(sequence));
        let Some(entry) = place.and_then(|place| self.destinations.take(id, place)) else { return };
        self.note_withdrawn(id);
        if entry.stored {
            self.count_kept(id, entry.bytes, false);
        }
    }

    /// And with it what the store has found no room for.
    pub(crate) fn forget_unanswered(&mut self, link: Link) {
        // What wanted no answer counts as sent; what a client may send again has its place.
        let stays = |it: &Then| matches!(it, Then::Answer(_, Answer::Silence) | Then::Sent(..));
        let goes = |it: &Postponed| it.sender == link && !it.then.iter().any(stays);
        let (gone, kept): (VecDeque<_>, VecDeque<_>) =
            std::mem::take(&mut self.room.refused).into_iter().partition(goes);
        self.room.refused = kept;
        for refused in gone {
            self.room.load.take(link, refused.batch.weight());
            self.unwind(refused.then, &Refusal::resources("the sender has gone"));
        }
    }
}
