//! Branches of distributed transactions (XA): prepared, so that they outlive everything, and decided later,
//! by whoever says so.
//!
//! Several connections may work in one branch; it is prepared and decided as a whole. Until then a branch is
//! in the clients' transactions like any other ([`super::transaction`]).

use bytes::Bytes;
use relaismq_openwire::{
    Command, DataArrayResponse, TransactionId, TransactionInfo, encode_stored,
};

use crate::{
    engine::{
        Engine,
        io::Link,
        state::{
            client::Transaction,
            in_flight::InFlight,
            outcomes::{Answer, Then},
            prepared::{self, Branch, Decided},
            refusal::{Refusal, Reply},
            slab::SubId,
            work::Due,
        },
    },
    model::{Change, PreparedBranch},
};

/// Votes.
const XA_OK: i32 = 0;
const XA_RDONLY: i32 = 3;
/// Try again later.
const XA_RETRY: i32 = 4;
/// It has been rolled back.
const XA_RBROLLBACK: i32 = 100;
/// There is no such branch.
const XAER_NOTA: i32 = -4;
/// Not at this time.
const XAER_PROTO: i32 = -6;
/// There is one already.
const XAER_DUPID: i32 = -8;
/// The manager has to ask again.
const XAER_RMFAIL: i32 = -7;

impl Engine {
    pub(crate) fn distributed(
        &mut self,
        link: Link,
        id: &TransactionId,
        info: &TransactionInfo,
        answer_to: Option<i32>,
    ) -> Result<Reply, Refusal> {
        match info.transaction_type {
            TransactionInfo::BEGIN => self.start_branch(link, id),
            TransactionInfo::END => Ok(Reply::Done),
            TransactionInfo::PREPARE if self.prepared.has(id) => {
                self.prepare_again(link, id, answer_to)
            }
            TransactionInfo::COMMIT_ONE_PHASE if self.prepared.has(id) => {
                Err(Refusal::xa("the branch is prepared", XAER_PROTO))
            }
            TransactionInfo::COMMIT_ONE_PHASE | TransactionInfo::PREPARE if !self.is_open(id) => {
                Err(not_known(id))
            }
            TransactionInfo::COMMIT_ONE_PHASE => {
                self.commit(link, id, answer_to).map_err(Refusal::in_xa)
            }
            TransactionInfo::PREPARE => self.prepare(link, id, answer_to),
            TransactionInfo::COMMIT_TWO_PHASE => self.commit_prepared(link, id, answer_to),
            TransactionInfo::ROLLBACK => self.roll_back_branch(link, id, answer_to),
            // Nothing is ever decided here that a transaction manager has not decided.
            TransactionInfo::FORGET => Err(not_known(id)),
            _ => Err(Refusal::xa("an unknown command for a transaction", XAER_PROTO)),
        }
    }

    /// All that are in doubt.
    pub(crate) fn recover_branches(&mut self, link: Link, answer_to: Option<i32>) -> Reply {
        let Some(correlation_id) = answer_to else { return Reply::Later };
        let in_doubt = self.prepared.durable().filter_map(|id| match id {
            TransactionId::Xa(id) => Some(Some(Command::XaTransactionId((**id).clone()))),
            TransactionId::Local(_) => None,
        });
        let data = in_doubt.collect();
        self.send_to(
            link,
            DataArrayResponse { correlation_id, data: Some(data), ..DataArrayResponse::default() },
        );
        Reply::Later
    }

    /// A client that has reconnected says once more what it had done, perhaps of a branch that is prepared.
    fn start_branch(&mut self, link: Link, id: &TransactionId) -> Result<Reply, Refusal> {
        if !self.prepared.has(id) {
            return self.begin(link, id).map_err(Refusal::in_xa);
        }
        match self.repeats(link, id) {
            true => Ok(Reply::Done),
            false => Err(Refusal::xa("the branch is prepared", XAER_DUPID)),
        }
    }

