//! What a consumer has to tell the broker by itself.

use relaismq_openwire::MessageAck;

use super::{
    Client,
    io::{ConsumerKey, SessionMode},
};

impl Client {
    /// There may be something to acknowledge.
    pub(super) fn taken_by(&mut self, key: ConsumerKey) {
        let Some(consumer) = self.registry.consumers.get_mut(&key) else { return };
        if !std::mem::replace(&mut consumer.dirty, true) {
            self.dirty.push(key);
        }
    }

    pub(super) fn flush_consumer(&mut self, key: ConsumerKey) {
        let Some(consumer) = self.registry.consumers.get_mut(&key) else { return };
        if !std::mem::take(&mut consumer.dirty) || !self.link.is_connected() {
            return;
        }
        let mode = self.registry.sessions.get(&consumer.session).map(|it| it.mode);
        let mut acks = Vec::new();
        match mode {
            Some(SessionMode::Auto | SessionMode::DupsOk) if !consumer.spec.browser => {
                acks = consumer.acknowledge_taken();
            }
            Some(SessionMode::Client | SessionMode::Individual) if !consumer.spec.confirm_acks => {
                acks = consumer.hand_over_asked(kind_of_one(mode));
                acks.extend(consumer.announce());
            }
            Some(_) => acks.extend(consumer.announce()),
            None => {}
        }
        for ack in acks {
            self.write_one_way(ack);
        }
    }
}

/// How one message alone is acknowledged.
pub(super) fn kind_of_one(mode: Option<SessionMode>) -> i8 {
    match mode {
        Some(SessionMode::Individual) => MessageAck::INDIVIDUAL,
        _ => MessageAck::STANDARD,
    }
}
