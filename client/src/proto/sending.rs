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
        message: &mut Arc<Message>,
        time_to_live: Option<std::time::Duration>,
        stamp: bool,
    ) {
        let (now, message) = (self.now.unix_ms, Arc::make_mut(message));
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
        mut message: Arc<Message>,
        confirm: bool,
    ) {
        let producer = self.registry.producers.get_mut(&key).filter(|producer| !producer.closed);
        let Some(producer) = producer else {
            return self.answer(id, Err(Failure::NoSuch("producer")));
        };
        let session = producer.session;
        self.statistics.sent += 1;
        let sequence = producer.next_sequence();
        let headers = Arc::make_mut(&mut message);
        if headers.destination.is_none() {
            headers.destination.clone_from(&producer.destination);
        }
        headers.producer_id = Some(producer.id.clone());
        headers.message_id = Some(producer.id.message(sequence));
        if self.registry.mode(session) == Some(SessionMode::Transacted) {
            return self.send_in_transaction(id, session, message);
        }
        // Without a link even an unconfirmed message is only handed over once there is one.
        let (now, later) =
            if confirm || !self.link.is_connected() { (None, id) } else { (id, None) };
        let answer = now.map(|_| sent(&message));
        self.enter(later, Command::Message(message), Purpose::Send(key), confirm);
        if let Some(answer) = answer {
            self.answer(now, Ok(answer));
        }
    }
}

/// The answer to a send that nobody has confirmed.
pub(super) fn sent(message: &Message) -> Answer {
    let message_id = message.message_id.clone().unwrap_or_default();
    Answer::Sent { message_id, confirmed: false }
}
