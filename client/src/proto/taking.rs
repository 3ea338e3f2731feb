//! What the application has taken, and what the broker is told of that.

use super::{
    Client,
    io::{ConsumerKey, Epoch, SessionKey, SessionMode},
    restore::TAKEN_AND_LOST,
};

impl Client {
    /// The application has been given deliveries.
    pub(super) fn seen(&mut self, key: ConsumerKey, epoch: Epoch, through: u64) {
        let Some(consumer) = self.registry.consumers.get_mut(&key) else { return };
        if epoch != self.link.epoch || !self.link.is_writable() {
            return self.seen_too_late(key, through);
        }
        consumer.see(through);
    }

    /// Deliveries had expired when the application came to take them.
    pub(super) fn expired(&mut self, key: ConsumerKey, deliveries: &[(Epoch, u64)]) {
        if !self.link.is_connected() {
            return;
        }
        let current = deliveries.iter().filter(|(epoch, _)| *epoch == self.link.epoch);
        let Some(consumer) = self.registry.consumers.get_mut(&key) else { return };
        let acks: Vec<_> = current.filter_map(|(_, number)| consumer.expire(*number)).collect();
        acks.into_iter().for_each(|ack| self.write_one_way(ack));
    }

    /// The application has taken deliveries.
    pub(super) fn consumed(&mut self, key: ConsumerKey, epoch: Epoch, through: u64) {
        let Some(consumer) = self.registry.consumers.get_mut(&key) else { return };
        if epoch != self.link.epoch || !self.link.is_writable() {
            return self.consumed_too_late(key, through);
        }
        consumer.take(through);
        self.taken_by(key);
    }

    /// The link was lost before we heard that the application had these. Each taking is told once, and before
    /// the request that ends its transaction: so it is the open one that these were taken in.
    fn consumed_too_late(&mut self, key: ConsumerKey, through: u64) {
        self.seen_too_late(key, through);
        let session = self.registry.consumers.get(&key).map(|consumer| consumer.session);
        if let Some(session) = session.filter(|it| self.is_transacted(*it)) {
            self.break_transaction(session, TAKEN_AND_LOST.to_owned());
        }
    }

    fn seen_too_late(&mut self, key: ConsumerKey, through: u64) {
        let Some(consumer) = self.registry.consumers.get_mut(&key) else { return };
        let shared = consumer.shares_audit();
        consumer.seen_after_all(through, shared.then_some(&mut self.registry.audit));
    }

    fn is_transacted(&self, session: SessionKey) -> bool {
        self.registry.mode(session) == Some(SessionMode::Transacted)
    }
}
