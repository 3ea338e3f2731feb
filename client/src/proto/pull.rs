//! Consumers without a window ask for each message.

use std::time::{Duration, Instant};

use relaismq_openwire::MessagePull;

use super::{
    Client,
    consumer::Pull,
    io::{Answer, ConsumerKey, Failure, RequestId},
};

impl Client {
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
