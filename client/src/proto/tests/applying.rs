//! What the scripted broker does with each command, as strictly as a real one.

use std::time::Duration;

use relaismq_openwire::{
    Command, ConsumerInfo, MessagePull, Preferences, RemoveInfo, TransactionInfo,
};

use super::{
    broker::{Broker, Deed, Pending, Subscription},
    store::Store,
};
use crate::proto::io::Now;

/// What a real broker would object to.
pub(super) type Applied = Result<(), &'static str>;

impl Broker {
    /// Takes a command.
    pub(super) fn receive(&mut self, store: &mut Store, now: Now, command: &Command) {
        if self.hangs_up {
            return;
        }
        self.log.push(command.clone());
        match self.deed(command) {
            Deed::Ignore => {}
            Deed::HangUp => self.hangs_up = true,
            Deed::Refuse(class, text) => self.refuse(store, command, class, text),
            deed => {
                let before = self.out.len();
                self.obey(store, now, command);
                if deed != Deed::Obey {
                    self.out.truncate(before);
                }
                self.hangs_up |= deed == Deed::HangUpAfter;
            }
        }
    }

    /// A commit that is refused is a rollback.
    pub(super) fn refuse(&mut self, store: &mut Store, command: &Command, class: &str, text: &str) {
        if let Command::TransactionInfo(info) = command {
            let undone =
                TransactionInfo { transaction_type: TransactionInfo::ROLLBACK, ..info.clone() };
            self.transact(store, &undone).unwrap();
        }
        self.answer(command, Some((class, text)));
    }

    fn obey(&mut self, store: &mut Store, now: Now, command: &Command) {
        if let Command::WireFormatInfo(_) = command {
            let mut preferences = Preferences::broker();
            preferences.max_inactivity = self.inactivity;
            preferences.initial_delay = self.initial_delay;
            return self.say(preferences.to_info().unwrap());
        }
        let harmless = matches!(
            command,
            Command::ConnectionInfo(_) | Command::ConnectionControl(_) | Command::KeepAliveInfo(_)
        );
        if !self.open.logged_in && !harmless {
            store.object("before the login", command);
        }
        match self.apply(store, now, command) {
            Ok(()) => self.answer(command, None),
            Err(wrong) => {
                store.object(wrong, command);
                self.answer(command, Some(("javax.jms.IllegalStateException", wrong)));
            }
        }
        match command {
            Command::ConsumerInfo(info) if info.browser => {
                self.browse(store, info.consumer_id.as_ref().unwrap().value);
            }
            _ => self.dispatch(store),
        }
    }

    fn apply(&mut self, store: &mut Store, now: Now, command: &Command) -> Applied {
        match command {
            Command::ConnectionInfo(_) => self.open.logged_in = true,
            Command::SessionInfo(info) => self.open.sessions.extend(info.session_id.clone()),
            Command::ProducerInfo(info) => {
                let id = info.producer_id.clone().ok_or("a producer without id")?;
                self.in_session(&id.session())?;
                self.open.producers.push(id);
            }
            Command::ConsumerInfo(info) => return self.subscribe(info),
            Command::DestinationInfo(info) if info.operation_type == 0 => {
                self.open.temporaries.push(info.destination.as_ref().unwrap().name.to_string());
            }
            Command::Message(message) => {
                let producer = message.producer_id.clone().ok_or("a message without producer")?;
                if !self.open.producers.contains(&producer) {
                    return Err("a message of an unknown producer");
                }
                match message.transaction_id.clone() {
                    None => store.keep(message),
                    Some(id) => self.pending(&id)?.push(Pending::Send(message.clone())),
                }
            }
            Command::MessageAck(ack) => match ack.transaction_id.clone() {
                None => return self.acknowledge(store, ack),
                Some(id) => return self.acknowledge_later(ack, &id),
            },
            Command::TransactionInfo(info) => return self.transact(store, info),
            Command::MessagePull(pull) => self.pull(store, now, pull)?,
            Command::RemoveInfo(info) => return self.remove(store, info),
            Command::ShutdownInfo(_) => self.hangs_up = true,
            _ => {}
        }
        Ok(())
    }

    fn in_session(&self, session: &relaismq_openwire::SessionId) -> Applied {
        let known = self.open.sessions.contains(session);
        if known { Ok(()) } else { Err("in an unknown session") }
    }

    fn subscribe(&mut self, info: &ConsumerInfo) -> Applied {
        let id = info.consumer_id.clone().ok_or("a consumer without id")?;
        self.in_session(&id.session())?;
        let info = info.clone();
        let subscription = Subscription { info, dispatched: [].into(), extension: 0 };
        match self.open.consumers.insert(id.value, subscription) {
            Some(_) => Err("a consumer twice"),
            None => Ok(()),
        }
    }

    pub(super) fn pending(
        &mut self,
        id: &relaismq_openwire::TransactionId,
    ) -> Result<&mut Vec<Pending>, &'static str> {
        let mut transactions = self.open.transactions.iter_mut();
        let found = transactions.find(|(it, _)| it == id);
        found.map(|(_, pending)| pending).ok_or("in an unknown transaction")
    }

    fn transact(&mut self, store: &mut Store, info: &TransactionInfo) -> Applied {
        let id = info.transaction_id.clone().ok_or("a transaction without id")?;
        let known = self.open.transactions.iter().position(|(it, _)| *it == id);
        match (info.transaction_type, known) {
            (TransactionInfo::BEGIN, None) => self.open.transactions.push((id, Vec::new())),
            (TransactionInfo::BEGIN, Some(_)) => return Err("a transaction begun twice"),
            (_, None) => return Err("the end of an unknown transaction"),
            (TransactionInfo::COMMIT_ONE_PHASE, Some(place)) => {
                let pending = self.open.transactions.remove(place).1;
                return self.commit(store, pending);
            }
            (_, Some(place)) => {
                let pending = self.open.transactions.remove(place).1;
                self.roll_back(store, pending);
            }
        }
        Ok(())
    }

    fn pull(&mut self, store: &mut Store, now: Now, pull: &MessagePull) -> Applied {
        let consumer = pull.consumer_id.clone().ok_or("a pull without consumer")?;
        if !self.open.consumers.contains_key(&consumer.value) {
            return Err("a pull of nobody");
        }
        if self.dispatch_one(store, consumer.value) || (pull.timeout == 0 && !self.impatient) {
            return Ok(());
        }
        let wait = Duration::from_millis(pull.timeout.try_into().unwrap_or(0));
        self.pulls.push((now.instant + wait, consumer));
        self.end_pulls(now.instant);
        Ok(())
    }

    fn remove(&mut self, store: &mut Store, info: &RemoveInfo) -> Applied {
        match info.object_id.as_deref() {
            Some(Command::ConsumerId(id)) if self.open.consumers.contains_key(&id.value) => {
                self.unsubscribe(store, id.value, Some(info.last_delivered_sequence_id));
            }
            Some(Command::ProducerId(id)) if self.open.producers.contains(id) => {
                self.open.producers.retain(|it| it != id);
            }
            Some(Command::SessionId(id)) if self.open.sessions.contains(id) => {
                self.open.sessions.retain(|it| it != id);
                let session = id.clone();
                if self.open.producers.iter().any(|it| it.session() == session) {
                    return Err("a session removed before its producers");
                }
            }
            Some(Command::ConnectionId(_)) => {}
            _ => return Err("the end of what was not open"),
        }
        Ok(())
    }
}
