//! Which consumer of a queue has which message group.

use std::collections::{BTreeMap, HashMap};

use relaismq_openwire::{Message, Text};

use crate::engine::state::slab::SubId;

/// Groups that a queue remembers, the oldest forgotten first. ActiveMQ's default table has as many.
const MOST: usize = 1024;

#[derive(Debug, Default)]
pub(crate) struct Groups {
    owners: HashMap<Text, (SubId, u64)>,
    /// By the time of their assignment.
    order: BTreeMap<u64, Text>,
    assignments: u64,
    /// How many groups a consumer has.
    loads: HashMap<SubId, usize>,
}

impl Groups {
    pub(crate) fn is_empty(&self) -> bool {
        self.owners.is_empty()
    }

    pub(crate) fn has(&self, group: &Text) -> bool {
        self.owners.contains_key(group)
    }

    /// The group is nobody else's. A group that begins anew goes to whoever is next.
    pub(crate) fn allows(&self, message: &Message, sub: SubId) -> bool {
        let Some(group) = &message.group_id else { return true };
        message.group_sequence == 1 || self.owners.get(group).is_none_or(|(owner, _)| *owner == sub)
    }

    /// How many groups a consumer has, if that matters for a message: a group that has no owner is
    /// for whoever has the fewest, as in ActiveMQ.
    pub(crate) fn load(&self, message: &Message, sub: SubId) -> usize {
        let ownerless = message.group_id.as_ref().is_some_and(|group| !self.has(group));
        if ownerless { self.loads.get(&sub).copied().unwrap_or(0) } else { 0 }
    }

    /// True if the group is new to this consumer.
    pub(crate) fn assign(&mut self, group: &Text, sub: SubId) -> bool {
        if self.owners.get(group).is_some_and(|(owner, _)| *owner == sub) {
            return false;
        }
        self.close(group);
        self.assignments += 1;
        self.owners.insert(group.clone(), (sub, self.assignments));
        self.order.insert(self.assignments, group.clone());
        *self.loads.entry(sub).or_default() += 1;
        if self.order.len() > MOST
            && let Some((_, oldest)) = self.order.first_key_value()
        {
            self.close(&oldest.clone());
        }
        true
    }

    pub(crate) fn close(&mut self, group: &Text) {
        let Some((owner, assignment)) = self.owners.remove(group) else { return };
        self.order.remove(&assignment);
        if let Some(load) = self.loads.get_mut(&owner) {
            *load = load.saturating_sub(1);
        }
    }

    /// A consumer has gone.
    pub(crate) fn free(&mut self, sub: SubId) {
        self.owners.retain(|_, (owner, _)| *owner != sub);
        self.order.retain(|_, group| self.owners.contains_key(group));
        self.loads.remove(&sub);
    }
}
