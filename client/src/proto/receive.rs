//! What the broker sends.

use relaismq_openwire::{
    Command, ConnectionControl, ConsumerControl, ConsumerId, ExceptionResponse, KeepAliveInfo,
    MessageDispatch,
};

use super::{
    Client,
    event::Event,
    io::{Answer, ConsumerKey, Failure, Output, SessionMode},
    link::Phase,
    settle::refusal,
};

impl Client {
    pub(super) fn received(&mut self, command: Command) {
        match command {
            Command::MessageDispatch(dispatch) => self.dispatched(dispatch),
            Command::Response(response) => self.responded(response.correlation_id),
            Command::IntegerResponse(response) => self.responded(response.correlation_id),
            Command::DataResponse(response) => self.responded(response.correlation_id),
            Command::DataArrayResponse(response) => self.responded(response.correlation_id),
            Command::ExceptionResponse(response) => self.refused_somehow(&response),
            Command::KeepAliveInfo(beat) if beat.response_required => {
                self.write(KeepAliveInfo { response_required: false, ..beat });
            }
            Command::ConnectionControl(control) => self.controlled(&control),
            Command::ConsumerControl(control) => self.consumer_controlled(&control),
            Command::ConnectionError(error) => {
                let failure = refusal(error.exception.as_ref());
                self.notify(Event::Warning(format!("the broker reports: {failure}")));
            }
            Command::ShutdownInfo(_) => self.lost("the broker is shutting down"),
            // BrokerInfo, and whatever a newer broker may say: of no consequence here.
            _ => {}
        }
    }

    fn responded(&mut self, correlation_id: i32) {
        self.link.answers.answered(correlation_id, self.now.instant);
        match &mut self.link.phase {
            Phase::LoggingIn(_, login) if *login == correlation_id => self.logged_in(),
            Phase::Parting(_, farewell, _) if *farewell == correlation_id => {
                self.proven(correlation_id);
                self.parted();
            }
            Phase::Restoring(_, waiting) => {
                waiting.remove(&correlation_id);
                if waiting.is_empty() {
                    self.connected();
                }
            }
            _ => self.settled(correlation_id),
        }
    }

    fn refused_somehow(&mut self, response: &ExceptionResponse) {
        self.link.answers.answered(response.correlation_id, self.now.instant);
        match &mut self.link.phase {
            Phase::LoggingIn(_, login) if *login == response.correlation_id => {
                self.login_refused(response);
            }
            Phase::Parting(_, farewell, _) if *farewell == response.correlation_id => self.parted(),
            Phase::Restoring(_, waiting) => {
                let Some(restored) = waiting.remove(&response.correlation_id) else { return };
                let finished = waiting.is_empty();
                self.not_restored(&restored, refusal(response.exception.as_ref()));
                if finished {
                    self.connected();
                }
            }
            _ => self.refused(response),
        }
    }

    fn dispatched(&mut self, mut dispatch: MessageDispatch) {
        if matches!(self.link.phase, Phase::Parting(..)) {
            // It comes again from the next broker.
            return;
        }
        let Some(key) = dispatch.consumer_id.as_ref().map(key_of) else { return };
        let Some(consumer) = self.registry.consumers.get_mut(&key) else { return };
        let Some(message) = dispatch.message.take() else { return self.nothing_there(key) };
        let audit = if consumer.shares_audit() { &self.registry.audit } else { &consumer.audit };
        let seen_before = audit.has(message.message_id.as_ref());
        let sessions = &self.registry.sessions;
        let transacted = || {
            let session = sessions.get(&consumer.session);
            session.is_some_and(|session| session.mode == SessionMode::Transacted)
        };
        let unfit = consumer.unfit(&dispatch, &message, transacted, self.now.unix_ms);
        let browser = consumer.spec.browser;
        let delivery = consumer.dispatched(dispatch, message, self.link.epoch, seen_before);
        self.statistics.received(delivery.redelivered, seen_before);
        if let Some(unfit) = unfit {
            let ack = consumer.give_back_last(unfit);
            ack.into_iter().for_each(|ack| self.write_one_way(ack));
            // A pull that was answered by it still wants a message.
            return self.write_pull(key);
        }
        if consumer.closing {
            return;
        }
        if browser && seen_before {
            consumer.pass_over_last();
            return self.taken_by(key);
        }
        if !consumer.confirmed || !self.link.is_connected() {
            // What is taken before the restore is over could not be acknowledged.
            return consumer.early.push(delivery);
        }
        let pull = consumer.pull.take();
        self.outputs.push_back(Output::Deliver(key, delivery));
        if let Some(pull) = pull {
            self.answer(pull.request, Ok(Answer::Pulled(true)));
        }
    }

    fn controlled(&mut self, control: &ConnectionControl) {
        let reconnect_to = control.reconnect_to.as_deref().unwrap_or_default();
        let connected = control.connected_brokers.as_deref().unwrap_or_default();
        let list = match (reconnect_to, connected) {
            ("", "") => return,
            ("", list) | (list, "") => list.to_owned(),
            (first, others) => format!("{first},{others}"),
        };
        self.told_of(&list);
        if !reconnect_to.is_empty() || control.rebalance_connection {
            let insists = !reconnect_to.is_empty();
            let list = if insists { reconnect_to } else { connected };
            self.search.sent_to(list, insists, self.now.instant);
        }
        self.search_on();
    }

    fn told_of(&mut self, list: &str) {
        let change = self.search.supply(list, self.now.instant);
        for (broker, why) in &change.ignored {
            self.notify(Event::Warning(format!("the broker told of {broker:?}, ignored: {why:?}")));
        }
        if !change.added.is_empty() || !change.removed.is_empty() {
            self.notify(Event::BrokersChanged { added: change.added, removed: change.removed });
        }
    }

    fn consumer_controlled(&mut self, control: &ConsumerControl) {
        let Some(key) = control.consumer_id.as_ref().map(key_of) else { return };
        if control.close {
            let message = "the broker closed the consumer".to_owned();
            let class = "javax.jms.IllegalStateException".to_owned();
            return self.consumer_lost(key, Failure::Refused { class, message });
        }
        if let Some(consumer) = self.registry.consumers.get_mut(&key) {
            consumer.spec.prefetch =
                u16::try_from(control.prefetch).unwrap_or(consumer.spec.prefetch);
        }
    }
}

/// Consumers are numbered by this connection, so the number alone names one.
const fn key_of(id: &ConsumerId) -> ConsumerKey {
    ConsumerKey(id.value)
}
