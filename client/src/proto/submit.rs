//! What the application asks for.

use std::{sync::Arc, time::Instant};

use relaismq_openwire::{
    Command, Destination, DestinationInfo, Message, RemoveSubscriptionInfo, destination::Kind,
};

use super::{
    Client,
    io::{Answer, Failure, ProducerKey, Request, RequestId, SessionMode},
    ledger::{Entry, Purpose},
    link::Phase,
    weight::weight,
};

impl Client {
    pub(super) fn submit(
        &mut self,
        id: Option<RequestId>,
        request: Request,
        deadline: Option<Instant>,
    ) {
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
                self.send(id, producer, *message, confirm);
            }
            Request::Seen { consumer, epoch, through } => self.seen(consumer, epoch, through),
            Request::Expired { consumer, deliveries } => self.expired(consumer, &deliveries),
            Request::Consumed { consumer, epoch, through } => {
                self.consumed(consumer, epoch, through);
            }
            Request::Acknowledge { consumer, epoch, number } => {
                self.acknowledge(id, consumer, epoch, number);
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

    /// Writes now if the link is in use, or else when it is again.
    pub(super) fn request(
        &mut self,
        request: Option<RequestId>,
        command: impl Into<Command>,
        purpose: Purpose,
    ) {
        self.enter(request, command.into(), purpose, true);
    }

    /// `answered`: the broker will; otherwise it is settled once written, or kept if it is persistent.
    fn enter(
        &mut self,
        request: Option<RequestId>,
        mut command: Command,
        purpose: Purpose,
        answered: bool,
    ) {
        let command_id = self.ledger.command_id();
        let (bytes, persistent) = match &command {
            Command::Message(message) => (weight(message), message.persistent),
            _ => (0, false),
        };
        let kept = !answered && persistent;
        let mut one_way = || self.link.one_way.wrote(command_id, bytes, kept);
        let asks = answered || (matches!(self.link.phase, Phase::Connected) && one_way());
        command.set_request(command_id, asks);
        let written = self.link.is_connected().then_some(self.link.epoch);
        if written.is_some() {
            if answered {
                self.link.one_way.asked(command_id);
            }
            self.write(command.clone());
        }
        if !answered && !kept && written.is_some() {
            return;
        }
        if let Purpose::Send(key, _) = &purpose
            && let Some(producer) = self.registry.producers.get_mut(key)
        {
            producer.unsettled += 1;
        }
        let (repeated, hands_over) = (false, !answered);
        let entry = Entry {
            request,
            command,
            purpose,
            answered,
            hands_over,
            kept,
            written,
            repeated,
            bytes,
        };
        self.ledger.insert(command_id, entry);
    }

    fn date(&self, message: &mut Message, time_to_live: Option<std::time::Duration>, stamp: bool) {
        let now = self.now.unix_ms;
        message.timestamp = if stamp { now } else { 0 };
        if let Some(time) = time_to_live {
            message.expiration =
                now.saturating_add(i64::try_from(time.as_millis()).unwrap_or(i64::MAX));
        }
    }

    fn send(
        &mut self,
        id: Option<RequestId>,
        key: ProducerKey,
        mut message: Message,
        confirm: bool,
    ) {
        let producer = self.registry.producers.get_mut(&key).filter(|producer| !producer.closed);
        let Some(producer) = producer else {
            return self.answer(id, Err(Failure::NoSuch("producer")));
        };
        let session = producer.session;
        if message.destination.is_none() {
            message.destination.clone_from(&producer.destination);
        }
        let sequence = producer.next_sequence();
        let message_id = producer.id.message(sequence);
        message.producer_id = Some(producer.id.clone());
        message.message_id = Some(message_id.clone());
        if self.registry.mode(session) == Some(SessionMode::Transacted) {
            return self.send_in_transaction(id, session, message);
        }
        let message = Command::Message(Arc::new(message));
        // Without a link even an unconfirmed message is only handed over once there is one.
        let waits = confirm || !self.link.is_connected();
        let purpose = Purpose::Send(key, message_id.clone());
        self.enter(id.filter(|_| waits), message, purpose, confirm);
        if !waits {
            self.answer(id, Ok(Answer::Sent { message_id, confirmed: false }));
        }
    }

    /// A send of this producer is settled; a producer that is closed waits for its last one.
    pub(super) fn send_settled(&mut self, key: ProducerKey) {
        let Some(producer) = self.registry.producers.get_mut(&key) else { return };
        producer.unsettled = producer.unsettled.saturating_sub(1);
        if producer.closed {
            let session = producer.session;
            self.sweep_producers(session);
        }
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

    pub(super) fn destination_info(
        &self,
        destination: &Destination,
        operation_type: i8,
    ) -> DestinationInfo {
        DestinationInfo {
            connection_id: Some(self.registry.connection.clone()),
            destination: Some(destination.clone()),
            operation_type,
            ..DestinationInfo::default()
        }
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
}
