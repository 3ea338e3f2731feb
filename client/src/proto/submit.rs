//! What the application asks for.

use std::time::Instant;

use relaismq_openwire::{Destination, DestinationInfo, RemoveSubscriptionInfo, destination::Kind};

use super::{
    Client,
    io::{Answer, ConsumerKey, Failure, Request, RequestId, SessionKey, SessionMode},
    ledger::Purpose,
    link::Phase,
};

impl Client {
    pub(super) fn submit(
        &mut self,
        id: Option<RequestId>,
        request: Request,
        deadline: Option<Instant>,
    ) {
        if matches!(request, Request::Statistics) {
            return self
                .answer(id, Ok(Answer::Statistics(Box::new(self.statistics(self.now.instant)))));
        }
        if let Phase::Ended(reason) = &self.link.phase {
            let done = matches!(request, Request::Close);
            let closed = Failure::Closed { maybe_done: false, reason: reason.clone() };
            return self.answer(id, if done { Ok(Answer::Done) } else { Err(closed) });
        }
        if matches!(self.link.phase, Phase::Closing(_)) && !matches!(request, Request::Close) {
            return self.submit_too_late(id, &request);
        }
        if let Some((id, deadline)) = id.zip(deadline) {
            self.ledger.set_deadline(id, deadline);
            if deadline <= self.now.instant && self.expires_unsubmitted(id, &request) {
                return;
            }
        }
        match request {
            Request::Connect => self.connect(id),
            Request::OpenSession(mode) => self.open_session(id, mode),
            Request::CloseSession(session) => self.close_session(id, session),
            Request::OpenProducer { session, destination, dispatch_async } => {
                self.open_producer(id, session, destination, dispatch_async);
            }
            Request::CloseProducer(key) => self.close_producer(id, key),
            Request::OpenConsumer { session, spec } => self.open_consumer(id, session, *spec),
            Request::CloseConsumer(key) => self.close_consumer(id, key),
            Request::Send { producer, mut message, time_to_live, stamp, confirm } => {
                self.date(&mut message, time_to_live, stamp);
                self.send(id, producer, message, confirm);
            }
            Request::Seen { consumer, epoch, through } => self.seen(consumer, epoch, through),
            Request::Expired { consumer, deliveries } => self.expired(consumer, &deliveries),
            Request::Consumed { consumer, epoch, through } => {
                self.consumed(consumer, epoch, through);
            }
            Request::Acknowledge { consumer, epoch, number } => {
                self.acknowledge(id, consumer, epoch, number);
            }
            Request::Reject { consumer, epoch, number, dead } => {
                self.reject(id, (consumer, epoch, number), dead.as_deref());
            }
            Request::Recover { session, only } => self.recover(id, session, only),
            Request::Commit(session) => self.commit(id, session),
            Request::Rollback(session) => self.roll_back(id, session),
            Request::Pull { consumer, wait } => self.pull(id, consumer, wait, deadline),
            Request::CreateTemporary(kind) => self.create_temporary(id, kind),
            Request::DeleteDestination(destination) => self.delete_destination(id, &destination),
            Request::Unsubscribe(name) => self.unsubscribe(id, name),
            Request::ReconnectNow => {
                self.reconnect_now();
                self.answer(id, Ok(Answer::Done));
            }
            Request::Drain { limit } => self.drain(id, limit),
            // Answered before anything else is looked at.
            Request::Statistics => {}
            Request::Leave => self.leave(id),
            Request::Close => self.close(id, deadline),
        }
    }

    /// What is closed with the connection anyway is no failure.
    fn submit_too_late(&mut self, id: Option<RequestId>, request: &Request) {
        let closes = matches!(
            request,
            Request::CloseSession(_)
                | Request::CloseProducer(_)
                | Request::CloseConsumer(_)
                | Request::Leave
        );
        let closed = Failure::Closed { maybe_done: false, reason: None };
        self.answer(id, if closes { Ok(Answer::Done) } else { Err(closed) });
    }

    /// What has waited for too long already is not written. True if that is all about it; what ends
    /// something is done all the same.
    fn expires_unsubmitted(&mut self, id: RequestId, request: &Request) -> bool {
        let answer = match request {
            Request::Pull { .. } => Ok(Answer::Pulled(false)),
            Request::Commit(session) => {
                self.roll_back(None, *session);
                Err(Failure::TransactionRolledBack(super::transaction::TOO_LATE.to_owned()))
            }
            Request::OpenProducer { .. }
            | Request::OpenConsumer { .. }
            | Request::Send { .. }
            | Request::Acknowledge { .. }
            | Request::Reject { .. }
            | Request::CreateTemporary(_)
            | Request::DeleteDestination(_)
            | Request::Unsubscribe(_) => Err(Failure::TimedOut { maybe_done: false }),
            _ => return false,
        };
        self.answer(Some(id), answer);
        true
    }

    fn connect(&mut self, id: Option<RequestId>) {
        if self.link.is_connected() {
            return self.answer(id, Ok(Answer::Done));
        }
        self.connecting.extend(id);
    }

    fn create_temporary(&mut self, id: Option<RequestId>, kind: Kind) {
        let name = self.registry.next_temporary().into();
        let kind = if kind.is_queue() { Kind::TempQueue } else { Kind::TempTopic };
        let temporary = Destination { kind, name };
        let info = self.destination_info(&temporary, DestinationInfo::ADD);
        self.request(id, info, Purpose::Temporary(temporary));
    }

    fn delete_destination(&mut self, id: Option<RequestId>, destination: &Destination) {
        self.registry.temporaries.retain(|temporary| temporary != destination);
        if destination.kind.is_temporary() && !self.link.is_connected() {
            return self.answer(id, Ok(Answer::Done));
        }
        let info = self.destination_info(destination, DestinationInfo::REMOVE);
        self.request(id, info, Purpose::Plain);
    }

    fn unsubscribe(&mut self, id: Option<RequestId>, name: String) {
        let info = RemoveSubscriptionInfo {
            connection_id: Some(self.registry.connection.clone()),
            client_id: Some(self.client_id.as_str().into()),
            subscription_name: Some(name.into()),
            ..RemoveSubscriptionInfo::default()
        };
        self.request(id, info, Purpose::Plain);
    }

    pub(super) fn recover(
        &mut self,
        id: Option<RequestId>,
        session: SessionKey,
        only: Option<(ConsumerKey, u64)>,
    ) {
        match self.registry.mode(session) {
            None => return self.answer(id, Err(Failure::NoSuch("session"))),
            Some(SessionMode::Transacted) => return self.roll_back(id, session),
            Some(mode) => match only {
                Some((consumer, number)) => self.recover_one(mode, consumer, number),
                None => self.roll_back_consumers(session),
            },
        }
        self.answer(id, Ok(Answer::Done));
    }
}
