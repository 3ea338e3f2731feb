//! Local transactions.

use std::sync::Arc;

use relaismq_openwire::{Command, Message, TransactionId, TransactionInfo};

use super::{
    Client,
    io::{Answer, ConsumerKey, Failure, RequestId, SessionKey, SessionMode},
    ledger::Purpose,
    session::Transaction,
};

impl Client {
    pub(super) fn send_in_transaction(
        &mut self,
        id: Option<RequestId>,
        session: SessionKey,
        mut message: Message,
    ) {
        let message_id = message.message_id.clone().unwrap_or_default();
        message.transaction_id = self.begun(session);
        message.command_id = self.ledger.command_id();
        let message = Arc::new(message);
        if let Some(transaction) =
            self.registry.sessions.get_mut(&session).and_then(|it| it.transaction.as_mut())
        {
            transaction.sends.push(message.clone());
        }
        let broken = self.registry.sessions.get(&session).is_some_and(|it| it.broken.is_some());
        if self.link.is_writable() && !broken {
            self.write(Command::Message(message));
        }
        self.answer(id, Ok(Answer::Sent { message_id, confirmed: false }));
    }

    /// The session's transaction, begun if need be.
    fn begun(&mut self, session: SessionKey) -> Option<TransactionId> {
        let open = self.registry.sessions.get(&session)?.transaction.as_ref();
        if let Some(transaction) = open {
            return Some(transaction.id.clone());
        }
        let id = self.registry.next_transaction();
        let transaction = Transaction { id: id.clone(), sends: Vec::new() };
        self.registry.sessions.get_mut(&session)?.transaction = Some(transaction);
        if self.link.is_writable() {
            let begin = self.transaction_info(&id, TransactionInfo::BEGIN);
            self.write_one_way(begin);
        }
        Some(id)
    }

    fn transaction_info(&self, id: &TransactionId, transaction_type: i8) -> TransactionInfo {
        TransactionInfo {
            connection_id: Some(self.registry.connection.clone()),
            transaction_id: Some(id.clone()),
            transaction_type,
            ..TransactionInfo::default()
        }
    }

    pub(super) fn commit(&mut self, id: Option<RequestId>, session: SessionKey) {
        let Some(state) = self.registry.sessions.get_mut(&session) else {
            return self.answer(id, Err(Failure::NoSuch("session")));
        };
        if let Some(reason) = state.broken.take() {
            self.drop_transaction(session);
            return self.answer(id, Err(Failure::TransactionRolledBack(reason)));
        }
        self.acknowledge_in_transaction(session);
        let Some(state) = self.registry.sessions.get_mut(&session) else { return };
        let Some(transaction) = state.transaction.take() else {
            return self.answer(id, Ok(Answer::Done));
        };
        let info = TransactionInfo {
            connection_id: Some(self.registry.connection.clone()),
            transaction_id: Some(transaction.id.clone()),
            transaction_type: TransactionInfo::COMMIT_ONE_PHASE,
            ..TransactionInfo::default()
        };
        state.committing = Some(transaction);
        self.request(id, info, Purpose::Commit(session));
    }

    /// What was taken is acknowledged as part of the transaction.
    fn acknowledge_in_transaction(&mut self, session: SessionKey) {
        for key in self.registry.consumers_of(session) {
            self.acknowledge_consumer_in_transaction(key);
        }
    }

    /// Also before a consumer of a transaction closes: what it took is part of it.
    pub(super) fn acknowledge_consumer_in_transaction(&mut self, key: ConsumerKey) {
        let Some(consumer) = self.registry.consumers.get(&key) else { return };
        let session = consumer.session;
        if !consumer.has_open()
            || !self.link.is_connected()
            || self.registry.mode(session) != Some(SessionMode::Transacted)
        {
            return;
        }
        let Some(transaction) = self.begun(session) else { return };
        let consumer = self.registry.consumers.get_mut(&key);
        let acks = consumer.map(|consumer| consumer.acknowledge_in(&transaction));
        for ack in acks.unwrap_or_default() {
            self.write_one_way(ack);
        }
    }

    pub(super) fn committed(&mut self, session: SessionKey) {
        for key in self.registry.consumers_of(session) {
            if let Some(consumer) = self.registry.consumers.get_mut(&key) {
                consumer.committed();
            }
        }
        if let Some(session) = self.registry.sessions.get_mut(&session) {
            session.committing = None;
        }
    }

    /// The broker has rolled the transaction back instead.
    pub(super) fn commit_refused(&mut self, session: SessionKey, failure: Failure) -> Failure {
        self.rolled_back(session);
        match failure {
            Failure::Refused { class, message } => {
                Failure::TransactionRolledBack(format!("{class}: {message}"))
            }
            other => other,
        }
    }

    /// Nobody waits for the outcome of a commit any more.
    pub(super) fn abandon_commit(&mut self, session: SessionKey) {
        if let Some(session) = self.registry.sessions.get_mut(&session) {
            session.committing = None;
        }
    }

    pub(super) fn roll_back(&mut self, id: Option<RequestId>, session: SessionKey) {
        let Some(state) = self.registry.sessions.get_mut(&session) else {
            return self.answer(id, Err(Failure::NoSuch("session")));
        };
        let broken = state.broken.take().is_some();
        let transaction = state.transaction.take();
        match transaction.filter(|_| self.link.is_connected() && !broken) {
            Some(transaction) => {
                let info = self.transaction_info(&transaction.id, TransactionInfo::ROLLBACK);
                self.request(id, info, Purpose::Rollback(session));
            }
            None => {
                self.rolled_back(session);
                self.answer(id, Ok(Answer::Done));
            }
        }
    }

    fn drop_transaction(&mut self, session: SessionKey) {
        if let Some(session) = self.registry.sessions.get_mut(&session) {
            session.transaction = None;
        }
        self.roll_back_consumers(session);
    }

    pub(super) fn rolled_back(&mut self, session: SessionKey) {
        if let Some(session) = self.registry.sessions.get_mut(&session) {
            session.committing = None;
        }
        for key in self.registry.consumers_of(session) {
            if let Some(consumer) = self.registry.consumers.get_mut(&key) {
                consumer.uncommitted();
            }
        }
        self.roll_back_consumers(session);
    }

    /// The session ends with a transaction open.
    pub(super) fn abandon_transaction(&mut self, session: SessionKey) {
        let open = self.registry.sessions.get_mut(&session).and_then(|it| it.transaction.take());
        if let Some(transaction) = open.filter(|_| self.link.is_writable()) {
            let info = self.transaction_info(&transaction.id, TransactionInfo::ROLLBACK);
            self.write_one_way(info);
        }
    }
}