    /// The answer was lost with the former link.
    fn prepare_again(
        &mut self,
        link: Link,
        id: &TransactionId,
        answer_to: Option<i32>,
    ) -> Result<Reply, Refusal> {
        self.decidable(id)?;
        if !self.repeats(link, id) {
            return Err(Refusal::xa("the branch is prepared", XAER_PROTO));
        }
        self.answer(link, vote(answer_to, XA_OK));
        Ok(Reply::Later)
    }

    fn prepare(
        &mut self,
        link: Link,
        id: &TransactionId,
        answer_to: Option<i32>,
    ) -> Result<Reply, Refusal> {
        let transaction = self.end_transaction(link, id).map_err(Refusal::in_xa)?;
        if let Some(why) = self.cannot_be_prepared(link, &transaction) {
            self.roll_back(link, id, transaction);
            return Err(Refusal::xa(&why, XA_RBROLLBACK));
        }
        let taken = self.acknowledged_anywhere(id, &transaction);
        if taken.is_empty() && transaction.sends.is_empty() {
            self.roll_back(link, id, transaction);
            self.answer(link, vote(answer_to, XA_RDONLY));
            return Ok(Reply::Later);
        }
        match self.as_stored(id, &transaction, taken) {
            Ok(bytes) => {
                self.keep_branch(id, bytes, transaction);
                self.work.later_for_sure(Then::Answer(link, vote(answer_to, XA_OK)));
                Ok(Reply::Later)
            }
            Err(why) => {
                self.roll_back(link, id, transaction);
                Err(Refusal::xa(&why, XA_RBROLLBACK))
            }
        }
    }

    /// It is no client's any more.
    fn keep_branch(&mut self, id: &TransactionId, bytes: Bytes, transaction: Transaction) {
        let number = self.prepared.next_number();
        self.work.change(Change::Mark { name: prepared::name(number), bytes });
        let Transaction { sends, held, memory, .. } = transaction;
        let branch = Branch { number, durable: false, sends, held, memory };
        self.prepared.insert(id.clone(), branch);
        self.work.later(Then::Voted(Box::new(id.clone())));
    }

    fn cannot_be_prepared(&mut self, link: Link, transaction: &Transaction) -> Option<String> {
        if let Some(reason) = &transaction.broken {
            return Some(format!("the transaction failed before: {reason}"));
        }
        if self.has_lost_its_acknowledgements(link, transaction) {
            return Some("what was acknowledged in it was lost with the former link".to_owned());
        }
        if self.prepared.is_full() {
            return Some("too many branches are in doubt: decide or roll back some".to_owned());
        }
        self.refuses_for_a_moment().then(|| "the store is full".to_owned())
    }

    /// What a transaction has acknowledged, wherever it is, and the store keeps.
    fn acknowledged_anywhere(
        &self,
        id: &TransactionId,
        transaction: &Transaction,
    ) -> Vec<InFlight> {
        let subs = self.consumers_in(None, id);
        let subs = subs.iter().filter_map(|sub| self.subscriptions.get(*sub));
        let open = subs.flat_map(|it| &it.in_flight).filter(|it| it.belongs_to(id));
        open.chain(&transaction.held).cloned().collect()
    }

    /// A branch as the store remembers it, or why it cannot.
    fn as_stored(
        &self,
        id: &TransactionId,
        transaction: &Transaction,
        taken: Vec<InFlight>,
    ) -> Result<Bytes, String> {
        let TransactionId::Xa(id) = id else { return Err("it is not distributed".to_owned()) };
        let sends = transaction.sends.iter();
        let messages = sends.map(|(message, _)| encode_stored(message)).collect::<Result<_, _>>();
        let messages = messages.map_err(|error| format!("a message cannot be stored: {error}"))?;
        let lasting = |it: InFlight| {
            let line = self.destinations.late_line(it.line)?;
            let container =
                line.container.clone().filter(|to| to.is_lasting() && it.entry.stored)?;
            it.entry.is_persistent().then_some((container, it.entry.sequence))
        };
        let taken = taken.into_iter().filter_map(lasting).collect();
        let bytes = PreparedBranch { id: (**id).clone(), messages, taken }.encode();
        match self.limits.message {
            Some(most) if bytes.len() > most => Err(format!(
                "the branch takes {} bytes, and the store has room for {most}",
                bytes.len()
            )),
            _ => Ok(bytes),
        }
    }

