//! Local transactions.

use relaismq_openwire::{MessageAck, TransactionId, TransactionInfo};

use super::{Answer, Consumer, Delivery, Peer, Producer, Rig};

impl Rig {
    pub(crate) fn begin(&mut self, peer: &Peer) -> TransactionId {
        self.last_command += 1;
        let id = peer.connection.transaction(i64::from(self.last_command));
        self.tell(peer.link, transaction(peer, &id, TransactionInfo::BEGIN));
        id
    }

    /// Sends in a transaction, one-way.
    pub(crate) fn enlist(&mut self, producer: &mut Producer, text: &str, within: &TransactionId) {
        let within = Some(within.clone());
        let message = producer.message(text, |message| message.transaction_id = within);
        self.tell(producer.link, message);
    }

    pub(crate) fn ack_in(
        &mut self,
        consumer: &Consumer,
        kind: i8,
        range: &[Delivery],
        within: &TransactionId,
    ) -> Answer {
        let transaction_id = Some(within.clone());
        let ack = MessageAck { transaction_id, ..consumer.ack(kind, range) };
        self.request_on(consumer.link, ack)
    }

    pub(crate) fn commit(&mut self, peer: &Peer, id: &TransactionId) -> Answer {
        self.request(peer, transaction(peer, id, TransactionInfo::COMMIT_ONE_PHASE))
    }

    pub(crate) fn roll_back(&mut self, peer: &Peer, id: &TransactionId) -> Answer {
        self.request(peer, transaction(peer, id, TransactionInfo::ROLLBACK))
    }
}

pub(crate) fn transaction(
    peer: &Peer,
    id: &TransactionId,
    transaction_type: i8,
) -> TransactionInfo {
    TransactionInfo {
        connection_id: Some(peer.connection.clone()),
        transaction_id: Some(id.clone()),
        transaction_type,
        ..TransactionInfo::default()
    }
}
