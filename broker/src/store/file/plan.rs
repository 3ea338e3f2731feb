//! Works out what a commit writes: each key once, whatever its batches do to it in turn.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::catalog::{self, Kind};
use super::spill::MessageChanges;
use super::{FileStore, Shelf, error};
use crate::model::{Batch, Change, Container, SubscriptionRecord};
use crate::store::StoreError;

/// The outcome of some batches, not yet written.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) messages: MessageChanges,
    pub(super) spill: MessageChanges,
    /// Records to put (`Some`) and to remove (`None`).
    pub(super) records: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
    /// Containers whose counts change.
    pub(super) counts: BTreeMap<u32, Shelf>,
    /// Containers whose messages have to go, a few at a time.
    pub(super) retired: Vec<u32>,
}

impl Plan {
    /// Nothing to write to the durable database.
    pub(super) fn is_empty(&self) -> bool {
        self.messages.is_empty() && self.records.is_empty() && self.counts.is_empty()
    }

    fn put(&mut self, key: &Kind<'_>, record: Vec<u8>) {
        self.records.insert(key.key(), Some(record));
    }

    fn remove(&mut self, key: &Kind<'_>) {
        self.records.insert(key.key(), None);
    }
}

impl FileStore {
    /// Works out the changes in order; what is kept in memory is already changed afterwards.
    pub(super) fn plan(&mut self, batches: &[Batch]) -> Result<Plan, StoreError> {
        let mut plan = Plan::default();
        for change in batches.iter().flat_map(|batch| &batch.changes) {
            match change {
                Change::Add { container, sequence, blob, transient: false } => {
                    self.plan_add(&mut plan, container, *sequence, blob)?;
                }
                Change::Add { container, sequence, blob, transient: true } => {
                    self.plan_spill(&mut plan, container, *sequence, blob)?;
                }
                // Not kept yet: see `Recovered::offers_known`.
                Change::Offer { .. } => {}
                Change::Remove { container, sequence } => {
                    self.plan_remove(&mut plan, container, *sequence)?;
                }
                Change::PutSubscription(record) => self.plan_subscription(&mut plan, record),
                Change::DropSubscription(key) => {
                    self.plan_drop(&mut plan, &Container::Subscription(key.clone()));
                }
                Change::PutQueue(name) => self.plan_queue(&mut plan, name),
                Change::DropQueue(name) => {
                    self.plan_drop(&mut plan, &Container::Queue(name.clone()));
                }
                Change::ProducerSequence { producer, sequence } => {
                    self.plan_producer(&mut plan, producer, *sequence)?;
                }
                Change::DropProducer(producer) => plan.remove(&Kind::Producer(producer)),
            }
        }
        Ok(plan)
    }

    fn plan_add(
        &mut self,
        plan: &mut Plan,
        container: &Container,
        sequence: u64,
        blob: &Bytes,
    ) -> Result<(), StoreError> {
        let shelf = self.shelf(plan, container);
        let known = self.stored_len(plan, shelf, sequence)?;
        let (len, replaced) = (blob.len() as u64, known.unwrap_or(0));
        if known.is_some() {
            self.weight.remove(1, replaced);
        }
        self.weight.add(1, len);
        let Some(shelf) = self.admitted(container, sequence) else { return Ok(()) };
        shelf.count += u64::from(known.is_none());
        shelf.bytes = shelf.bytes.saturating_sub(replaced) + len;
        shelf.last = shelf.last.max(sequence);
        plan.messages.insert((shelf.id, sequence), Some(blob.clone()));
        plan.counts.insert(shelf.id, *shelf);
        Ok(())
    }

    fn plan_spill(
        &mut self,
        plan: &mut Plan,
        container: &Container,
        sequence: u64,
        blob: &Bytes,
    ) -> Result<(), StoreError> {
        let shelf = self.shelf(plan, container);
        let known = self.is_spilled(plan, shelf, sequence)?;
        let Some(shelf) = self.admitted(container, sequence) else { return Ok(()) };
        shelf.spilled += u64::from(!known);
        plan.spill.insert((shelf.id, sequence), Some(blob.clone()));
        self.spill.live += u64::from(!known);
        Ok(())
    }

    /// Makes the bounds of the container include the sequence.
    fn admitted(&mut self, container: &Container, sequence: u64) -> Option<&mut Shelf> {
        self.meta.last_sequence = self.meta.last_sequence.max(sequence);
        let shelf = self.containers.get_mut(container)?;
        if shelf.is_empty() || sequence < shelf.head {
            shelf.head = sequence;
        }
        Some(shelf)
    }

