//! How requests end: answered, refused, too late, cancelled.

use relaismq_openwire::{Command, DestinationInfo, ExceptionResponse, Throwable};

use super::{
    Client,
    event::Event,
    io::{Answer, Failure, RequestId},
    ledger::{Entry, Purpose},
    transaction::TOO_LATE,
};

impl Client {
    /// The broker has answered the command `correlation_id`.
    pub(super) fn settled(&mut self, correlation_id: i32) {
        self.proven(correlation_id);
        let Some(entry) = self.ledger.answered(correlation_id, self.link.epoch) else {
            if self.acknowledged(correlation_id, &Ok(())) {
                self.search.served();
            }
            return;
        };
        self.search.served();
        let answer = match entry.purpose {
            Purpose::Plain | Purpose::Removal | Purpose::Rollback => Answer::Done,
            Purpose::Send(producer) => {
                self.send_settled(producer);
                Answer::Sent { message_id: entry.message_id(), confirmed: true }
            }
            Purpose::Producer(key) => {
                if let Some(producer) = self.registry.producers.get_mut(&key) {
                    producer.confirmed = true;
                }
                Answer::Producer(key)
            }
            Purpose::Consumer(key) => {
                if let Some(consumer) = self.registry.consumers.get_mut(&key) {
                    consumer.confirmed = true;
                }
                self.answer(entry.request, Ok(Answer::Consumer(key)));
                return self.release_early(key);
            }
            Purpose::Temporary(destination) => {
                self.registry.temporaries.push(destination.clone());
                Answer::Temporary(destination)
            }
            Purpose::Commit(session, number) => {
                self.committed(session, number);
                Answer::Done
            }
            Purpose::Close => return self.closed_in_order(),
        };
        self.answer(entry.request, Ok(answer));
    }

    /// The broker has read everything up to this command: what was only kept for that need not be.
    pub(super) fn proven(&mut self, command_id: i32) {
        self.link.one_way.answered(command_id);
        for entry in self.ledger.read_up_to(command_id) {
            if let Purpose::Send(producer) = entry.purpose {
                self.send_settled(producer);
            }
        }
    }

    /// The broker has refused the command.
    pub(super) fn refused(&mut self, response: &ExceptionResponse) {
        let failure = refusal(response.exception.as_ref());
        if failure.is_ours() {
            // The broker has not even seen it.
            let kept = self.ledger.remove_kept(response.correlation_id);
            if let Some(Purpose::Send(producer)) = kept.map(|entry| entry.purpose) {
                self.send_settled(producer);
                return self.tell_refused(&failure);
            }
        } else {
            self.proven(response.correlation_id);
        }
        if self.acknowledged(response.correlation_id, &Err(failure.clone())) {
            return;
        }
        let Some(entry) = self.ledger.answered(response.correlation_id, self.link.epoch) else {
            return self.refused_in_transaction(response.correlation_id, &failure);
        };
        if entry.repeated && is_gone(&entry.command, &failure) {
            return self.answer(entry.request, Ok(Answer::Done));
        }
        match entry.purpose {
            Purpose::Producer(key) => drop(self.registry.producers.remove(&key)),
            Purpose::Consumer(key) => drop(self.registry.consumers.remove(&key)),
            Purpose::Send(producer) => {
                self.send_settled(producer);
                if entry.request.is_none() {
                    self.tell_refused(&failure);
                }
            }
            Purpose::Commit(session, number) => {
                let failure = self.commit_refused(session, number, failure);
                return self.answer(entry.request, Err(failure));
            }
            Purpose::Close => return self.closed_in_order(),
            Purpose::Plain | Purpose::Temporary(_) | Purpose::Rollback | Purpose::Removal => {}
        }
        self.answer(entry.request, Err(failure));
    }

    /// A message of a transaction could not be sent: the rest must not be committed without it.
    fn refused_in_transaction(&mut self, command_id: i32, failure: &Failure) {
        let mut sessions = self.registry.sessions.iter();
        let sent = sessions.find(|(_, session)| {
            session.transaction.as_ref().is_some_and(|it| it.has_command(command_id))
        });
        match sent {
            Some((session, _)) => {
                self.break_transaction(*session, format!("a message in it was refused: {failure}"));
            }
            None => self.tell_refused(failure),
        }
    }

