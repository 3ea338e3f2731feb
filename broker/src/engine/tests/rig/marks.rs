//! What consumers have been given, and what the store was told of that.

use std::collections::HashMap;

use relaismq_openwire::{Command, MessageId};

use super::{Delivery, Rig};
use crate::{
    engine::io::Effect,
    model::{Batch, Change, Container, sequence},
};

/// Everything since the first start of the broker.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    /// How often each message was sent to a consumer.
    given: HashMap<MessageId, usize>,
    /// Marked in the batch that keeps them: it was foreseen that they will be given.
    foreseen: Vec<(Container, u64, u64)>,
    /// Marked because they belong to a consumer.
    assigned: Vec<(Container, u64, u64)>,
}

impl Marks {
    pub(super) fn observe(&mut self, effect: &Effect) {
        match effect {
            Effect::Send { command: Command::MessageDispatch(dispatch), .. } => {
                let message = dispatch.message.as_ref();
                if let Some(id) = message.and_then(|it| it.message_id.clone()) {
                    *self.given.entry(id).or_default() += 1;
                }
            }
            Effect::Store { batch, .. } => self.note(batch),
            _ => {}
        }
    }

    fn note(&mut self, batch: &Batch) {
        let arriving = batch.changes.iter().any(|it| matches!(it, Change::Add { .. }));
        let marks = if arriving { &mut self.foreseen } else { &mut self.assigned };
        for change in &batch.changes {
            if let Change::Offer { container, first, last } = change {
                marks.push((container.clone(), *first, *last));
            }
        }
    }

    /// How often it was sent to a consumer.
    pub(crate) fn given(&self, id: &MessageId) -> usize {
        self.given.get(id).copied().unwrap_or(0)
    }

    /// It was marked when it came, because it would be given at once.
    pub(crate) fn was_foreseen(&self, delivery: &Delivery) -> bool {
        covers(&self.foreseen, delivery)
    }

    /// It belonged to a consumer, whether it was sent or not.
    pub(crate) fn was_assigned(&self, delivery: &Delivery) -> bool {
        covers(&self.assigned, delivery)
    }
}

fn covers(marks: &[(Container, u64, u64)], delivery: &Delivery) -> bool {
    let arrival = u64::try_from(delivery.sequence()).expect("positive");
    let priority = delivery.message.as_ref().map_or(0, |message| message.priority);
    // Whether the queue was prioritized then.
    let sequences = [arrival, sequence::by_priority(arrival, priority)];
    let destination = delivery.destination.as_ref().expect("a destination");
    marks.iter().any(|(container, first, last)| {
        let here = match container {
            Container::Queue(name) => destination.name == *name.as_str(),
            Container::Subscription(_) | Container::Subscriber(_) | Container::Topic(_) => {
                !destination.kind.is_queue()
            }
        };
        here && sequences.iter().any(|it| (*first..=*last).contains(it))
    })
}

impl Rig {
    /// So many messages of a queue are marked as perhaps seen.
    pub(crate) fn marked(&mut self, queue: &str) -> usize {
        let container = Container::Queue(queue.into());
        self.kept_messages(&container).iter().filter(|it| it.offered).count()
    }
}
