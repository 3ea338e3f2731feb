//! Branches of distributed transactions that are prepared. They belong to no client any more: they wait for
//! the word of their transaction manager, over restarts, too.

use std::{collections::BTreeMap, sync::Arc};

use relaismq_openwire::{Message, TransactionId};

use crate::engine::state::{account::Share, client::Route, in_flight::InFlight, slab::SubId};

/// All that there are.
#[derive(Debug, Default)]
pub(crate) struct Prepared {
    branches: BTreeMap<TransactionId, Branch>,
    /// The store knows each by a number.
    last: u64,
}

/// Most that wait at the same time: each of them is in the store's way as long as it does.
const MOST: usize = 10_000;

/// What the store calls them.
const NAME: &str = "xa:";

#[derive(Debug, Default)]
pub(crate) struct Branch {
    /// By which the store knows it.
    pub(crate) number: u64,
    /// The store has it.
    pub(crate) durable: bool,
    /// These are sent if it is committed.
    pub(crate) sends: Vec<(Arc<Message>, Route)>,
    /// Acknowledged in it, by consumers that are gone. What others have acknowledged is still with them.
    pub(crate) held: Vec<InFlight>,
    /// Of what is sent.
    #[expect(dead_code, reason = "what is in it counts as long as it lives")]
    pub(crate) memory: Share,
}

/// A decision on its way to the store: what has to be made good if that has no room.
#[derive(Debug)]
pub(crate) struct Decided {
    pub(crate) id: TransactionId,
    pub(crate) branch: Branch,
    /// What was taken away, and from whom.
    pub(crate) taken: Vec<(Option<SubId>, InFlight)>,
}

impl Prepared {
    pub(crate) fn is_full(&self) -> bool {
        self.branches.len() >= MOST
    }

    pub(crate) const fn next_number(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    pub(crate) fn insert(&mut self, id: TransactionId, branch: Branch) {
        self.last = self.last.max(branch.number);
        self.branches.insert(id, branch);
    }

    pub(crate) fn remove(&mut self, id: &TransactionId) -> Option<Branch> {
        self.branches.remove(id)
    }

    pub(crate) fn get(&self, id: &TransactionId) -> Option<&Branch> {
        self.branches.get(id)
    }

    pub(crate) fn get_mut(&mut self, id: &TransactionId) -> Option<&mut Branch> {
        self.branches.get_mut(id)
    }

    pub(crate) fn has(&self, id: &TransactionId) -> bool {
        self.branches.contains_key(id)
    }

    /// Those that the store has.
    pub(crate) fn durable(&self) -> impl Iterator<Item = &TransactionId> {
        self.branches.iter().filter(|(_, branch)| branch.durable).map(|(id, _)| id)
    }

    /// What nobody may have before it is decided.
    pub(crate) fn held(&self) -> impl Iterator<Item = &InFlight> {
        self.branches.values().flat_map(|branch| &branch.held)
    }
}

/// By which the store knows the branch of this number.
pub(crate) fn name(number: u64) -> String {
    format!("{NAME}{number}")
}

/// The number, if it is the name of a branch.
pub(crate) fn number(name: &str) -> Option<u64> {
    name.strip_prefix(NAME)?.parse().ok()
}
