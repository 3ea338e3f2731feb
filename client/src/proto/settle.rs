//! How requests end: answered, refused, too late, cancelled.

use relaismq_openwire::{ExceptionResponse, Throwable};

use super::{
    Client,
    io::{Answer, ConsumerKey, Failure, Output, RequestId},
    ledger::{Entry, Purpose},
};

impl Client {
    /// The broker has answered the command `correlation_id`.
    pub(super) fn settled(&mut self, correlation_id: i32) {
        let Some(entry) = self.ledger.remove(correlation_id) else { return };
        let answer = match entry.purpose {
            Purpose::Plain => Answer::Done,
            Purpose::Send(message_id) => Answer::Sent { message_id, confirmed: true },
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
            Purpose::Commit(session) => {
                self.committed(session);
                Answer::Done
            }
            Purpose::Rollback(session) => {
                self.rolled_back(session);
                Answer::Done
            }
            Purpose::Close => return self.closed_in_order(),
        };
        self.answer(entry.request, Ok(answer));
    }

    /// What came for a consumer before it was open, or before the restore was over, follows.
    pub(super) fn release_early(&mut self, key: ConsumerKey) {
        let consumer = self.registry.consumers.get_mut(&key);
        let Some(consumer) = consumer.filter(|consumer| consumer.confirmed) else { return };
        let early = std::mem::take(&mut consumer.early);
        self.outputs.extend(early.into_iter().map(|delivery| Output::Deliver(key, delivery)));
        if std::mem::take(&mut consumer.browsed) {
            self.outputs.push_back(Output::EndOfBrowse(key));
        }
    }

    /// The broker has refused the command.
    pub(super) fn refused(&mut self, response: &ExceptionResponse) {
        let Some(entry) = self.ledger.remove(response.correlation_id) else { return };
        let failure = refusal(response.exception.as_ref());
        match entry.purpose {
            Purpose::Producer(key) => drop(self.registry.producers.remove(&key)),
            Purpose::Consumer(key) => drop(self.registry.consumers.remove(&key)),
            Purpose::Commit(session) => {
                let failure = self.commit_refused(session, failure);
                return self.answer(entry.request, Err(failure));
            }
            Purpose::Rollback(session) => self.rolled_back(session),
            Purpose::Close => return self.closed_in_order(),
            Purpose::Plain | Purpose::Send(_) | Purpose::Temporary(_) => {}
        }
        self.answer(entry.request, Err(failure));
    }

    /// The request's time is over. It leaves the ledger: what was not written never is.
    pub(super) fn expire(&mut self, request: RequestId) {
        if self.closing.contains(&request) {
            return self.closed_in_order();
        }
        if let Some(place) = self.connecting.iter().position(|other| *other == request) {
            self.connecting.remove(place);
            let failures = self.link.failures.clone();
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
        let Some(entry) = self.ledger.remove_request(request) else { return };
        let maybe_done = entry.written.is_some();
        self.abandon(&entry);
        self.answer(Some(request), Err(Failure::TimedOut { maybe_done }));
    }

    /// Nobody waits any more.
    pub(super) fn cancel(&mut self, request: RequestId) {
        self.ledger.clear_deadline(request);
        self.connecting.retain(|other| *other != request);
        self.cancel_pull(request);
        if let Some(entry) = self.ledger.remove_request(request) {
            self.abandon(&entry);
        }
    }

    /// What the request would have opened must not stay open without an owner.
    fn abandon(&mut self, entry: &Entry) {
        match &entry.purpose {
            Purpose::Consumer(key) => self.close_consumer(None, *key),
            Purpose::Producer(key) => self.close_producer(None, *key),
            // If it did happen on the broker, nobody will know; the messages taken come again only
            // if it did not.
            Purpose::Commit(session) => self.abandon_commit(*session),
            Purpose::Rollback(session) => self.rolled_back(*session),
            Purpose::Plain | Purpose::Send(_) | Purpose::Temporary(_) | Purpose::Close => {}
        }
    }
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
