//! After a loss: what dies with the link, and what is replayed on the next one.
//!
//! Order on the wire, each step relying on the one before: temporary destinations, then per session
//! the session, its producers, its consumers, then open transactions, then (when all of that is
//! answered) the unsettled requests under their old command ids.

use std::collections::BTreeMap;

use relaismq_openwire::{Command, DestinationInfo, SessionInfo, TransactionInfo};

use super::{
    Client,
    commands::{consumer_info, producer_info},
    event::Event,
    io::{Answer, ConsumerKey, Failure, Output, SessionKey, SessionMode},
    ledger::{Entry, Purpose},
    link::{Phase, Restored},
    session::Transaction,
    transaction::TOO_LARGE,
};

/// Why a transaction can only be rolled back.
pub(super) const TAKEN_AND_LOST: &str =
    "messages taken in it were lost with the link and come again";

impl Client {
    /// Deliveries and acknowledgements of the old link are void from here on.
    pub(super) fn interrupted(&mut self) {
        self.break_transactions();
        // A browser that has shown everything would only show it again.
        self.registry.consumers.retain(|_, consumer| !consumer.has_browsed && !consumer.closing);
        for (key, consumer) in &mut self.registry.consumers {
            let shared = consumer.shares_audit();
            consumer.interrupted(shared.then_some(&mut self.registry.audit));
            self.outputs.push_back(Output::Discard(*key));
        }
        self.dirty.clear();
        self.lose_acknowledgements();
        self.settle_with_link();
        for session in self.registry.sessions.keys().copied().collect::<Vec<_>>() {
            self.sweep_producers(session);
        }
        for key in self.registry.consumers.keys().copied().collect::<Vec<_>>() {
            self.limit_pull(key);
        }
    }

    /// A transaction with acknowledgements cannot be replayed: the messages will come again. Nor can one
    /// whose messages nobody has kept.
    fn break_transactions(&mut self) {
        let transacted = self.registry.sessions.iter_mut();
        for (key, session) in transacted.filter(|(_, it)| it.mode == SessionMode::Transacted) {
            let mut consumers = self.registry.consumers.values();
            let took = consumers.any(|it| it.session == *key && it.has_taken());
            if took {
                session.transaction = None;
                session.broken.get_or_insert(TAKEN_AND_LOST.to_owned());
            }
            if session.transaction.take_if(|it| it.is_too_large()).is_some() {
                session.broken.get_or_insert(TOO_LARGE.to_owned());
            }
        }
    }

    /// A commit that was waiting for the end of the restore.
    fn is_too_large(&self, entry: &Entry) -> bool {
        let Purpose::Commit(session, number) = entry.purpose else { return false };
        let session = self.registry.sessions.get(&session);
        let mut committing = session.into_iter().flat_map(|session| &session.committing);
        entry.written.is_none() && committing.any(|it| it.number == number && it.is_too_large())
    }

    /// What ends with the link, one way or the other. A commit that was written and not answered
    /// happened or not. What was being rolled back or removed is gone, and the next link never knew
    /// it.
    fn settle_with_link(&mut self) {
        let mut ledger = std::mem::take(&mut self.ledger);
        let entries = ledger.extract(|entry| match entry.purpose {
            Purpose::Commit(..) => entry.written.is_some() || self.is_too_large(entry),
            Purpose::Rollback | Purpose::Removal => true,
            _ => false,
        });
        self.ledger = ledger;
        for entry in entries {
            let outcome = match entry.purpose {
                Purpose::Commit(session, number) => {
                    let failure = match entry.written {
                        Some(_) => self.in_doubt(session, number),
                        None => Failure::TransactionRolledBack(TOO_LARGE.to_owned()),
                    };
                    self.forget_commit(session, number);
                    Err(failure)
                }
                _ => Ok(Answer::Done),
            };
            self.answer(entry.request, outcome);
        }
    }

    /// Replays what is open; [`Self::connected`] follows when the broker has answered all of it. False if
    /// there is nothing to be answered.
    pub(super) fn restore(&mut self) -> bool {
        let mut waiting = BTreeMap::new();
        for (command, restored) in self.restore_commands() {
            match restored {
                Some(restored) => {
                    let command_id = self.ledger.command_id();
                    let mut command = command;
                    command.set_request(command_id, true);
                    waiting.insert(command_id, restored);
                    self.write(command);
                }
                None => self.write(command),
            }
        }
        self.link.restored = waiting.len();
        let waits = !waiting.is_empty();
        let deadline = self.options.timeouts.connect_response.map(|time| self.now.after(time));
        self.link.phase = Phase::Restoring(deadline, waiting);
        waits
    }

