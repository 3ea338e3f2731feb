//! How the scripted broker dispatches, and what acknowledgements do to that.

use relaismq_openwire::{Command, MessageAck, MessageDispatch, MessageId, TransactionId};

use super::{
    applying::Applied,
    broker::{Broker, Pending},
    store::Store,
};

impl Broker {
    /// Fills every window.
    pub(super) fn dispatch(&mut self, store: &mut Store) {
        let keys: Vec<i64> = self.open.consumers.keys().copied().collect();
        for key in keys {
            while self.room(key) && self.dispatch_one(store, key) {}
        }
    }

    fn room(&self, key: i64) -> bool {
        let subscription = &self.open.consumers[&key];
        let prefetch = usize::try_from(subscription.info.prefetch_size).unwrap();
        prefetch > 0 && subscription.dispatched.len() < prefetch + subscription.extension
    }

    pub(super) fn dispatch_one(&mut self, store: &mut Store, key: i64) -> bool {
        let subscription = self.open.consumers.get_mut(&key).unwrap();
        let destination = subscription.info.destination.clone().unwrap();
        if subscription.info.browser {
            return false;
        }
        let Some(stored) = store.take(&destination.name) else { return false };
        let mut message = (*stored.message).clone();
        let id = message.message_id.as_mut().unwrap();
        id.broker_sequence_id = stored.broker_sequence;
        subscription.dispatched.push_back((id.clone(), destination.name.to_string()));
        let dispatch = MessageDispatch {
            consumer_id: subscription.info.consumer_id.clone(),
            destination: Some(destination),
            message: Some(message.into()),
            redelivery_counter: stored.counter,
            ..MessageDispatch::default()
        };
        self.pulls.retain(|(_, consumer)| consumer.value != key);
        self.say(dispatch);
        true
    }

    /// Shows a browser everything, and says that it was everything.
    pub(super) fn browse(&mut self, store: &Store, key: i64) {
        let info = self.open.consumers[&key].info.clone();
        let name = info.destination.as_ref().unwrap().name.to_string();
        let messages = store.queues.get(&name).into_iter().flatten();
        let messages: Vec<_> = messages.map(|stored| stored.message.clone()).collect();
        for message in messages.into_iter().map(Some).chain([None]) {
            let destination = info.destination.clone().filter(|_| message.is_some());
            self.say(MessageDispatch {
                consumer_id: info.consumer_id.clone(),
                destination,
                message,
                ..MessageDispatch::default()
            });
        }
    }

    /// Applies an acknowledgement; says what is wrong with it.
    pub(super) fn acknowledge(&mut self, store: &mut Store, ack: &MessageAck) -> Applied {
        let done = self.acknowledged(ack)?;
        settle(store, ack.ack_type, &done)
    }

    /// The messages that an acknowledgement settles, taken out of what is dispatched.
    fn acknowledged(&mut self, ack: &MessageAck) -> Result<Vec<(MessageId, String)>, &'static str> {
        let key = ack.consumer_id.as_ref().ok_or("an ack without consumer")?.value;
        let subscription = self.open.consumers.get_mut(&key).ok_or("an ack of nobody")?;
        let last = ack.last_message_id.as_ref().ok_or("an ack without last message")?;
        let place = |id: &MessageId| subscription.dispatched.iter().position(|(it, _)| it == id);
        let end = place(last).ok_or("an ack of what was not dispatched")?;
        let start = match &ack.first_message_id {
            None if ack.ack_type == MessageAck::INDIVIDUAL => end,
            None => return Err("an ack from nowhere"),
            Some(first) => place(first).ok_or("an ack from what was not dispatched")?,
        };
        let count = usize::try_from(ack.message_count).unwrap();
        match ack.ack_type {
            MessageAck::DELIVERED => {
                subscription.extension = subscription.extension.max(end + 1);
                return Ok(Vec::new());
            }
            MessageAck::REDELIVERED => return Ok(Vec::new()),
            _ if start > end || end - start + 1 != count => {
                return Err("an ack with a wrong count");
            }
            _ => {}
        }
        subscription.extension = subscription.extension.saturating_sub(count);
        Ok(subscription.dispatched.drain(start..=end).collect())
    }

    /// Part of a transaction, which decides what becomes of the messages.
    pub(super) fn acknowledge_later(&mut self, ack: &MessageAck, id: &TransactionId) -> Applied {
        if ack.ack_type != MessageAck::STANDARD {
            return Err("such an ack in a transaction");
        }
        self.pending(id)?;
        let done = self.acknowledged(ack)?;
        let key = ack.consumer_id.as_ref().map(|it| it.value).unwrap_or_default();
        self.pending(id)?.push(Pending::Ack(key, done));
        Ok(())
    }

    pub(super) fn commit(&mut self, store: &mut Store, pending: Vec<Pending>) -> Applied {
        for pending in pending {
            match pending {
                Pending::Send(message) => store.keep(&message),
                Pending::Ack(_, done) => settle(store, MessageAck::STANDARD, &done)?,
            }
        }
        Ok(())
    }

    /// What was acknowledged is merely dispatched again, or nobody's if its consumer is gone.
    pub(super) fn roll_back(&mut self, store: &mut Store, pending: Vec<Pending>) {
        for pending in pending.into_iter().rev() {
            let Pending::Ack(key, done) = pending else { continue };
            match self.open.consumers.get_mut(&key) {
                Some(subscription) => {
                    done.into_iter().rev().for_each(|it| subscription.dispatched.push_front(it));
                }
                None => done.iter().for_each(|(id, queue)| store.give_back(queue, id, true)),
            }
        }
    }

    /// The consumer is gone: what it has goes to others. `seen`: up to this broker sequence the
    /// application has got it (`None`: nobody knows).
    pub(super) fn unsubscribe(&mut self, store: &mut Store, key: i64, seen: Option<i64>) {
        let Some(subscription) = self.open.consumers.remove(&key) else { return };
        for (id, queue) in subscription.dispatched {
            let counts = seen.is_none_or(|seen| id.broker_sequence_id <= seen);
            store.give_back(&queue, &id, counts);
        }
    }

    /// The link is gone, and all that was open on it.
    pub(super) fn link_gone(&mut self, store: &mut Store) {
        for (_, pending) in std::mem::take(&mut self.open.transactions) {
            self.roll_back(store, pending);
        }
        let keys: Vec<i64> = self.open.consumers.keys().copied().collect();
        for key in keys {
            self.unsubscribe(store, key, None);
        }
        self.open = super::broker::Open::default();
        self.out.clear();
        self.pulls.clear();
        self.monitor = None;
        self.hangs_up = false;
    }

    /// Nothing came for a pull in time.
    pub(super) fn end_pulls(&mut self, now: std::time::Instant) {
        let (due, later) = std::mem::take(&mut self.pulls).into_iter().partition(|it| it.0 <= now);
        self.pulls = later;
        let due: Vec<(std::time::Instant, _)> = due;
        for (_, consumer) in due {
            let consumer_id = Some(consumer);
            self.say(Command::from(MessageDispatch { consumer_id, ..MessageDispatch::default() }));
        }
    }
}

fn settle(store: &mut Store, kind: i8, done: &[(MessageId, String)]) -> Applied {
    for (id, queue) in done {
        let stored = store.remove(queue, id).ok_or("an ack of what is gone")?;
        match kind {
            MessageAck::POISON | MessageAck::EXPIRED => store.dead.push(stored.message),
            _ => store.acknowledged.push(id.clone()),
        }
    }
    Ok(())
}