    /// Such as a message sent without confirmation.
    fn tell_refused(&mut self, failure: &Failure) {
        let text = format!("something that nobody waits for was refused: {failure}");
        self.notify(Event::Warning(text));
    }

    /// The request's time is over. It leaves the ledger: what was not written never is.
    pub(super) fn expire(&mut self, request: RequestId) {
        if self.closing.contains(&request) {
            return self.closed_in_order();
        }
        if let Some(place) = self.connecting.iter().position(|other| *other == request) {
            self.connecting.remove(place);
            let failures = self.search.shortcomings(self.link.missing());
            let failure = if failures.is_empty() {
                Failure::TimedOut { maybe_done: false }
            } else {
                Failure::Exhausted(failures)
            };
            return self.answer(Some(request), Err(failure));
        }
        if self.expire_pull(request) {
            return;
        }
        if self.confirming.forget(request) {
            // It goes on, and nobody will hear how it ends.
            return self.answer(Some(request), Err(Failure::TimedOut { maybe_done: true }));
        }
        let commit = self.ledger.of_request(request).and_then(Entry::commit);
        let failure = match (self.give_up(request), commit) {
            (None, _) => return,
            (Some(false), Some(_)) => Failure::TransactionRolledBack(TOO_LATE.to_owned()),
            (Some(true), Some((session, number))) => self.in_doubt(session, number),
            (Some(maybe_done), None) => Failure::TimedOut { maybe_done },
        };
        self.answer(Some(request), Err(failure));
    }

    /// Nobody waits any more.
    pub(super) fn cancel(&mut self, request: RequestId) {
        if self.closing.contains(&request) {
            // It goes on closing, and its deadline counts.
            return;
        }
        self.ledger.clear_deadline(request);
        self.connecting.retain(|other| *other != request);
        self.stop_draining(request);
        self.cancel_pull(request);
        self.confirming.forget(request);
        self.give_up(request);
    }

    /// What was not written never is; what is under way must not stay open without an owner. True if
    /// the broker may have done it.
    fn give_up(&mut self, request: RequestId) -> Option<bool> {
        let entry = self.ledger.of_request(request)?;
        let (written, purpose) = (entry.written, entry.purpose.clone());
        match purpose {
            Purpose::Consumer(key) => {
                self.ledger.detach(request);
                self.close_consumer(None, key);
            }
            Purpose::Producer(key) => {
                self.ledger.detach(request);
                self.close_producer(None, key);
            }
            Purpose::Commit(..) if written.is_none() => {
                self.ledger.remove_request(request);
                self.abandon_commit(&purpose);
            }
            // How it ends still decides what becomes of the messages.
            Purpose::Commit(..) | Purpose::Rollback | Purpose::Removal => {
                self.ledger.detach(request);
            }
            Purpose::Send(producer) => {
                self.ledger.remove_request(request);
                self.send_settled(producer);
            }
            Purpose::Temporary(destination) => {
                self.ledger.remove_request(request);
                if self.link.is_connected() {
                    let info = self.destination_info(&destination, DestinationInfo::REMOVE);
                    self.request(None, info, Purpose::Plain);
                }
            }
            Purpose::Plain | Purpose::Close => drop(self.ledger.remove_request(request)),
        }
        Some(written.is_some())
    }

    pub(super) fn expire_overdue(&mut self) {
        while let Some(request) = self.ledger.overdue(self.now.instant) {
            self.expire(request);
        }
    }
}

/// A subscription that is to be deleted is not there. Asked for on an earlier link as well, it is
/// there no more.
fn is_gone(command: &Command, failure: &Failure) -> bool {
    let missing = matches!(failure, Failure::Refused { class, .. }
        if class.ends_with("InvalidDestinationException"));
    missing && matches!(command, Command::RemoveSubscriptionInfo(_))
}

/// The broker's exception as a failure.
pub(super) fn refusal(exception: Option<&Throwable>) -> Failure {
    let text =
        |text: Option<&relaismq_openwire::Text>| text.map_or("", |text| text.as_str()).to_owned();
    let class = text(exception.and_then(|it| it.class.as_ref()));
    let message = text(exception.and_then(|it| it.message.as_ref()));
    if class.ends_with("TransactionRolledBackException") {
        return Failure::TransactionRolledBack(message);
    }
    Failure::Refused { class, message }
}