    /// In order; `None` for what is not answered.
    fn restore_commands(&self) -> Vec<(Command, Option<Restored>)> {
        let mut commands = Vec::new();
        for temporary in &self.registry.temporaries {
            let info = DestinationInfo {
                connection_id: Some(self.registry.connection.clone()),
                destination: Some(temporary.clone()),
                operation_type: DestinationInfo::ADD,
                ..DestinationInfo::default()
            };
            commands.push((info.into(), Some(Restored::Other("a temporary destination"))));
        }
        for key in self.registry.sessions.keys() {
            self.restore_session(*key, &mut commands);
        }
        for session in self.registry.sessions.values() {
            for transaction in session.committing.iter().chain(&session.transaction) {
                self.restore_transaction(transaction, &mut commands);
            }
        }
        commands
    }

    fn restore_session(&self, key: SessionKey, commands: &mut Vec<(Command, Option<Restored>)>) {
        let session_id = Some(self.registry.session_id(key));
        let info = SessionInfo { session_id, ..SessionInfo::default() };
        commands.push((info.into(), Some(Restored::Other("a session"))));
        let producers = self.registry.producers.iter();
        for (producer_key, producer) in
            producers.filter(|(_, it)| it.session == key && it.confirmed)
        {
            let restored = Some(Restored::Producer(*producer_key));
            commands.push((producer_info(producer).into(), restored));
        }
        let consumers = self.registry.consumers.iter();
        for (consumer_key, consumer) in
            consumers.filter(|(_, it)| it.session == key && it.confirmed)
        {
            let restored = Some(Restored::Consumer(*consumer_key));
            commands.push((consumer_info(consumer, &self.client_id).into(), restored));
        }
    }

    fn restore_transaction(
        &self,
        transaction: &Transaction,
        commands: &mut Vec<(Command, Option<Restored>)>,
    ) {
        let begin = TransactionInfo {
            connection_id: Some(self.registry.connection.clone()),
            transaction_id: Some(transaction.id.clone()),
            transaction_type: TransactionInfo::BEGIN,
            ..TransactionInfo::default()
        };
        commands.push((begin.into(), Some(Restored::Other("a transaction"))));
        let sends = transaction.sends.iter();
        commands.extend(sends.map(|message| (Command::Message(message.clone()), None)));
    }

    /// The broker would not have something back.
    pub(super) fn not_restored(&mut self, restored: &Restored, failure: Failure) {
        self.link.restored = self.link.restored.saturating_sub(1);
        match restored {
            Restored::Consumer(key) => self.consumer_lost(*key, failure),
            Restored::Producer(key) => {
                self.registry.producers.remove(key);
                self.notify(Event::Warning(format!("a producer could not be restored: {failure}")));
            }
            Restored::Other(what) => {
                self.notify(Event::Warning(format!("{what} could not be restored: {failure}")));
            }
        }
    }

    pub(super) fn consumer_lost(&mut self, key: ConsumerKey, failure: Failure) {
        let Some(consumer) = self.registry.consumers.remove(&key) else { return };
        if let Some(pull) = consumer.pull {
            self.answer(pull.request, Err(failure.clone()));
        }
        for entry in
            self.ledger.extract(|it| matches!(it.purpose, Purpose::Consumer(it) if it == key))
        {
            self.answer(entry.request, Err(failure.clone()));
        }
        self.asking.insert(consumer.session);
        let transacted = self.registry.mode(consumer.session) == Some(SessionMode::Transacted);
        if transacted && consumer.may_have_taken() {
            let reason = "messages taken in it went back to the broker with their consumer";
            self.break_transaction(consumer.session, reason.to_owned());
        }
        self.notify(Event::ConsumerLost {
            destination: consumer.spec.destination.to_string(),
            reason: failure.to_string(),
        });
        self.outputs.push_back(Output::ConsumerEnded(key, failure));
    }
}
