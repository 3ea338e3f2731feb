//! Local transactions.

use std::sync::Arc;

use relaismq_openwire::{Command, Message, TransactionId, TransactionInfo};

use super::{
    Client,
    consumer::Consumer,
    io::{Answer, ConsumerKey, Failure, RequestId, SessionKey},
    ledger::Purpose,
    sending::sent,
    session::Transaction,
};

/// Why a transaction is rolled back whose commit was not written in time. Not a timeout: whoever
/// tried again would commit nothing, and take that for success.
pub(super) const TOO_LATE: &str = "the commit could not be written in time";

/// Why a transaction does not live on over a lost link: nobody keeps that much.
pub(super) const TOO_LARGE: &str = "it had more than 64 MiB, too much to be sent again";

impl Client {
    pub(super) fn send_in_transaction(
        &mut self,
        id: Option<RequestId>,
        key: SessionKey,
        mut message: Arc<Message>,
    ) {
        let broken = self.registry.sessions.get(&key).and_then(|it| it.broken.clone());
        if let Some(reason) = broken {
            return self.answer(id, Err(Failure::TransactionRolledBack(reason)));
        }
        let headers = Arc::make_mut(&mut message);
        headers.transaction_id = self.begun(key);
        headers.command_id = self.ledger.command_id();
        let session = self.registry.sessions.get_mut(&key);
        let transaction = session.and_then(|it| it.transaction.as_mut());
        let is_too_large = transaction.is_some_and(|transaction| {
            transaction.sent(&message);
            transaction.is_too_large()
        });
        let answer = id.map(|_| sent(&message));
        if self.link.is_writable() {
            self.write(Command::Message(message));
        } else if is_too_large {
            self.break_transaction(key, TOO_LARGE.to_owned());
            return self.answer(id, Err(Failure::TransactionRolledBack(TOO_LARGE.to_owned())));
        }
        if let Some(answer) = answer {
            self.answer(id, Ok(answer));
        }
    }

    /// The session's transaction, begun if need be.
    fn begun(&mut self, session: SessionKey) -> Option<TransactionId> {
        let open = self.registry.sessions.get(&session)?.transaction.as_ref();
        if let Some(transaction) = open {
            return Some(transaction.id.clone());
        }
        let transaction = self.registry.next_transaction();
        let id = transaction.id.clone();
        self.registry.sessions.get_mut(&session)?.transaction = Some(transaction);
        if self.link.is_writable() {
            let begin = self.transaction_info(&id, TransactionInfo::BEGIN);
            self.write_one_way(begin);
        }
        Some(id)
    }

