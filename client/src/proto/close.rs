//! The end of the connection.

use std::time::Instant;

use relaismq_openwire::{Command, RemoveInfo, ShutdownInfo};

use super::{
    Client,
    commands::remove,
    connect::closed_by_us,
    event::Event,
    io::{Answer, Failure, Output, RequestId},
    ledger::{Entry, Purpose},
    link::Phase,
};

impl Client {
    /// A close follows.
    pub(super) fn leave(&mut self, id: Option<RequestId>) {
        self.answer(id, Ok(Answer::Done));
        if !self.link.is_connected() {
            return self.closed_in_order();
        }
        self.link.leaving.get_or_insert(self.now.instant);
    }

    /// The peer is silent, and nobody wants to wait for it any longer.
    pub(super) fn leave_behind(&mut self) {
        self.close(None, Some(self.now.instant));
        self.closed_in_order();
    }

    /// In order if the link is in use, at once otherwise.
    pub(super) fn close(&mut self, id: Option<RequestId>, deadline: Option<Instant>) {
        self.closing.extend(id);
        self.link.leaving.get_or_insert(self.now.instant);
        self.moving = None;
        if let Phase::Closing(until) = &mut self.link.phase {
            // Whoever is in more of a hurry decides.
            *until = [*until, deadline].into_iter().flatten().min();
            return;
        }
        if !self.link.is_connected() {
            return self.closed_in_order();
        }
        self.flush_everything();
        self.remove_consumers();
        let connection = Command::from(self.registry.connection.clone());
        let info = remove(connection, RemoveInfo::NONE_DELIVERED);
        self.request(None, info, Purpose::Close);
        let latest = self.options.timeouts.close.map(|limit| self.now.after(limit));
        self.link.phase = Phase::Closing([deadline, latest].into_iter().flatten().min());
    }

    /// Each by itself: the end of the connection tells only how far one of them was.
    pub(super) fn remove_consumers(&mut self) {
        let open = self.registry.consumers.values().filter(|consumer| consumer.confirmed);
        let infos: Vec<RemoveInfo> = open
            .map(|consumer| remove(consumer.id.clone().into(), consumer.last_delivered()))
            .collect();
        infos.into_iter().for_each(|info| self.write_one_way(info));
    }

    pub(super) fn closed_in_order(&mut self) {
        if matches!(self.link.phase, Phase::Closing(_)) {
            self.write_one_way(ShutdownInfo::default());
        }
        if self.link.is_up() {
            self.outputs.push_back(Output::HangUp(self.link.epoch));
        }
        self.end(None, &closed_by_us());
    }

    /// Nothing more will happen: everybody who waits is told.
    pub(super) fn end(&mut self, reason: Option<String>, failure: &Failure) {
        if self.link.has_ended() {
            return;
        }
        self.link.phase = Phase::Ended(reason.clone());
        self.moving = None;
        self.outputs.extend(self.search.stop().into_iter().map(Output::HangUp));
        for request in std::mem::take(&mut self.connecting) {
            self.answer(Some(request), Err(failure.clone()));
        }
        for drain in std::mem::take(&mut self.draining) {
            self.answer(drain.into_request(), Err(failure.clone()));
        }
        let entries = self.ledger.extract(|_| true);
        self.tell_unsent(&entries);
        for entry in entries {
            let failure = self.ending(&entry, reason.as_deref());
            self.answer(entry.request, Err(failure));
        }
        let (unwritten, written) = self.confirming.lost();
        for (requests, maybe_done) in [(unwritten, false), (written, true)] {
            let failure = Failure::Closed { maybe_done, reason: reason.clone() };
            self.answer_all(requests, &Err(failure));
        }
        for (key, consumer) in std::mem::take(&mut self.registry.consumers) {
            if let Some(pull) = consumer.pull {
                self.answer(pull.request, Err(failure.clone()));
            }
            self.outputs.push_back(Output::ConsumerEnded(key, failure.clone()));
        }
        // Before the answers: whoever closed finds the connection closed.
        self.notify(Event::Closed { reason });
        for request in std::mem::take(&mut self.closing) {
            self.answer(Some(request), Ok(Answer::Done));
        }
        self.outputs.push_back(Output::Ended(failure.clone()));
    }

    /// Of messages that nobody waits for, nobody else would hear.
    fn tell_unsent(&mut self, entries: &[Entry]) {
        let quiet = |entry: &&Entry| entry.hands_over && matches!(entry.purpose, Purpose::Send(..));
        let kept = entries.iter().filter(quiet).filter(|entry| entry.request.is_none()).count();
        let count = self.link.one_way.lost() + kept as u64;
        if count > 0 {
            let text =
                format!("{count} messages sent without confirmation may not have reached a broker");
            self.notify(Event::Warning(text));
        }
    }

    fn ending(&self, entry: &Entry, reason: Option<&str>) -> Failure {
        match entry.purpose {
            Purpose::Commit(session, number) if entry.written.is_some() => {
                self.in_doubt(session, number)
            }
            _ => Failure::Closed {
                maybe_done: entry.written.is_some(),
                reason: reason.map(str::to_owned),
            },
        }
    }
}
