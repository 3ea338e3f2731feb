//! Which consumer of a queue has which message group.

use std::collections::{BTreeMap, HashMap};

use relaismq_openwire::{Message, Text};

use super::ids::SubId;

/// Groups that a queue remembers, the oldest forgotten first. ActiveMQ's default table has as many.
const MOST: usize = 1024;

#[derive(Debug, Default)]
pub(crate) struct Groups {
    owners: HashMap<Text, (SubId, u64)>,
    /// By the time of their assignment.
    order: BTreeMap<u64, Text>,
    assignments: u64,
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

    /// True if the group is new to this consumer.
    pub(crate) fn assign(&mut self, group: &Text, sub: SubId) -> bool {
        if self.owners.get(group).is_some_and(|(owner, _)| *owner == sub) {
            return false;
        }
        self.assignments += 1;
        if let Some((_, before)) = self.owners.insert(group.clone(), (sub, self.assignments)) {
            self.order.remove(&before);
        }
        self.order.insert(self.assignments, group.clone());
        if self.order.len() > MOST
            && let Some((_, oldest)) = self.order.pop_first()
        {
            self.owners.remove(&oldest);
        }
        true
    }

    pub(crate) fn close(&mut self, group: &Text) {
        if let Some((_, assignment)) = self.owners.remove(group) {
            self.order.remove(&assignment);
        }
    }

    /// A consumer has gone.
    pub(crate) fn free(&mut self, sub: SubId) {
        self.owners.retain(|_, (owner, _)| *owner != sub);
        self.order.retain(|_, group| self.owners.contains_key(group));
    }
}
