//! What consumers tell the broker, and pulls.

use std::time::{Duration, Instant};

use relaismq_openwire::MessagePull;

use super::{
    Client,
    consumer::{Consumer, Pull},
    io::{Answer, ConsumerKey, Epoch, Failure, RequestId, SessionMode},
    restore::TAKEN_AND_LOST,
};

impl Client {
    /// The application has taken deliveries.
    pub(super) fn consumed(&mut self, key: ConsumerKey, epoch: Epoch, through: u64) {
        let Some(consumer) = self.registry.consumers.get_mut(&key) else { return };
        if epoch != self.link.epoch || !self.link.is_writable() {
            return self.consumed_too_late(key, through);
        }
        consumer.take(through);
        self.taken_by(key);
    }

    /// There may be something to acknowledge.
    pub(super) fn taken_by(&mut self, key: ConsumerKey) {
        let Some(consumer) = self.registry.consumers.get_mut(&key) else { return };
        if !std::mem::replace(&mut consumer.dirty, true) {
            self.dirty.push(key);
        }
    }

    /// The link was lost before we heard that the application had these.
    fn consumed_too_late(&mut self, key: ConsumerKey, through: u64) {
        let Some(consumer) = self.registry.consumers.get_mut(&key) else { return };
        let shared = consumer.shares_audit();
        let session = consumer.session;
        let seen = consumer.seen_after_all(through, shared.then_some(&mut self.registry.audit));
        if seen && self.registry.mode(session) == Some(SessionMode::Transacted) {
            self.break_transaction(session, TAKEN_AND_LOST.to_owned());
        }
    }

    /// Sends what has gathered.
    pub(super) fn flush_acknowledgements(&mut self) {
        if self.dirty.is_empty() || !self.link.is_connected() {
            return;
        }
        for key in std::mem::take(&mut self.dirty) {
            self.flush_consumer(key);
        }
    }

    pub(super) fn flush_consumer(&mut self, key: ConsumerKey) {
        let Some(consumer) = self.registry.consumers.get_mut(&key) else { return };
        if !std::mem::take(&mut consumer.dirty) || !self.link.is_connected() {
            return;
        }
        let acks = match self.registry.sessions.get(&consumer.session).map(|it| it.mode) {
            _ if consumer.spec.browser => consumer.announce().into_iter().collect(),
            Some(SessionMode::Auto | SessionMode::DupsOk) => consumer.acknowledge_taken(),
            Some(SessionMode::Client | SessionMode::Individual | SessionMode::Transacted) => {
                consumer.announce().into_iter().collect()
            }
            None => Vec::new(),
        };
        for ack in acks {
            self.write_one_way(ack);
        }
    }

    /// The application acknowledges.
    pub(super) fn acknowledge(
        &mut self,
        key: ConsumerKey,
        epoch: Epoch,
        number: u64,
    ) -> Result<(), Failure> {
        let consumer = self.registry.consumers.get_mut(&key).ok_or(Failure::NoSuch("consumer"))?;
        if epoch != self.link.epoch || !self.link.is_connected() {
            return Err(Failure::StaleDelivery);
        }
        consumer.take(number);
        let session = consumer.session;
        let acks: Vec<_> = match self.registry.mode(session) {
            Some(SessionMode::Individual) => {
                let consumer = self.registry.consumers.get_mut(&key);
                consumer.and_then(|consumer| consumer.acknowledge_one(number)).into_iter().collect()
            }
            Some(SessionMode::Client) => {
                let of_session =
                    self.registry.consumers.values_mut().filter(|it| it.session == session);
                of_session.flat_map(Consumer::acknowledge_taken).collect()
            }
            _ => Vec::new(),
        };
        for ack in acks {
            self.write_one_way(ack);
        }
        Ok(())
    }

    pub(super) fn pull(
        &mut self,
        id: Option<RequestId>,
        key: ConsumerKey,
        wait: Option<Duration>,
        limit: Option<Instant>,
    ) {
        let Some(consumer) = self.registry.consumers.get_mut(&key) else {
            return self.answer(id, Err(Failure::NoSuch("consumer")));
        };
        let until = wait.map(|wait| self.now.after(wait));
        if let Some(older) = consumer.pull.replace(Pull { request: id, until, limit }) {
            // Only one message is asked for at a time.
            consumer.abandoned_pulls += 1;
            self.answer(older.request, Ok(Answer::Pulled(false)));
        }
        if !self.link.is_connected() {
            return self.limit_pull(key);
        }
        self.write_pull(key);
    }

    /// Without a broker the time runs here.
    pub(super) fn limit_pull(&mut self, key: ConsumerKey) {
        let pull = self.registry.consumers.get(&key).and_then(|consumer| consumer.pull);
        let Some(pull) = pull else { return };
        let deadline = pull.until.into_iter().chain(pull.limit).min();
        if let Some((request, deadline)) = pull.request.zip(deadline) {
            self.ledger.set_deadline(request, deadline);
        }
    }

    /// Asks again, for what is left of the time.
    pub(super) fn resume_pulls(&mut self) {
        let waiting = self.registry.consumers.iter().filter(|(_, it)| it.pull.is_some());
        for key in waiting.map(|(key, _)| *key).collect::<Vec<_>>() {
            self.write_pull(key);
        }
    }

    pub(super) fn write_pull(&mut self, key: ConsumerKey) {
        let Some(consumer) = self.registry.consumers.get(&key) else { return };
        let Some(pull) = consumer.pull else { return };
        // From here on the broker says when the time is over.
        if let Some(request) = pull.request {
            self.ledger.clear_deadline(request);
        }
        if let Some((request, limit)) = pull.request.zip(pull.limit) {
            self.ledger.set_deadline(request, limit);
        }
        // On the wire 0 waits for ever, and -1 not at all.
        let timeout =
            match pull.until.map(|until| until.saturating_duration_since(self.now.instant)) {
                None => 0,
                Some(left) if left.is_zero() => -1,
                Some(left) => i64::try_from(whole_millis(left)).unwrap_or(i64::MAX),
            };
        let command = MessagePull {
            consumer_id: Some(consumer.id.clone()),
            destination: Some(consumer.spec.destination.clone()),
            timeout,
            ..MessagePull::default()
        };
        self.write_one_way(command);
    }

    /// True if the request was a pull.
    pub(super) fn expire_pull(&mut self, request: RequestId) -> bool {
        let expired = self.cancel_pull(request);
        if expired {
            self.answer(Some(request), Ok(Answer::Pulled(false)));
        }
        expired
    }

    pub(super) fn cancel_pull(&mut self, request: RequestId) -> bool {
        let mut consumers = self.registry.consumers.values_mut();
        let Some(consumer) =
            consumers.find(|it| it.pull.is_some_and(|pull| pull.request == Some(request)))
        else {
            return false;
        };
        consumer.pull = None;
        consumer.abandoned_pulls += 1;
        true
    }
}

/// Rounded up, so that the broker never says too early that there was nothing.
const fn whole_millis(time: Duration) -> u128 {
    time.as_nanos().div_ceil(1_000_000)
}
