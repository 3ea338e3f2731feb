//! What is acknowledged, and in which ranges.

use relaismq_openwire::{MessageAck, MessageId, TransactionId};

use super::{Consumer, Outstanding, Stage};

/// Neighbours in the order of dispatch, and their acknowledgement.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) first: u64,
    pub(crate) last: u64,
    pub(crate) ack: MessageAck,
}

impl Consumer {
    /// Acknowledges everything taken: a range for each run of it.
    pub(crate) fn acknowledge_taken(&mut self) -> Vec<MessageAck> {
        let runs = self.runs(Stage::Taken, self.taken, None);
        self.settle(Stage::Taken);
        runs.into_iter().map(|run| run.ack).collect()
    }

    /// Acknowledges everything taken as part of a transaction; it stays outstanding until the
    /// outcome is known.
    pub(crate) fn acknowledge_in(&mut self, number: i64, id: &TransactionId) -> Vec<MessageAck> {
        let runs = self.runs(Stage::Taken, self.taken, Some(id));
        let taken = self.taken;
        for entry in self.outstanding.iter_mut().take_while(|entry| entry.number <= taken) {
            if entry.stage == Stage::Taken {
                entry.stage = Stage::Committing(number);
            }
        }
        // An announcement would come behind the commit, when the broker has forgotten them.
        self.announced = self.announced.max(taken);
        runs.into_iter().map(|run| run.ack).collect()
    }

    /// What is taken and not acknowledged.
    pub(crate) fn taken_ids(&self) -> impl Iterator<Item = MessageId> {
        let taken = self.outstanding.iter().take_while(|entry| entry.number <= self.taken);
        let open = taken.filter(|entry| entry.stage == Stage::Taken);
        open.filter_map(|entry| entry.message.message_id.clone())
    }

    /// The transaction is committed.
    pub(crate) fn committed(&mut self, number: i64) {
        self.settle(Stage::Committing(number));
    }

    /// The commit failed: what was part of it is merely taken again.
    pub(crate) fn uncommitted(&mut self, number: i64) {
        for entry in &mut self.outstanding {
            if entry.stage == Stage::Committing(number) {
                entry.stage = Stage::Taken;
            }
        }
    }

    /// What is in this stage needs no more attention.
    fn settle(&mut self, stage: Stage) {
        let taken = self.taken;
        while let Some(entry) = self.outstanding.front().filter(|entry| entry.number <= taken) {
            if entry.stage == stage {
                self.recent.note(entry.message.message_id.as_ref());
            } else if entry.stage != Stage::Done {
                break;
            }
            self.outstanding.pop_front();
        }
        let left = self.outstanding.iter_mut().take_while(|entry| entry.number <= taken);
        for entry in left.filter(|entry| entry.stage == stage) {
            entry.stage = Stage::Done;
            self.recent.note(entry.message.message_id.as_ref());
        }
    }

    pub(super) fn drop_done(&mut self) {
        while self.outstanding.front().is_some_and(|front| front.stage == Stage::Done) {
            self.outstanding.pop_front();
        }
    }

    /// An acknowledgement for each unbroken run of entries in this stage, up to the delivery `through`.
    /// What is done does not break a run: the broker has it no longer.
    pub(super) fn runs(
        &self,
        stage: Stage,
        through: u64,
        transaction: Option<&TransactionId>,
    ) -> Vec<Run> {
        let mut runs: Vec<(&Outstanding, &Outstanding, i32)> = Vec::new();
        let mut unbroken = false;
        for entry in self.outstanding.iter().take_while(|entry| entry.number <= through) {
            if entry.stage == Stage::Done {
                continue;
            }
            match runs.last_mut().filter(|_| unbroken) {
                Some((_, last, count)) if entry.stage == stage && !entry.out_of_order => {
                    *last = entry;
                    *count += 1;
                }
                _ if entry.stage == stage => runs.push((entry, entry, 1)),
                _ => {}
            }
            unbroken = entry.stage == stage && !entry.out_of_order;
        }
        let run = |(first, last, count): (&Outstanding, &Outstanding, i32)| Run {
            first: first.number,
            last: last.number,
            ack: self.ack(MessageAck::STANDARD, first, last, count, transaction),
        };
        runs.into_iter().map(run).collect()
    }

    pub(super) fn ack(
        &self,
        kind: i8,
        first: &Outstanding,
        last: &Outstanding,
        count: i32,
        transaction: Option<&TransactionId>,
    ) -> MessageAck {
        MessageAck {
            destination: last.destination.clone().or_else(|| Some(self.spec.destination.clone())),
            transaction_id: transaction.cloned(),
            consumer_id: Some(self.id.clone()),
            ack_type: kind,
            first_message_id: first.message.message_id.clone(),
            last_message_id: last.message.message_id.clone(),
            message_count: count,
            ..MessageAck::default()
        }
    }

    /// Gives back the last one dispatched, which has expired.
    pub(crate) fn expire_last(&mut self) -> Option<MessageAck> {
        self.expire(self.last_number)
    }

    /// Gives back one that has expired. `None` if it is not outstanding.
    pub(crate) fn expire(&mut self, number: u64) -> Option<MessageAck> {
        self.settle_one(number, MessageAck::EXPIRED)
    }

    pub(super) fn settle_one(&mut self, number: u64, kind: i8) -> Option<MessageAck> {
        let entry = self.entry_mut(number).filter(|entry| entry.stage != Stage::Done)?;
        entry.stage = Stage::Done;
        let entry = entry.clone();
        let ack = self.ack(kind, &entry, &entry, 1, None);
        self.drop_done();
        self.recent.note(entry.message.message_id.as_ref());
        Some(ack)
    }

    /// Asks for more while much of what was taken waits for its acknowledgement: half the window.
    pub(crate) fn announce(&mut self) -> Option<MessageAck> {
        let from = self.announced.max(self.outstanding.front()?.number.saturating_sub(1));
        let due = self.taken.saturating_sub(from);
        // Who pulls has no window.
        let window = u64::from(self.spec.prefetch);
        if due == 0 || window == 0 || due < window.div_ceil(2) {
            return None;
        }
        // By then the broker has forgotten what is done or about to be.
        let taken = self.outstanding.iter().take_while(|entry| entry.number <= self.taken);
        let gone = |entry: &Outstanding| matches!(entry.stage, Stage::Confirming | Stage::Done);
        let known = |entry: &Outstanding| !gone(entry) && !entry.out_of_order;
        let mut open = taken.filter(|entry| entry.number > from && known(entry));
        let ack = open.next().map(|first| {
            let (count, last) = open.fold((1, first), |(count, _), entry| (count + 1, entry));
            self.ack(MessageAck::DELIVERED, first, last, count, None)
        });
        self.announced = self.taken;
        ack
    }
}
