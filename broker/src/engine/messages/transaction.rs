//! Transactions while they are open: kept in memory, made durable as a whole by the commit. What is different
//! for distributed ones is in [`super::distributed`].

use std::sync::Arc;

use relaismq_openwire::{Message, MessageAck, TransactionId, TransactionInfo};

use crate::engine::{
    Engine,
    io::Link,
    state::{
        account::Share,
        client::{Client, Route, Transaction, not_started},
        in_flight::InFlight,
        outcomes::Then,
        refusal::{Refusal, Reply},
        slab::SubId,
        work::Due,
    },
};

/// XAER_PROTO: what is asked does not fit.
const XAER_PROTO: i32 = -6;

impl Engine {
    pub(crate) fn transaction(
        &mut self,
        link: Link,
        info: &TransactionInfo,
        answer_to: Option<i32>,
    ) -> Result<Reply, Refusal> {
        let id = info.transaction_id.as_ref().ok_or_else(|| Refusal::jms("no transaction id"))?;
        match info.transaction_type {
            TransactionInfo::BEGIN => self.begin(link, id),
            TransactionInfo::END => Ok(Reply::Done),
            TransactionInfo::COMMIT_ONE_PHASE => self.commit(link, id, answer_to),
            TransactionInfo::ROLLBACK => {
                let transaction = self.end_transaction(link, id)?;
                self.roll_back(link, id, transaction);
                Ok(Reply::Done)
            }
            _ => Err(Refusal::xa("a local transaction cannot be prepared", XAER_PROTO)),
        }
    }

    pub(crate) fn begin(&mut self, link: Link, id: &TransactionId) -> Result<Reply, Refusal> {
        let limit = self.settings.members_per_connection;
        let Some(client) = self.clients.get_mut(link) else { return Ok(Reply::Done) };
        if client.transactions.len() >= limit && !client.transactions.contains_key(id) {
            let text = format!("a connection may have {limit} open transactions");
            return Err(Refusal::resources(text));
        }
        let memory = self.uncommitted.share();
        let new = || Transaction { memory, ..Transaction::default() };
        client.transactions.entry(id.clone()).or_insert_with(new);
        Ok(Reply::Done)
    }

    /// Of a distributed one also what other connections did in it.
    pub(crate) fn end_transaction(
        &mut self,
        link: Link,
        id: &TransactionId,
    ) -> Result<Transaction, Refusal> {
        let client = self.clients.get_mut(link);
        let own = client.and_then(|client| client.transactions.remove(id));
        if matches!(id, TransactionId::Local(_)) {
            return own.ok_or_else(|| not_started(id));
        }
        let others = self.clients.iter_mut().filter_map(|it| it.transactions.remove(id));
        let all: Vec<Transaction> = own.into_iter().chain(others).collect();
        all.into_iter().reduce(Transaction::join).ok_or_else(|| not_started(id))
    }

    /// What is said of this transaction is said again, by a client that has reconnected: it is prepared, and
    /// nothing of it is to be done.
    pub(crate) fn repeats(&self, link: Link, id: &TransactionId) -> bool {
        let reconnected = self.clients.get(link).is_some_and(|client| client.reconnected);
        reconnected && self.prepared.has(id)
    }

    /// A message sent in a transaction.
    pub(crate) fn enlist(
        &mut self,
        link: Link,
        message: Arc<Message>,
        route: Route,
    ) -> Result<(), Refusal> {
        let limit = self.settings.transaction_bytes;
        let Some(id) = &message.transaction_id else { return Ok(()) };
        if self.repeats(link, id) {
            return Ok(());
        }
        let Some(client) = self.clients.get_mut(link) else { return Ok(()) };
        let transaction = client.transactions.get_mut(id).ok_or_else(|| not_started(id))?;
        if transaction.broken.is_some() {
            return Ok(());
        }
        let bytes = message.footprint();
        if !transaction.memory.has_room_for(bytes) {
            return Err(Refusal::resources(format!("uncommitted messages may take {limit} bytes")));
        }
        transaction.memory.add(bytes);
        transaction.sends.push((message, route));
        Ok(())
    }

