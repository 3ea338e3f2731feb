//! What the application itself acknowledges: asked for, under way, confirmed.

use relaismq_openwire::MessageAck;

use super::{Consumer, Stage, acking::Run};

/// What has become of a delivery that is to be acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// It goes with the next acknowledgements.
    Now,
    /// Its acknowledgement is written and not answered.
    Before,
    /// Nothing is left to do.
    Settled,
}

impl Consumer {
    /// The application acknowledges one delivery.
    pub(crate) fn ask(&mut self, number: u64) -> Asked {
        let Some(entry) = self.entry_mut(number) else { return Asked::Settled };
        match entry.stage {
            Stage::Dispatched | Stage::Taken | Stage::Awaiting => {
                entry.stage = Stage::Asked;
                self.asked += 1;
                self.last_asked = self.last_asked.max(number);
                Asked::Now
            }
            Stage::Asked => Asked::Now,
            Stage::Confirming => Asked::Before,
            Stage::Committing(_) | Stage::Done => Asked::Settled,
        }
    }

    /// The application acknowledges everything taken. False if there is nothing to acknowledge.
    pub(crate) fn ask_taken(&mut self) -> bool {
        let taken = self.taken;
        let entries = self.outstanding.iter_mut().take_while(|entry| entry.number <= taken);
        for entry in entries.filter(|entry| entry.stage == Stage::Taken) {
            entry.stage = Stage::Asked;
            self.asked += 1;
            self.last_asked = self.last_asked.max(entry.number);
        }
        self.asked > 0
    }

    /// The ranges that cover what was asked for; the broker is to confirm them. `single`: the kind of a
    /// range of one.
    pub(crate) fn confirm_asked(&mut self, single: i8) -> Vec<Run> {
        let runs = self.asked_runs();
        self.pass_asked(Stage::Confirming);
        runs.into_iter().map(|run| run.of_kind(single)).collect()
    }

    /// As [`Self::confirm_asked`], and nobody will hear whether the broker does it.
    pub(crate) fn hand_over_asked(&mut self, single: i8) -> Vec<MessageAck> {
        let runs = self.asked_runs();
        self.pass_asked(Stage::Done);
        self.drop_done();
        runs.into_iter().map(|run| run.of_kind(single).ack).collect()
    }

    fn asked_runs(&self) -> Vec<Run> {
        if self.asked == 0 {
            return Vec::new();
        }
        self.runs(Stage::Asked, self.last_asked, None)
    }

    /// All but its last message, and that: it takes one confirmation, and some brokers work as long on
    /// that as there are messages in the range.
    pub(crate) fn split_last(&self, run: Run, single: i8) -> (Option<Run>, Run) {
        let numbers = (run.first..=run.last).rev();
        let mut covered = numbers
            .filter_map(|number| self.entry(number))
            .filter(|entry| entry.stage == Stage::Confirming);
        let (Some(last), Some(before)) = (covered.next(), covered.next()) else {
            return (None, run);
        };
        let ack = self.ack(MessageAck::STANDARD, last, last, 1, None);
        let alone = Run { first: last.number, last: last.number, ack }.of_kind(single);
        let mut rest = run;
        rest.last = before.number;
        rest.ack.destination = before.destination.clone().or(rest.ack.destination);
        rest.ack.last_message_id = before.message.message_id.clone();
        rest.ack.message_count -= 1;
        (Some(rest.of_kind(single)), alone)
    }

    fn pass_asked(&mut self, next: Stage) {
        let mut left = std::mem::take(&mut self.asked);
        for entry in &mut self.outstanding {
            if left == 0 {
                break;
            }
            if entry.stage == Stage::Asked {
                entry.stage = next;
                left -= 1;
                if next == Stage::Done {
                    self.recent.note(entry.message.message_id.as_ref());
                }
            }
        }
    }

    /// The broker has confirmed the acknowledgement of a range.
    pub(crate) fn confirmed(&mut self, first: u64, last: u64) {
        self.pass_confirming(first, last, Stage::Done);
        self.drop_done();
    }

    /// The broker has refused it.
    pub(crate) fn unconfirmed(&mut self, first: u64, last: u64) {
        self.pass_confirming(first, last, Stage::Taken);
    }

    fn pass_confirming(&mut self, first: u64, last: u64, next: Stage) {
        let entries = self.entries_mut(first, last);
        for entry in entries.filter(|entry| entry.stage == Stage::Confirming) {
            entry.stage = next;
        }
    }
}

impl Run {
    /// A run of one may have a kind of its own.
    fn of_kind(mut self, single: i8) -> Self {
        if self.ack.message_count == 1 {
            self.ack.ack_type = single;
        }
        if self.ack.ack_type == MessageAck::INDIVIDUAL {
            self.ack.first_message_id = None;
        }
        self
    }
}