    pub(super) fn transaction_info(
        &self,
        id: &TransactionId,
        transaction_type: i8,
    ) -> TransactionInfo {
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
            self.roll_back_all(session);
            return self.answer(id, Err(Failure::TransactionRolledBack(reason)));
        }
        for key in self.registry.consumers_of(session) {
            self.acknowledge_in_transaction(key);
        }
        let Some(state) = self.registry.sessions.get_mut(&session) else { return };
        let Some(transaction) = state.transaction.take() else {
            return self.answer(id, Ok(Answer::Done));
        };
        let number = transaction.number;
        let transaction_id = transaction.id.clone();
        state.committing.push(transaction);
        let info = self.transaction_info(&transaction_id, TransactionInfo::COMMIT_ONE_PHASE);
        self.request(id, info, Purpose::Commit(session, number));
    }

    /// What was taken is acknowledged as part of the transaction.
    fn acknowledge_in_transaction(&mut self, key: ConsumerKey) {
        let Some(consumer) = self.registry.consumers.get(&key) else { return };
        let session = consumer.session;
        if !consumer.has_taken() || !self.link.is_connected() {
            return;
        }
        self.begun(session);
        let state = self.registry.sessions.get_mut(&session);
        let Some(transaction) = state.and_then(|it| it.transaction.as_mut()) else { return };
        let Some(consumer) = self.registry.consumers.get_mut(&key) else { return };
        transaction.taken.extend(consumer.taken_ids());
        for ack in consumer.acknowledge_in(transaction.number, &transaction.id) {
            self.write_one_way(ack);
        }
    }

    /// Consumers that were closed while their messages were in a transaction, and are not now.
    fn remove_closing(&mut self, session: SessionKey, which: impl Fn(&Consumer) -> bool) {
        for key in self.registry.consumers_of(session) {
            let consumer = self.registry.consumers.get(&key);
            if consumer.is_some_and(|consumer| consumer.closing && which(consumer)) {
                self.remove_consumer(None, key);
            }
        }
    }

    pub(super) fn committed(&mut self, session: SessionKey, number: i64) {
        for key in self.registry.consumers_of(session) {
            if let Some(consumer) = self.registry.consumers.get_mut(&key) {
                consumer.committed(number);
            }
        }
        self.forget_commit(session, number);
        self.remove_closing(session, |consumer| !consumer.has_open());
    }

    /// The broker has rolled the transaction back instead.
    pub(super) fn commit_refused(
        &mut self,
        session: SessionKey,
        number: i64,
        failure: Failure,
    ) -> Failure {
        let consumers = self.registry.consumers.values_mut().filter(|it| it.session == session);
        let mut took = false;
        for consumer in consumers {
            took |= consumer.has_taken();
            consumer.uncommitted(number);
        }
        if took {
            // Its order would be lost, and it would be acknowledged twice.
            self.break_transaction(session, "messages taken before these come again".to_owned());
        }
        self.roll_back_all(session);
        self.forget_commit(session, number);
        match failure {
            Failure::Refused { class, message } => {
                Failure::TransactionRolledBack(format!("{class}: {message}"))
            }
            other => other,
        }
    }

    /// A commit is written and nobody knows whether it happened.
    pub(super) fn in_doubt(&self, session: SessionKey, number: i64) -> Failure {
        let session = self.registry.sessions.get(&session);
        let mut committing = session.into_iter().flat_map(|session| &session.committing);
        let transaction = committing.find(|it| it.number == number);
        Failure::TransactionInDoubt(transaction.map(Transaction::doubt).unwrap_or_default())
    }

    /// The commit is settled, or never will be.
    pub(super) fn forget_commit(&mut self, session: SessionKey, number: i64) {
        if let Some(state) = self.registry.sessions.get_mut(&session) {
            state.committing.retain(|transaction| transaction.number != number);
        }
        self.sweep_producers(session);
    }

    pub(super) fn roll_back(&mut self, id: Option<RequestId>, session: SessionKey) {
        let Some(state) = self.registry.sessions.get_mut(&session) else {
            return self.answer(id, Err(Failure::NoSuch("session")));
        };
        state.broken = None;
        match state.transaction.take().filter(|_| self.link.is_writable()) {
            Some(transaction) => {
                let info = self.transaction_info(&transaction.id, TransactionInfo::ROLLBACK);
                self.request(id, info, Purpose::Rollback);
            }
            None => self.answer(id, Ok(Answer::Done)),
        }
        // At once: what is taken from here on belongs to the next transaction.
        self.roll_back_all(session);
        self.sweep_producers(session);
    }

    /// What open consumers took comes again; what closed ones took goes back to the broker.
    fn roll_back_all(&mut self, session: SessionKey) {
        self.remove_closing(session, |_| true);
        self.roll_back_consumers(session);
    }

    /// The transaction can only be rolled back, and is.
    pub(super) fn break_transaction(&mut self, session: SessionKey, reason: String) {
        self.end_transaction(session);
        if let Some(state) = self.registry.sessions.get_mut(&session) {
            state.broken.get_or_insert(reason);
        }
    }

    fn end_transaction(&mut self, session: SessionKey) {
        let open = self.registry.sessions.get_mut(&session).and_then(|it| it.transaction.take());
        if let Some(transaction) = open.filter(|_| self.link.is_writable()) {
            let info = self.transaction_info(&transaction.id, TransactionInfo::ROLLBACK);
            self.write_one_way(info);
        }
        self.sweep_producers(session);
    }

    /// The session ends with a transaction open, or with commits that no broker has heard of.
    pub(super) fn abandon_transaction(&mut self, session: SessionKey) {
        self.end_transaction(session);
        let unwritten = self.ledger.extract(|entry| {
            matches!(entry.purpose, Purpose::Commit(of, _) if of == session)
                && entry.written.is_none()
        });
        for entry in unwritten {
            let reason = "the session was closed before its commit was written".to_owned();
            self.answer(entry.request, Err(Failure::TransactionRolledBack(reason)));
            self.abandon_commit(&entry.purpose);
        }
    }

    /// A commit that was not written never is; its transaction may have been restored already.
    pub(super) fn abandon_commit(&mut self, purpose: &Purpose) {
        let Purpose::Commit(session, number) = *purpose else { return };
        let Some(state) = self.registry.sessions.get(&session) else { return };
        let transaction = state.committing.iter().find(|it| it.number == number);
        if let Some(transaction) = transaction.filter(|_| self.link.is_writable()) {
            let info = self.transaction_info(&transaction.id, TransactionInfo::ROLLBACK);
            self.write_one_way(info);
        }
        self.forget_commit(session, number);
    }
}
