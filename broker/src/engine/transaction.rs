//! Local transactions: kept in memory, made durable as a whole by the commit.

use std::{collections::BTreeSet, sync::Arc};

use relaismq_openwire::{Destination, Message, TransactionId, TransactionInfo};

use super::{
    Engine, Reply,
    io::Link,
    is_local,
    outcome::Then,
    queue::{LineId, weight},
    refuse::Refusal,
    subscription::{InFlight, SubId},
};

#[derive(Debug, Default)]
pub(crate) struct Transaction {
    /// What was sent, and to where.
    sends: Vec<(Arc<Message>, Vec<Destination>)>,
    /// Acknowledged by consumers that have closed since.
    pub(crate) held: Vec<InFlight>,
    bytes: usize,
    /// Why it can only be rolled back.
    broken: Option<String>,
}

/// XAER_RMERR: a resource manager's error.
const XA_UNSUPPORTED: i32 = -3;

pub(crate) fn shown(id: &TransactionId) -> String {
    match id {
        TransactionId::Local(id) => id.to_string(),
        TransactionId::Xa(id) => id.to_string(),
    }
}

impl Engine {
    pub(super) fn transaction(
        &mut self,
        link: Link,
        info: &TransactionInfo,
        answer_to: Option<i32>,
    ) -> Result<Reply, Refusal> {
        if !is_local(info) || info.transaction_type == TransactionInfo::RECOVER {
            return Err(Refusal::xa("distributed transactions are not supported", XA_UNSUPPORTED));
        }
        let id = info.transaction_id.clone().ok_or_else(|| Refusal::jms("no transaction id"))?;
        match info.transaction_type {
            TransactionInfo::BEGIN => {
                if let Some(client) = self.clients.get_mut(&link) {
                    client.transactions.entry(id).or_default();
                }
                Ok(Reply::Done)
            }
            TransactionInfo::END => Ok(Reply::Done),
            TransactionInfo::COMMIT_ONE_PHASE => self.commit(link, &id, answer_to),
            TransactionInfo::ROLLBACK => {
                let transaction = self.end_transaction(link, &id)?;
                self.roll_back(link, &id, transaction);
                Ok(Reply::Done)
            }
            _ => Err(Refusal::xa("a local transaction cannot be prepared", XA_UNSUPPORTED)),
        }
    }

    fn end_transaction(&mut self, link: Link, id: &TransactionId) -> Result<Transaction, Refusal> {
        let client = self.clients.get_mut(&link);
        client.and_then(|client| client.transactions.remove(id)).ok_or_else(|| {
            Refusal::jms(format!("Transaction '{}' has not been started.", shown(id)))
        })
    }

    /// A message sent in a transaction.
    pub(super) fn enlist(
        &mut self,
        link: Link,
        message: Arc<Message>,
        targets: Vec<Destination>,
    ) -> Result<(), Refusal> {
        let limit = self.settings.transaction_bytes;
        let Some(client) = self.clients.get_mut(&link) else { return Ok(()) };
        let open: usize = client.transactions.values().map(|it| it.bytes).sum();
        let id = message.transaction_id.clone();
        let Some(transaction) = id.as_ref().and_then(|id| client.transactions.get_mut(id)) else {
            let id = id.as_ref().map(shown).unwrap_or_default();
            return Err(Refusal::jms(format!("Transaction '{id}' has not been started.")));
        };
        let bytes = weight(&message);
        if open + bytes > limit {
            let text = format!("uncommitted messages may take {limit} bytes");
            transaction.broken = Some(text.clone());
            return Err(Refusal::resources(text));
        }
        transaction.bytes += bytes;
        transaction.sends.push((message, targets));
        Ok(())
    }

    /// Something in it failed: it can only be rolled back.
    pub(super) fn break_transaction(&mut self, link: Link, id: &TransactionId, reason: &str) {
        let client = self.clients.get_mut(&link);
        if let Some(transaction) = client.and_then(|client| client.transactions.get_mut(id)) {
            transaction.broken.get_or_insert_with(|| reason.to_owned());
        }
    }

    fn commit(
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
        let mut taken = std::mem::take(&mut transaction.held);
        for sub in self.consumers_of(link) {
            taken.extend(self.acknowledged_in(sub, id));
        }
        let lines: BTreeSet<LineId> = taken.iter().map(|it| it.line).collect();
        self.consume(taken);
        for (message, targets) in transaction.sends {
            if self.is_repeated(link, &message) {
                continue;
            }
            if self.route(&message, &targets) {
                self.note_producer(link, &message);
            }
        }
        for line in lines {
            self.dispatch(line);
        }
        if self.batch.changes.is_empty() {
            return Ok(Reply::Done);
        }
        self.batch.sync = true;
        self.then.extend(answer_to.map(|command| Then::Respond(link, command)));
        Ok(Reply::Later)
    }

    fn consumers_of(&self, link: Link) -> Vec<SubId> {
        let consumers = self.clients.get(&link).map(|client| client.consumers.values().copied());
        consumers.into_iter().flatten().collect()
    }

    /// Takes out what the transaction acknowledged.
    fn acknowledged_in(&mut self, sub: SubId, id: &TransactionId) -> Vec<InFlight> {
        let Some(subscription) = self.subscription(sub) else { return Vec::new() };
        let all = std::mem::take(&mut subscription.in_flight);
        let (taken, kept): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|it| it.transaction.as_ref() == Some(id));
        subscription.in_flight = kept.into();
        subscription.extension = subscription.extension.saturating_sub(taken.len());
        taken
    }

    /// What was sent is forgotten. What was acknowledged stays with its consumer, which delivers it
    /// again by itself; only what closed consumers had goes back.
    fn roll_back(&mut self, link: Link, id: &TransactionId, transaction: Transaction) {
        for sub in self.consumers_of(link) {
            let Some(subscription) = self.subscription(sub) else { continue };
            for it in &mut subscription.in_flight {
                if it.transaction.as_ref() == Some(id) {
                    it.transaction = None;
                }
            }
        }
        let lines: BTreeSet<LineId> = transaction.held.iter().map(|it| it.line).collect();
        for it in transaction.held {
            self.put_back(it.line, it);
        }
        for line in lines {
            self.dispatch(line);
        }
    }

    /// The connection ends with transactions open.
    pub(super) fn roll_back_all(&mut self, link: Link) {
        let open =
            self.clients.get_mut(&link).map(|client| std::mem::take(&mut client.transactions));
        for (id, transaction) in open.unwrap_or_default() {
            self.roll_back(link, &id, transaction);
        }
    }
}
