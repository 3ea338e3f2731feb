//! One change after the other.

use std::collections::BTreeSet;

use relaismq_openwire::Text;

use super::producers::Touched;
use super::{Added, Plan};
use crate::model::{Change, Container, Envelope, SubscriptionKey, SubscriptionRecord, sequence};
use crate::store::sql::state::{State, all_marks_of, marks_of, queue, topic};

impl Plan {
    pub(super) fn apply(&mut self, change: &Change, state: &mut State, touched: &mut Touched) {
        match change {
            Change::Add { transient: true, .. } | Change::DropSubscriber(_) => {
                self.note_sequence(change, state);
                self.spilled.push(change.clone());
            }
            Change::Add { container: Container::Queue(name), sequence, envelope, blob, .. } => {
                let container = queue(name);
                let (id, marked) = (sequence::arrival(*sequence), marks_of(&container, *sequence));
                if let Some(marks) = state.marks.get_mut(&marked)
                    && id <= self.before
                    && marks.take(id)
                {
                    self.marked.insert(marked);
                }
                self.add(container, *sequence, envelope, blob.clone(), state);
            }
            // What lasts and is no queue's comes by publishing.
            Change::Add { .. } => {}
            Change::Publish { topic: name, subscriptions, sequence, envelope, blob } => {
                let numbers = subscriptions.iter().map(|key| state.topics.number(key)).collect();
                self.publish(name, &numbers, *sequence, state);
                self.add(topic(name), *sequence, envelope, blob.clone(), state);
            }
            Change::Offer { container, first, last } => self.offer(container, *first, *last, state),
            Change::Remove { container, sequence } => self.remove(container, *sequence, state),
            Change::PutSubscription(record) => self.put(record, state),
            Change::DropSubscription(key) => self.drop_subscription(key, state),
            Change::PutQueue(name) => drop(self.queues.insert(queue(name), true)),
            Change::DropQueue(name) => self.drop_queue(&queue(name), change, state),
            Change::ProducerSequence { producer, sequence } => {
                let highest = state.producers.entry(producer.clone()).or_insert(*sequence);
                *highest = (*highest).max(*sequence);
                touched.insert(producer.clone());
            }
            Change::DropProducer(producer) => {
                state.producers.remove(producer);
                state.unsaved.remove(producer);
                touched.remove(producer);
                self.producers.insert(producer.clone(), None);
            }
            Change::Mark { name, bytes } => drop(self.named.insert(name.clone(), bytes.clone())),
        }
    }

    fn note_sequence(&mut self, change: &Change, state: &mut State) {
        if let Change::Add { sequence, .. } = change {
            state.last_sequence = state.last_sequence.max(sequence::arrival(*sequence));
        }
    }

    fn add(
        &mut self,
        container: String,
        sequence: u64,
        envelope: &Envelope,
        blob: bytes::Bytes,
        state: &mut State,
    ) {
        let priority = sequence::priority(sequence).map_or(0, i64::from);
        let id = sequence::arrival(sequence);
        if id <= self.before {
            // It may be there already, and is replaced then.
            self.removed.entry(container.clone()).or_default().push(id);
        }
        state.last_sequence = state.last_sequence.max(id);
        let producer = envelope.producer.as_ref().map(ToString::to_string);
        let envelope = envelope.clone();
        self.added.insert(id, Added { container, producer, envelope, priority, blob });
    }

    fn publish(&mut self, name: &Text, numbers: &BTreeSet<u32>, sequence: u64, state: &mut State) {
        state.topics.publish(name, numbers, sequence, &mut self.progress);
    }

    /// Only what was there at the time is marked; what comes later has a higher id.
    fn offer(&mut self, container: &Container, first: u64, last: u64, state: &mut State) {
        let Some(name) = state.marks_name(container, first) else { return };
        let (first, last) = (sequence::arrival(first), sequence::arrival(last));
        let last = last.min(state.last_sequence);
        if first <= last {
            state.marks.entry(name.clone()).or_default().add(first, last);
            self.marked.insert(name);
        }
    }

    fn remove(&mut self, container: &Container, sequence: u64, state: &mut State) {
        match container {
            Container::Queue(name) => {
                let container = queue(name);
                self.remove_from_queue(container, sequence::arrival(sequence));
            }
            Container::Subscription(key) => {
                let Some(number) = state.topics.known(key) else { return };
                state.topics.remove(number, sequence, &mut self.progress);
                self.bury();
            }
            Container::Topic(_) | Container::Subscriber(_) => {}
        }
        self.spilled.push(Change::Remove { container: container.clone(), sequence });
    }

    fn remove_from_queue(&mut self, container: String, sequence: u64) {
        let is_new = self.added.get(&sequence).is_some_and(|added| added.container == container);
        if is_new {
            self.added.remove(&sequence);
        }
        if sequence <= self.before {
            self.removed.entry(container).or_default().push(sequence);
        }
    }

    /// What came and went within this group is never written.
    fn bury(&mut self) {
        let (added, before) = (&mut self.added, self.before);
        self.progress.dead.retain(|id| added.remove(id).is_none() || *id <= before);
    }

    fn put(&mut self, record: &SubscriptionRecord, state: &mut State) {
        let number = state.topics.number(&record.key);
        state.records.insert(record.key.clone(), record.clone());
        self.put.insert(number);
        if !is_pattern(&record.topic) {
            let next = state.last_sequence + u64::from(state.last_sequence > 0);
            let name = Text::from(record.topic.as_str());
            state.topics.begin(&name, number, next, &mut self.progress);
        }
    }

    fn drop_subscription(&mut self, key: &SubscriptionKey, state: &mut State) {
        let name = state.marks_name(&Container::Subscription(key.clone()), 0);
        state.records.remove(key);
        let Some(number) = state.topics.drop(key, &mut self.progress) else { return };
        self.put.remove(&number);
        if let Some(name) = name
            && state.marks.remove(&name).is_some()
        {
            self.marked.insert(name);
        }
        self.bury();
        self.spilled.push(Change::DropSubscription(key.clone()));
    }

    fn drop_queue(&mut self, container: &str, change: &Change, state: &mut State) {
        self.added.retain(|_, added| added.container != container);
        self.removed.remove(container);
        self.emptied.insert(container.to_owned());
        self.queues.insert(container.to_owned(), false);
        for marks in all_marks_of(container) {
            if state.marks.remove(&marks).is_some() {
                self.marked.insert(marks);
            }
        }
        self.spilled.push(change.clone());
    }
}

/// The subscription is for many topics.
fn is_pattern(topic: &str) -> bool {
    topic.split('.').any(|part| part == "*" || part == ">")
}