    /// It outlives everything from now on.
    pub(crate) fn voted(&mut self, id: &TransactionId) {
        if let Some(branch) = self.prepared.get_mut(id) {
            branch.durable = true;
        }
    }

    /// The store has no room for it.
    pub(crate) fn not_voted(&mut self, id: &TransactionId) {
        if let Some(branch) = self.prepared.remove(id) {
            self.release(id, branch);
        }
    }

    fn commit_prepared(
        &mut self,
        link: Link,
        id: &TransactionId,
        answer_to: Option<i32>,
    ) -> Result<Reply, Refusal> {
        let branch = self.decidable(id)?;
        if !branch.sends.is_empty() && self.refuses_for_a_moment() {
            return Err(Refusal::xa("the store is full", XA_RETRY));
        }
        let Some(mut branch) = self.prepared.remove(id) else { return Err(not_known(id)) };
        self.forget(&branch);
        let mut taken: Vec<(Option<SubId>, InFlight)> =
            std::mem::take(&mut branch.held).into_iter().map(|it| (None, it)).collect();
        for sub in self.consumers_in(None, id) {
            taken.extend(self.acknowledged_in(sub, id).into_iter().map(|it| (Some(sub), it)));
            self.work.due(Due::Credit(sub));
        }
        for (_, it) in &taken {
            self.unkeep(it.line, &it.entry);
            self.note_left(it.line);
        }
        self.send_committed(link, branch.sends.clone(), true);
        let decided = Decided { id: id.clone(), branch, taken };
        self.work.later(Then::Committed(Box::new(decided)));
        self.work.later_for_sure(Then::Answer(link, answer_to.into()));
        Ok(Reply::Later)
    }

    fn decidable(&self, id: &TransactionId) -> Result<&Branch, Refusal> {
        match self.prepared.get(id) {
            Some(branch) if branch.durable => Ok(branch),
            Some(_) => Err(Refusal::xa("the branch is being prepared", XAER_RMFAIL)),
            None if self.is_open(id) => Err(Refusal::xa("the branch is not prepared", XAER_PROTO)),
            None => Err(not_known(id)),
        }
    }

    /// Somebody works in it, or has done so.
    fn is_open(&self, id: &TransactionId) -> bool {
        self.clients.iter().any(|(_, client)| client.transactions.contains_key(id))
    }

    fn forget(&mut self, branch: &Branch) {
        let name = prepared::name(branch.number);
        self.work.change(Change::Mark { name, bytes: Bytes::new() });
    }

    fn roll_back_branch(
        &mut self,
        link: Link,
        id: &TransactionId,
        answer_to: Option<i32>,
    ) -> Result<Reply, Refusal> {
        if self.is_open(id) {
            let transaction = self.end_transaction(link, id).map_err(Refusal::in_xa)?;
            self.roll_back(link, id, transaction);
            return Ok(Reply::Done);
        }
        self.decidable(id)?;
        let Some(branch) = self.prepared.remove(id) else { return Err(not_known(id)) };
        self.forget(&branch);
        let decided = Decided { id: id.clone(), branch, taken: Vec::new() };
        self.work.later(Then::RolledBack(Box::new(decided)));
        self.work.later_for_sure(Then::Answer(link, answer_to.into()));
        Ok(Reply::Later)
    }

    /// What it had acknowledged is there again. Nothing of it is in the store any more.
    pub(crate) fn release(&mut self, id: &TransactionId, branch: Branch) {
        self.give_up(None, id, branch.held);
    }

    /// It could not be decided: there was no room. It waits as it did before.
    pub(crate) fn undecided(&mut self, Decided { id, branch, taken }: Decided) {
        self.prepared.insert(id.clone(), branch);
        for (sub, it) in taken {
            self.take_back(sub, it, Some(&id));
        }
    }
}

fn vote(answer_to: Option<i32>, vote: i32) -> Answer {
    answer_to.map_or(Answer::Silence, |command| Answer::Number(command, vote))
}

fn not_known(id: &TransactionId) -> Refusal {
    Refusal::xa(&format!("there is no branch {id}"), XAER_NOTA)
}