    /// A client that is told that a message has expired has begun a transaction for it all the same.
    pub(crate) fn note_acknowledged(&mut self, link: Link, ack: &MessageAck) {
        let Some(client) = self.clients.get_mut(link) else { return };
        match &ack.transaction_id {
            Some(id) => {
                if let Some(it) = client.transactions.get_mut(id) {
                    it.acknowledged = true;
                }
            }
            None if ack.ack_type == MessageAck::EXPIRED => {
                client.transactions.values_mut().for_each(|it| it.acknowledged = true);
            }
            None => {}
        }
    }

    /// Java drops what it acknowledges while its link is down, and may commit before it has noticed
    /// that the link was down at all. Such a commit would succeed and leave every message in flight.
    pub(crate) fn has_lost_its_acknowledgements(
        &self,
        link: Link,
        transaction: &Transaction,
    ) -> bool {
        let resumed = self.clients.get(link).is_some_and(|client| client.reconnected);
        resumed && transaction.sends.is_empty() && !transaction.acknowledged
    }

    /// Something in it failed: it can only be rolled back, so what was sent in it is not needed.
    pub(crate) fn break_transaction(&mut self, link: Link, id: &TransactionId, reason: &str) {
        let client = self.clients.get_mut(link);
        if let Some(transaction) = client.and_then(|client| client.transactions.get_mut(id)) {
            transaction.broken.get_or_insert_with(|| reason.to_owned());
            transaction.sends = Vec::new();
            transaction.memory = Share::default();
        }
    }

    pub(crate) fn commit(
        &mut self,
        link: Link,
        id: &TransactionId,
        answer_to: Option<i32>,
    ) -> Result<Reply, Refusal> {
        let mut transaction = self.end_transaction(link, id)?;
        if let Some(reason) = transaction.broken.take() {
            self.roll_back(link, id, transaction);
            return Err(Refusal::rolled_back(format!("the transaction failed before: {reason}")));
        }
        if self.has_lost_its_acknowledgements(link, &transaction) {
            return Err(Refusal::rolled_back(
                "nothing of the transaction has arrived: what was acknowledged in it was lost \
                 with the connection's former link",
            ));
        }
        let sends = std::mem::take(&mut transaction.sends);
        let (repeated, sends): (Vec<_>, Vec<_>) =
            sends.into_iter().partition(|(message, _)| self.is_repeated(link, message));
        let under_way = repeated.iter().rfind(|(message, _)| self.is_under_way(message));
        if let Some((message, _)) = under_way {
            if sends.is_empty() && !self.acknowledges(link, id, &transaction) {
                self.answer_with(message, link, answer_to.into());
                return Ok(Reply::Later);
            }
            // Whether it can succeed is known only when the store has answered.
            self.roll_back(link, id, transaction);
            return Err(Refusal::rolled_back("an earlier attempt to commit is still under way"));
        }
        if !sends.is_empty() && self.refuses_for_a_moment() {
            self.roll_back(link, id, transaction);
            self.note_all_refused(link, &sends);
            return Err(Refusal::resources("the store is full"));
        }
        let consumers = self.consumers_in(Some(link), id);
        let held = std::mem::take(&mut transaction.held).into_iter().map(|it| (None, it));
        let mut taken: Vec<_> = held.collect();
        for sub in &consumers {
            taken.extend(self.acknowledged_in(*sub, id).into_iter().map(|it| (Some(*sub), it)));
        }
        let freed = !taken.is_empty();
        // Nothing of it is seen before all of it is durable.
        let stored = taken.iter().any(|(_, it)| it.entry.stored);
        let waits = stored || sends.iter().any(|(message, _)| message.persistent);
        let moved = waits && !taken.is_empty();
        self.take_out(taken, waits);
        let kept = self.send_committed(link, sends, waits);
        if freed {
            consumers.into_iter().for_each(|sub| self.work.due(Due::Credit(sub)));
        }
        if !moved && !kept {
            return Ok(Reply::Done);
        }
        self.work.batch.sync |= stored;
        self.work.later(Then::Answer(link, answer_to.into()));
        Ok(Reply::Later)
    }

    fn take_out(&mut self, taken: Vec<(Option<SubId>, InFlight)>, waits: bool) {
        for (sub, it) in taken {
            self.unkeep(it.line, &it.entry);
            self.note_left(it.line);
            if waits {
                self.work.later(Then::Moved(sub, Box::new(it)));
            }
        }
    }

