//! What a store holds is taken over.

use crate::{
    engine::{Engine, state::destinations::Target},
    model::{Change, Container, ContainerSummary, SubscriptionRecord},
};

impl Engine {
    /// What a store holds of a queue or durable subscription is all tail at first.
    pub(crate) fn restore_container(&mut self, summary: &ContainerSummary) {
        let line = match &summary.container {
            Container::Queue(name) => {
                let queue = relaismq_openwire::Destination::queue(name.as_str());
                match self.destinations.find(&queue) {
                    Some(Target::Queue(line)) => line,
                    _ => self.make_queue(&queue, true),
                }
            }
            Container::Subscription(key) => match self.durables.line(key) {
                Some(line) => line,
                None => return,
            },
            // It does not outlive the process.
            Container::Subscriber(_) | Container::Topic(_) => return,
        };
        let last = self.last_sequence;
        let Some(line) = self.destinations.line_mut(line).filter(|_| summary.count > 0) else {
            return;
        };
        if summary.prioritized && !line.prioritized {
            tracing::info!(container = ?summary.container, "keeps the order of priorities until a start finds it empty");
            line.prioritized = true;
        }
        let last = if line.prioritized { u64::MAX } else { last };
        line.tail.exists = true;
        line.tally.inherited = summary.count;
        line.tail.last = last;
        if self.settings.marks && !self.inherited.offers_known {
            // The next start will know of this one only, so what is suspect now is marked.
            let container = summary.container.clone();
            self.work.change(Change::Offer { container, first: 0, last });
        }
    }

    pub(crate) fn restore_durables(&mut self, records: Vec<SubscriptionRecord>) {
        for record in records {
            self.make_durable(record);
        }
    }
}
