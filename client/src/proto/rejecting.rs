//! What the application gives back.

use relaismq_openwire::MessageAck;

use super::{
    Client,
    confirming::{Flight, Range},
    io::{Answer, ConsumerKey, Epoch, Failure, RequestId, SessionKey, SessionMode},
};

impl Client {
    /// The application gives a delivery back; with a cause it is not to come again.
    pub(super) fn reject(
        &mut self,
        id: Option<RequestId>,
        (key, epoch, number): (ConsumerKey, Epoch, u64),
        dead: Option<&str>,
    ) {
        if epoch != self.link.epoch || !self.link.is_connected() {
            return self.answer(id, Err(Failure::StaleDelivery));
        }
        // What was acknowledged before cannot be given back any more.
        self.flush_consumer(key);
        let Some(consumer) = self.registry.consumers.get(&key) else {
            return self.answer(id, Err(Failure::NoSuch("consumer")));
        };
        if !consumer.can_be_rejected(number) {
            return self.answer(id, Err(Failure::NoSuch("delivery to give back")));
        }
        let session = consumer.session;
        let acks = self.given_back(key, number, dead);
        self.tell_given_back(id, session, key, acks);
    }

    /// What the broker is to be told.
    fn given_back(&mut self, key: ConsumerKey, number: u64, dead: Option<&str>) -> Vec<MessageAck> {
        let Some(consumer) = self.registry.consumers.get_mut(&key) else { return Vec::new() };
        consumer.take(number);
        let mode = self.registry.sessions.get(&consumer.session).map(|session| session.mode);
        let only = (mode == Some(SessionMode::Individual)).then_some(number);
        match dead {
            Some(cause) => consumer.give_up(only, cause),
            None => self.roll_back_consumer(key, only),
        }
    }

    /// Where something goes to the dead letter queue, the broker is asked to confirm it.
    fn tell_given_back(
        &mut self,
        id: Option<RequestId>,
        session: SessionKey,
        key: ConsumerKey,
        acks: Vec<MessageAck>,
    ) {
        let (mut dead, others): (Vec<_>, Vec<_>) =
            acks.into_iter().partition(|ack| ack.ack_type == MessageAck::POISON);
        others.into_iter().for_each(|ack| self.write_one_way(ack));
        let Some(last) = dead.pop() else { return self.answer(id, Ok(Answer::Done)) };
        dead.into_iter().for_each(|ack| self.write_one_way(ack));
        let command_id = self.write_asking(last);
        // It covers nothing that another acknowledgement could wait for.
        let ranges = vec![Range { consumer: key, first: 0, last: 0 }];
        let waiting = id.into_iter().collect();
        self.confirming.written(session, command_id, Flight { ranges, waiting });
    }
}