    /// True if the store has to answer before some of it is seen.
    pub(crate) fn send_committed(
        &mut self,
        link: Link,
        sends: Vec<(Arc<Message>, Route)>,
        held: bool,
    ) -> bool {
        let mut any = false;
        if !sends.is_empty() {
            self.work.sends = Some(link);
        }
        for (message, route) in sends {
            let noted = self.progress_of(link, &message);
            let kept = self.deliver(message, route, held);
            any |= kept;
            if kept {
                self.note_progress(noted);
            }
        }
        any
    }

    fn note_all_refused(&mut self, link: Link, sends: &[(Arc<Message>, Route)]) {
        for (message, _) in sends {
            if let Some((producer, sequence)) = self.progress_of(link, message) {
                self.note_refused(&producer, sequence);
            }
        }
    }

    /// Whether anything was consumed in it.
    fn acknowledges(&self, link: Link, id: &TransactionId, transaction: &Transaction) -> bool {
        let open = |sub: SubId| {
            let subscription = self.subscriptions.get(sub);
            subscription.is_some_and(|it| it.in_flight.iter().any(|it| it.belongs_to(id)))
        };
        !transaction.held.is_empty() || self.consumers_in(Some(link), id).into_iter().any(open)
    }

    /// Who may have acknowledged something in it: in a distributed one, everybody.
    pub(crate) fn consumers_in(&self, link: Option<Link>, id: &TransactionId) -> Vec<SubId> {
        let distributed = matches!(id, TransactionId::Xa(_));
        let own = link.filter(|_| !distributed).and_then(|link| self.clients.get(link));
        let all = self.clients.iter().map(|(_, client)| client).filter(|_| distributed);
        own.into_iter().chain(all).flat_map(|client| client.consumers.values().copied()).collect()
    }

    /// Takes out what the transaction acknowledged.
    pub(crate) fn acknowledged_in(&mut self, sub: SubId, id: &TransactionId) -> Vec<InFlight> {
        let subscription = self.subscriptions.get_mut(sub);
        subscription.map(|it| it.take_acknowledged(id)).unwrap_or_default()
    }

    /// What was sent is forgotten.
    pub(crate) fn roll_back(&mut self, link: Link, id: &TransactionId, transaction: Transaction) {
        self.give_up(Some(link), id, transaction.held);
    }

    /// What was acknowledged stays with its consumer, which delivers it again by itself; only what closed
    /// consumers had goes back.
    pub(crate) fn give_up(&mut self, link: Option<Link>, id: &TransactionId, held: Vec<InFlight>) {
        for sub in self.consumers_in(link, id) {
            let Some(subscription) = self.subscriptions.get_mut(sub) else { continue };
            for it in &mut subscription.in_flight {
                if it.belongs_to(id) {
                    it.transaction = None;
                }
            }
        }
        for it in held {
            self.work.ready(it.line);
            self.put_back(it);
        }
    }

    /// What was taken away is not: it is on its way to its consumer again if that is still there, in this
    /// transaction, else held by it; without one, back in its line.
    pub(crate) fn take_back(
        &mut self,
        sub: Option<SubId>,
        it: InFlight,
        within: Option<&TransactionId>,
    ) {
        if it.entry.stored {
            self.count_kept(it.line, it.entry.bytes, true);
        }
        self.buried.forget(it.entry.id());
        self.note_returned(it.line);
        let transaction = within.map(|id| Arc::new(id.clone()));
        if let Some(subscription) = sub.and_then(|sub| self.subscriptions.late_mut(sub)) {
            return subscription.restore(InFlight { transaction, ..it });
        }
        match within.and_then(|id| self.prepared.get_mut(id)) {
            Some(branch) => branch.held.push(it),
            None => self.put_back(it),
        }
    }

    /// The connection ends with transactions open.
    pub(crate) fn roll_back_all(&mut self, link: Link) {
        let open =
            self.clients.get_mut(link).map(|client| std::mem::take(&mut client.transactions));
        for (id, transaction) in open.unwrap_or_default() {
            self.roll_back(link, &id, transaction);
            self.break_for_others(&id);
        }
    }

    /// A part of it is lost, so that it cannot be whole any more.
    fn break_for_others(&mut self, id: &TransactionId) {
        if matches!(id, TransactionId::Local(_)) {
            return;
        }
        let open =
            |(link, client): (Link, &Client)| client.transactions.contains_key(id).then_some(link);
        let others: Vec<Link> = self.clients.iter().filter_map(open).collect();
        for other in others {
            self.break_transaction(other, id, "another connection that had worked in it is gone");
        }
    }
}
