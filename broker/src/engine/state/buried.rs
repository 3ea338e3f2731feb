//! Which messages have died lately, and of what.

use std::collections::{HashSet, VecDeque};

use relaismq_openwire::{Message, MessageId};

/// Why a message is dead.
#[derive(Clone, Debug)]
pub(crate) enum Cause {
    /// A consumer gave up.
    Poison(String),
    /// Its time is over.
    Expired,
}

/// How many dead letters are remembered, so that none is kept twice: a message that has several
/// subscribers may die with each of them.
const REMEMBERED: usize = 2048;

/// The latest dead letters.
#[derive(Debug, Default)]
pub(crate) struct Buried {
    ids: HashSet<MessageId>,
    order: VecDeque<MessageId>,
}

impl Buried {
    /// False if it is there already.
    pub(crate) fn note(&mut self, message: &Message) -> bool {
        let Some(id) = &message.message_id else { return true };
        if !self.ids.insert(id.clone()) {
            return false;
        }
        self.order.push_back(id.clone());
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.ids.remove(&oldest);
        }
        true
    }

    /// It was not kept after all.
    pub(crate) fn forget(&mut self, id: Option<&MessageId>) {
        if let Some(id) = id
            && self.ids.remove(id)
        {
            self.order.retain(|other| other != id);
        }
    }
}
