//! Messages of producers.

use std::sync::Arc;

use relaismq_openwire::{Command, Message};

use super::{
    Client,
    io::{Answer, Failure, ProducerKey, RequestId, SessionMode},
    ledger::Purpose,
};

impl Client {
    pub(super) fn date(
        &self,
        message: &mut Message,
        time_to_live: Option<std::time::Duration>,
        stamp: bool,
    ) {
        let now = self.now.unix_ms;
        message.timestamp = if stamp { now } else { 0 };
        if let Some(time) = time_to_live {
            message.expiration =
                now.saturating_add(i64::try_from(time.as_millis()).unwrap_or(i64::MAX));
        }
    }

    pub(super) fn send(
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
}
