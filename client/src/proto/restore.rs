//! After a loss: what dies with the link, and what is replayed on the next one.
//!
//! Order on the wire, each step relying on the one before: temporary destinations, then per session
//! the session, its producers, its consumers, then open transactions, then (when all of that is
//! answered) the unsettled requests under their old command ids.

use std::collections::BTreeMap;

use relaismq_openwire::{Command, DestinationInfo, SessionInfo, TransactionInfo};

use super::{
    Client,
    event::Event,
    io::{Answer, ConsumerKey, Failure, Output, SessionKey, SessionMode},
    ledger::Purpose,
    link::{Phase, Restored},
    session::Transaction,
    submit::{consumer_info, producer_info},
};

impl Client {
    /// Deliveries and acknowledgements of the old link are void from here on.
    pub(super) fn interrupted(&mut self) {
        self.break_transactions();
        for (key, consumer) in &mut self.registry.consumers {
            let shared = consumer.spec.destination.kind.is_queue();
            consumer.interrupted(shared.then_some(&mut self.registry.audit));
            self.outputs.push_back(Output::Discard(*key));
        }
        self.dirty.clear();
        self.settle_in_doubt();
        self.settle_removals();
        for key in self.registry.consumers.keys().copied().collect::<Vec<_>>() {
            self.limit_pull(key);
        }
    }

    /// A transaction with acknowledgements cannot be replayed: the messages will come again.
    fn break_transactions(&mut self) {
        let transacted = self.registry.sessions.iter_mut();
        for (key, session) in transacted.filter(|(_, it)| it.mode == SessionMode::Transacted) {
            let took =
                self.registry.consumers.values().any(|it| it.session == *key && it.has_open());
            if took && session.committing.is_none() {
                session.broken =
                    Some("messages taken in it were lost with the link and come again".to_owned());
            }
        }
    }

    /// What was being removed is gone with the link; the next one never knew it.
    fn settle_removals(&mut self) {
        let removals = self.ledger.extract(|entry| {
            matches!((&entry.command, &entry.purpose), (Command::RemoveInfo(_), Purpose::Plain))
        });
        for entry in removals {
            self.answer(entry.request, Ok(Answer::Done));
        }
    }

    /// A commit that was written and not answered: it happened or not.
    fn settle_in_doubt(&mut self) {
        let commits = self.ledger.extract(|entry| {
            matches!(entry.purpose, Purpose::Commit(_) | Purpose::Rollback(_))
                && entry.written.is_some()
        });
        for entry in commits {
            let outcome = match entry.purpose {
                Purpose::Commit(session) => {
                    self.forget_transaction(session);
                    Err(Failure::TransactionInDoubt)
                }
                // The broker rolls back what it has not heard the end of.
                _ => Ok(Answer::Done),
            };
            self.answer(entry.request, outcome);
        }
    }

    fn forget_transaction(&mut self, session: SessionKey) {
        if let Some(session) = self.registry.sessions.get_mut(&session) {
            session.committing = None;
            session.broken = None;
        }
    }

    /// Replays what is open; [`Self::connected`] follows when the broker has answered all of it.
    pub(super) fn restore(&mut self) {
        let mut waiting = BTreeMap::new();
        let mut count = 0;
        for (command, restored) in self.restore_commands() {
            count += 1;
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
        self.link.restored = count;
        if waiting.is_empty() {
            return self.connected();
        }
        let deadline = self.options.timeouts.connect_response.map(|time| self.now.instant + time);
        self.link.phase = Phase::Restoring(deadline, waiting);
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
                if session.broken.is_none() {
                    self.restore_transaction(transaction, &mut commands);
                }
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
            commands.push((consumer_info(consumer).into(), restored));
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
        match restored {
            Restored::Consumer(key) => self.consumer_lost(*key, failure),
            Restored::Producer(key) => {
                self.registry.producers.remove(key);
                self.notify(Event::Warning(format!(
                    "a producer could not be restored: {failure:?}"
                )));
            }
            Restored::Other(what) => {
                self.notify(Event::Warning(format!("{what} could not be restored: {failure:?}")));
            }
        }
    }

    pub(super) fn consumer_lost(&mut self, key: ConsumerKey, failure: Failure) {
        let Some(consumer) = self.registry.consumers.remove(&key) else { return };
        if let Some(pull) = consumer.pull {
            self.answer(pull.request, Err(failure.clone()));
        }
        self.notify(Event::ConsumerLost {
            destination: consumer.spec.destination.to_string(),
            reason: format!("{failure:?}"),
        });
        self.outputs.push_back(Output::ConsumerEnded(key, failure));
    }
}
