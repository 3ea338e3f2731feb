//! Consumers without a window ask for each message.

use std::time::{Duration, Instant};

use relaismq_openwire::MessagePull;

use super::{
    Client,
    consumer::Pull,
    io::{Answer, ConsumerKey, Failure, RequestId},
};

/// A broker may measure a pull's time a little differently.
const PULL_SLACK: Duration = Duration::from_millis(50);

/// How long a pull waits, time and again, while the link is about to be left.
const PUT_OFF: Duration = Duration::from_millis(50);

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
        // Only one message is asked for at a time.
        let older = consumer.abandon_pull();
        consumer.pull = Some(Pull::new(id, until, limit));
        if let Some(older) = older {
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
        let holds_back = self.holds_back();
        let Some(consumer) = self.registry.consumers.get_mut(&key) else { return };
        let Some(pull) = &mut consumer.pull else { return };
        if holds_back {
            // The application would not be given it.
            pull.again = Some(self.now.instant + PUT_OFF);
            return self.limit_pull(key);
        }
        pull.again = None;
        let pull = *pull;
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

    /// A broker has nothing for a pull, or nothing any more for a browser.
    pub(super) fn nothing_there(&mut self, key: ConsumerKey) {
        let now = self.now.instant;
        let Some(consumer) = self.registry.consumers.get_mut(&key) else { return };
        let early = |pull: &Pull| pull.until.is_none_or(|until| until > now + PULL_SLACK);
        match &mut consumer.pull {
            Some(pull) if early(pull) && consumer.abandoned_pulls > 0 => {
                consumer.abandoned_pulls -= 1;
            }
            Some(pull) if early(pull) && !consumer.spec.browser => pull.ask_later(now),
            Some(_) => {
                let pull = consumer.pull.take();
                self.answer(pull.and_then(|pull| pull.request), Ok(Answer::Pulled(false)));
            }
            None => {}
        }
        self.browsed(key);
    }

    /// When the next pull is to be asked for again.
    pub(super) fn next_pull(&self) -> Option<Instant> {
        let pulls = self.registry.consumers.values().filter_map(|consumer| consumer.pull);
        pulls.filter_map(|pull| pull.again).min()
    }

    pub(super) fn pull_due(&mut self) {
        let due = |pull: Pull| pull.again.is_some_and(|again| again <= self.now.instant);
        let consumers = self.registry.consumers.iter();
        let due = consumers.filter(|(_, consumer)| consumer.pull.is_some_and(due));
        for key in due.map(|(key, _)| *key).collect::<Vec<_>>() {
            if self.link.is_connected() {
                self.write_pull(key);
            }
        }
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
        consumer.abandon_pull();
        true
    }
}

/// Rounded up, so that the broker never says too early that there was nothing.
const fn whole_millis(time: Duration) -> u128 {
    time.as_nanos().div_ceil(1_000_000)
}
