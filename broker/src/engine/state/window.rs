//! What a consumer has been given, and what of it has been sent.

use relaismq_openwire::{MessageDispatch, MessageId, RemoveInfo, TransactionId};

use crate::{
    engine::state::{
        in_flight::InFlight,
        subscription::{Role, Subscription},
    },
    model::sequence,
};

/// Places that are kept when nothing is in flight.
const KEPT: usize = 4096;

impl Subscription {
    /// Is sent one that it has to acknowledge.
    pub(crate) fn give(&mut self, mut it: InFlight) {
        it.entry.count_in(&mut self.memory);
        self.in_flight.push_back(it);
        if !self.told && !self.memory.may_grow() {
            self.told = true;
            let (consumer, bytes) = (&self.id, self.memory.bytes());
            tracing::warn!(%consumer, bytes, "gets no more until it acknowledges some of this");
        }
    }

    /// Takes out what fits.
    pub(crate) fn take_where(&mut self, fits: impl Fn(&InFlight) -> bool) -> Vec<InFlight> {
        let Some(first) = self.in_flight.iter().position(&fits) else { return Vec::new() };
        let run = self.in_flight.range(first..).take_while(|it| fits(it)).count();
        let mut taken: Vec<_> = self.in_flight.drain(first..first + run).collect();
        if self.in_flight.range(first..).any(&fits) {
            let rest = self.in_flight.split_off(first);
            let (more, kept): (Vec<_>, Vec<_>) = rest.into_iter().partition(fits);
            taken.extend(more);
            self.in_flight.extend(kept);
        }
        self.note_taken(&mut taken);
        taken
    }

    /// Takes out what a transaction has acknowledged.
    pub(crate) fn take_acknowledged(&mut self, within: &TransactionId) -> Vec<InFlight> {
        let taken = self.take_where(|it| it.belongs_to(within));
        self.extension = self.extension.saturating_sub(taken.len());
        taken
    }

    fn note_taken(&mut self, taken: &mut [InFlight]) {
        taken.iter_mut().for_each(|it| it.entry.leave(&mut self.memory));
        if self.in_flight.is_empty() && self.in_flight.capacity() > KEPT {
            self.in_flight.shrink_to(0);
        }
    }

    /// Where a message is that is open, or acknowledged in this transaction.
    pub(crate) fn position(
        &self,
        id: &MessageId,
        from: usize,
        within: Option<&TransactionId>,
    ) -> Option<usize> {
        let open = |it: &InFlight| it.counts_in(within) && it.is(id);
        let sent = self.sent();
        let mut range = self.in_flight.range(from.min(sent)..sent);
        range.position(open).map(|place| place + from)
    }

    /// So many of those in flight have left for the client.
    pub(crate) fn sent(&self) -> usize {
        match self.in_flight.back() {
            Some(last) if !last.sent => self.in_flight.partition_point(|it| it.sent),
            _ => self.in_flight.len(),
        }
    }

    /// It is on its way, whether or not an open transaction has acknowledged it.
    pub(crate) fn has(&self, id: &MessageId) -> bool {
        self.in_flight.range(..self.sent()).any(|it| it.is(id))
    }

    /// Takes a range out, into an empty vector, except what belongs to an open transaction.
    pub(crate) fn take_range(&mut self, first: usize, last: usize, taken: &mut Vec<InFlight>) {
        taken.extend(self.in_flight.drain(first..=last));
        if taken.iter().any(|it| it.transaction.is_some()) {
            let kept = taken.extract_if(.., |it| it.transaction.is_some());
            for (place, it) in kept.enumerate() {
                self.in_flight.insert(first + place, it);
            }
        }
        self.note_taken(taken);
        self.extension = self.extension.saturating_sub(taken.len());
    }

    /// Back on its way, in its old place.
    pub(crate) fn restore(&mut self, mut it: InFlight) {
        let place = self.in_flight.partition_point(|other| other.order < it.order);
        it.entry.count_in(&mut self.memory);
        self.in_flight.insert(place, it);
    }

    /// Everything in flight, with the redelivery counters as the client's last word decides. What
    /// has not been sent was never delivered.
    pub(crate) fn give_back(&mut self, last_delivered: i64) -> Vec<InFlight> {
        let mut back: Vec<InFlight> = self.in_flight.drain(..).collect();
        let number = |it: &InFlight| sequence::arrival(it.entry.sequence);
        let sequence = |it: &InFlight| i64::try_from(number(it)).unwrap_or(i64::MAX);
        let durable = self.role == Role::Durable;
        let seen = back.iter().position(|it| sequence(it) == last_delivered);
        for (index, it) in back.iter_mut().enumerate() {
            let counts = match last_delivered {
                RemoveInfo::DELIVERED_UNKNOWN => true,
                0 if durable => true,
                last if durable => sequence(it) <= last,
                _ => seen.is_some_and(|seen| index <= seen),
            };
            let counts = counts && it.sent;
            it.entry.counter = it.entry.counter.saturating_add(i32::from(counts));
        }
        self.extension = 0;
        self.memory.clear();
        back
    }

    /// Takes what can be sent now: all up to a dispatch, and what waited only for that.
    pub(crate) fn release(&mut self, through: u64, marked: bool) -> Vec<(MessageDispatch, usize)> {
        let begin = self.sent();
        let mut dispatches = Vec::new();
        for it in self.in_flight.range_mut(begin..) {
            let covered = it.order <= through;
            if !covered && it.entry.needs_offer() {
                break;
            }
            it.sent = true;
            it.entry.offered |= marked && covered;
            let (dispatch, bytes) = (it.entry.dispatch(&self.id), it.entry.bytes);
            dispatches.extend(dispatch.map(|dispatch| (dispatch, bytes)));
            if !self.memory.keeps(0) {
                it.entry.leave(&mut self.memory);
                it.entry.let_go();
                it.entry.count_in(&mut self.memory);
            }
        }
        dispatches
    }
}
