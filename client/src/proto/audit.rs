//! Messages that the application may have seen on links that are gone. A broker that takes over may
//! not know that they were delivered before; whoever receives them again is told.

use std::collections::{HashSet, VecDeque};

use relaismq_openwire::MessageId;

/// A bounded memory of message ids, oldest forgotten first.
#[derive(Debug, Default)]
pub(crate) struct Audit {
    seen: HashSet<MessageId>,
    order: VecDeque<MessageId>,
}

/// Ids kept: several links' worth of the largest prefetch.
const CAPACITY: usize = 131_072;

impl Audit {
    pub(crate) fn note(&mut self, id: MessageId) {
        if !self.seen.insert(id.clone()) {
            return;
        }
        self.order.push_back(id);
        if self.order.len() > CAPACITY
            && let Some(oldest) = self.order.pop_front()
        {
            self.seen.remove(&oldest);
        }
    }

    /// Costs nothing while no link has been lost.
    pub(crate) fn has(&self, id: Option<&MessageId>) -> bool {
        !self.seen.is_empty() && id.is_some_and(|id| self.seen.contains(id))
    }
}

#[cfg(test)]
mod tests {
    use relaismq_openwire::ConnectionId;

    use super::*;

    fn id(sequence: i64) -> MessageId {
        ConnectionId::new("ID:a").session(1).producer(1).message(sequence)
    }

    #[test]
    fn remembers_the_latest_ids_only() {
        let mut audit = Audit::default();
        assert!(!audit.has(Some(&id(0))));
        for sequence in 0..=i64::try_from(CAPACITY).unwrap() {
            audit.note(id(sequence));
        }
        assert!(!audit.has(Some(&id(0))) && audit.has(Some(&id(1))));
        assert!(!audit.has(None));
    }
}
