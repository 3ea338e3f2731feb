//! Somebody goes through a queue, to show it or to do something with what is in it.

use std::collections::BTreeMap;

use relaismq_openwire::Message;

use crate::{
    engine::{
        io::{Fate, Pick, Seen, Token},
        state::slab::LineId,
    },
    selectable::Selectable,
};

/// Messages that are looked at in one step.
pub(crate) const STRIDE: usize = 200;

/// Walks at once; each step of one costs the engine a moment.
const MOST: usize = 16;

/// Names a walk for as long as it lasts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct WalkId(u64);

#[derive(Debug)]
pub(crate) struct Walk {
    /// Who is told of its end.
    pub(crate) token: Token,
    pub(crate) line: LineId,
    /// Everything up to this sequence has been looked at.
    pub(crate) after: u64,
    /// What comes behind this one is not.
    pub(crate) through: u64,
    /// Nor what has arrived after this one, though it may come before others.
    pub(crate) newest: u64,
    pub(crate) pick: Pick,
    pub(crate) purpose: Purpose,
}

#[derive(Debug)]
pub(crate) enum Purpose {
    /// So many are to be shown, of a bounded number that is looked at.
    Show { seen: Vec<Seen>, limit: usize, looked: usize },
    /// Something becomes of them, and has of so many.
    Do { fate: Fate, done: u64 },
}

impl Walk {
    pub(crate) fn wants(&self, message: &Message) -> bool {
        match &self.pick {
            Pick::All => true,
            Pick::Ids(ids) => {
                message.message_id.as_ref().is_some_and(|id| ids.contains(&id.to_string()))
            }
            Pick::Where(selector) => selector.matches(&Selectable(message)),
        }
    }

    /// This one has been dealt with; who names messages names each once.
    pub(crate) fn tick_off(&mut self, message: &Message) {
        if let (Pick::Ids(ids), Some(id)) = (&mut self.pick, &message.message_id) {
            ids.remove(&id.to_string());
        }
    }

    pub(crate) fn is_over(&self) -> bool {
        self.after >= self.through || matches!(&self.pick, Pick::Ids(ids) if ids.is_empty())
    }

    /// What it does needs room.
    pub(crate) const fn adds(&self) -> bool {
        matches!(self.purpose, Purpose::Do { fate: Fate::Copy(_), .. })
    }

    /// So many messages have been dealt with.
    pub(crate) const fn done(&self) -> u64 {
        match self.purpose {
            Purpose::Show { .. } => 0,
            Purpose::Do { done, .. } => done,
        }
    }
}

/// Those that are under way.
#[derive(Debug, Default)]
pub(crate) struct Walks {
    last: u64,
    under_way: BTreeMap<WalkId, Walk>,
}

impl Walks {
    pub(crate) fn are_too_many(&self) -> bool {
        self.under_way.len() >= MOST
    }

    pub(crate) fn begin(&mut self, walk: Walk) -> WalkId {
        self.last += 1;
        let id = WalkId(self.last);
        self.under_way.insert(id, walk);
        id
    }

    pub(crate) fn get(&self, id: WalkId) -> Option<&Walk> {
        self.under_way.get(&id)
    }

    pub(crate) fn get_mut(&mut self, id: WalkId) -> Option<&mut Walk> {
        self.under_way.get_mut(&id)
    }

    /// It had ended for as long as it was dealt with.
    pub(crate) fn resume(&mut self, id: WalkId, walk: Walk) {
        self.under_way.insert(id, walk);
    }

    pub(crate) fn end(&mut self, id: WalkId) -> Option<Walk> {
        self.under_way.remove(&id)
    }
}