    fn plan_remove(
        &mut self,
        plan: &mut Plan,
        container: &Container,
        sequence: u64,
    ) -> Result<(), StoreError> {
        let Some(&shelf) = self.containers.get(container) else { return Ok(()) };
        let spilled = self.is_spilled(plan, shelf, sequence)?;
        let stored = self.stored_len(plan, shelf, sequence)?;
        let Some(shelf) = self.containers.get_mut(container) else { return Ok(()) };
        if sequence == shelf.head && (stored.is_some() || spilled) {
            shelf.head = sequence.saturating_add(1);
        }
        if spilled {
            shelf.spilled = shelf.spilled.saturating_sub(1);
            self.spill.live = self.spill.live.saturating_sub(1);
            plan.spill.insert((shelf.id, sequence), None);
        }
        if let Some(len) = stored {
            shelf.count = shelf.count.saturating_sub(1);
            shelf.bytes = shelf.bytes.saturating_sub(len);
            self.weight.remove(1, len);
            plan.messages.insert((shelf.id, sequence), None);
            plan.counts.insert(shelf.id, *shelf);
        }
        Ok(())
    }

    /// Length of the blob, if there is such a durable message.
    fn stored_len(
        &self,
        plan: &Plan,
        shelf: Shelf,
        sequence: u64,
    ) -> Result<Option<u64>, StoreError> {
        if let Some(planned) = plan.messages.get(&(shelf.id, sequence)) {
            return Ok(planned.as_ref().map(|blob| blob.len() as u64));
        }
        // Nearly every new message is above all others, so that no look-up is needed.
        if shelf.count == 0 || sequence < shelf.head || sequence > shelf.last {
            return Ok(None);
        }
        let key = catalog::message_key(shelf.id, sequence);
        let len = self.files.messages.size_of(key).map_err(|e| error::fjall(&self.dir, &e))?;
        Ok(len.map(u64::from))
    }

    fn is_spilled(&self, plan: &Plan, shelf: Shelf, sequence: u64) -> Result<bool, StoreError> {
        if let Some(planned) = plan.spill.get(&(shelf.id, sequence)) {
            return Ok(planned.is_some());
        }
        if shelf.spilled == 0 { Ok(false) } else { self.spill.contains(shelf.id, sequence) }
    }

    fn plan_subscription(&mut self, plan: &mut Plan, record: &SubscriptionRecord) {
        let container = Container::Subscription(record.key.clone());
        let id = self.shelf(plan, &container).id;
        if let Some(shelf) = self.containers.get_mut(&container) {
            shelf.declared = true;
        }
        plan.put(&Kind::Subscription(id), catalog::encode_subscription(record));
    }

    fn plan_queue(&mut self, plan: &mut Plan, name: &str) {
        let container = Container::Queue(name.into());
        let id = self.shelf(plan, &container).id;
        let Some(shelf) = self.containers.get_mut(&container) else { return };
        if !std::mem::replace(&mut shelf.declared, true) {
            plan.put(&Kind::Container(id), catalog::encode_container(&container, true));
        }
    }

    fn plan_drop(&mut self, plan: &mut Plan, container: &Container) {
        let Some(shelf) = self.containers.remove(container) else { return };
        let id = shelf.id;
        for key in [Kind::Container(id), Kind::Counts(id), Kind::Subscription(id)] {
            plan.remove(&key);
        }
        plan.counts.remove(&id);
        self.spill.live = self.spill.live.saturating_sub(shelf.spilled);
        self.weight.remove(shelf.count, shelf.bytes);
        if shelf.count > 0 {
            plan.put(&Kind::Retired(id), Vec::new());
            plan.retired.push(id);
        }
    }

    fn plan_producer(
        &self,
        plan: &mut Plan,
        producer: &str,
        sequence: i64,
    ) -> Result<(), StoreError> {
        let kind = Kind::Producer(producer);
        let key = kind.key();
        let highest = match plan.records.get(&key) {
            Some(planned) => planned.as_deref().and_then(catalog::decode_producer),
            None => {
                let found =
                    self.files.catalog.get(&key).map_err(|e| error::fjall(&self.dir, &e))?;
                found.as_deref().and_then(catalog::decode_producer)
            }
        };
        if highest.is_none_or(|highest| highest < sequence) {
            plan.put(&kind, sequence.to_be_bytes().to_vec());
        }
        Ok(())
    }

    /// What is known of the container; a new one gets an id that was never used before.
    fn shelf(&mut self, plan: &mut Plan, container: &Container) -> Shelf {
        if let Some(&shelf) = self.containers.get(container) {
            return shelf;
        }
        let shelf = Shelf { id: self.meta.next_container, ..Shelf::default() };
        self.meta.next_container = self.meta.next_container.saturating_add(1);
        plan.put(&Kind::Container(shelf.id), catalog::encode_container(container, false));
        self.containers.insert(container.clone(), shelf);
        shelf
    }
}
