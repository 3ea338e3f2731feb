//! Producers, and which of their messages are known to be stored.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use relaismq_openwire::{Message, ProducerId, ProducerInfo};

use super::{Engine, Reply, advisory, io::Link, login::Client, outcome::Then, refuse::Refusal};
use crate::model::Change;

/// How far each producer is that may reconnect, oldest producers forgotten first.
#[derive(Debug, Default)]
pub(crate) struct Remembered {
    producers: HashMap<ProducerId, Progress>,
    order: VecDeque<ProducerId>,
    /// Highest sequences from a store, under the text of the producer.
    restored: BTreeMap<String, i64>,
    /// Refused, and not written to their clients yet, the first of each producer.
    untold: BTreeMap<ProducerId, i64>,
    /// What the present batch says of them.
    noted: Vec<(ProducerId, i64)>,
}

#[derive(Debug, Default)]
struct Progress {
    /// Highest sequence that is stored, or on its way there.
    highest: i64,
    /// These were refused.
    missing: BTreeSet<i64>,
}

/// Missing sequences of a producer that are remembered, the newest of them.
const MISSING: usize = 1000;

impl Remembered {
    pub(crate) fn restore(&mut self, producers: Vec<(String, i64)>) {
        self.restored.extend(producers);
    }

    /// The message is stored, or on its way there.
    pub(crate) fn has(&mut self, producer: &ProducerId, sequence: i64) -> bool {
        self.progress(producer)
            .is_some_and(|it| sequence <= it.highest && !it.missing.contains(&sequence))
    }

    fn progress(&mut self, producer: &ProducerId) -> Option<&mut Progress> {
        if !self.restored.is_empty() && !self.producers.contains_key(producer) {
            let highest = self.restored.remove(&producer.to_string())?;
            self.insert(producer, highest);
        }
        self.producers.get_mut(producer)
    }

    fn insert(&mut self, producer: &ProducerId, highest: i64) {
        let progress = Progress { highest, ..Progress::default() };
        self.producers.insert(producer.clone(), progress);
        self.order.push_back(producer.clone());
    }

    fn note(&mut self, producer: &ProducerId, sequence: i64) {
        match self.progress(producer) {
            Some(known) => {
                known.highest = sequence.max(known.highest);
                known.missing.remove(&sequence);
            }
            None => self.insert(producer, sequence),
        }
    }

    /// One that is forgotten, if they are too many. Those of before the restart are about to
    /// reconnect, so they have a limit of their own.
    fn excess(&mut self, most: usize) -> Option<String> {
        if self.order.len() > most {
            let oldest = self.order.pop_front()?;
            self.producers.remove(&oldest);
            self.untold.remove(&oldest);
            return Some(oldest.to_string());
        }
        if self.restored.len() > most {
            return self.restored.pop_first().map(|(producer, _)| producer);
        }
        None
    }

    /// How far the store may be told that a producer is. Not past what was refused and not told yet:
    /// if this process dies now, the producer sends that again.
    fn known_stored(&self, producer: &ProducerId, sequence: i64) -> i64 {
        self.untold.get(producer).map_or(sequence, |first| sequence.min(first - 1))
    }

    /// A message is refused, now or after all.
    pub(crate) fn take_back(&mut self, producer: &ProducerId, sequence: i64) {
        if self.progress(producer).is_none() {
            self.insert(producer, 0);
        }
        let first = self.untold.entry(producer.clone()).or_insert(sequence);
        *first = sequence.min(*first);
        let Some(known) = self.producers.get_mut(producer) else { return };
        known.missing.insert(sequence);
        if known.missing.len() > MISSING {
            known.missing.pop_first();
        }
    }

    /// What was to be told to a client has been written to it.
    pub(crate) fn told(&mut self, client: &Client) {
        if !self.untold.is_empty() {
            self.untold.retain(|producer, _| !client.producers.contains_key(producer));
        }
    }
}

impl Engine {
    pub(super) fn open_producer(
        &mut self,
        link: Link,
        info: &ProducerInfo,
    ) -> Result<Reply, Refusal> {
        let id =
            info.producer_id.clone().ok_or_else(|| Refusal::order("a producer needs an id"))?;
        if self.clients.get(&link).is_some_and(|client| client.producers.contains_key(&id)) {
            return Ok(Reply::Done);
        }
        self.check_session(link, &id.session())?;
        self.check_members(link)?;
        if let Some(destination) = &info.destination {
            for part in destination.parts() {
                self.check_target(&part)?;
                self.ensure_destination(&part)?;
            }
        }
        if let Some(client) = self.clients.get_mut(&link) {
            client.producers.insert(id, info.clone());
            self.advise_producer(info, advisory::Change::New);
        }
        Ok(Reply::Done)
    }

    pub(super) fn check_members(&self, link: Link) -> Result<(), Refusal> {
        let limit = self.settings.members_per_connection;
        let members =
            self.clients.get(&link).map_or(0, |it| it.producers.len() + it.consumers.len());
        if members < limit {
            return Ok(());
        }
        Err(Refusal::limit(format!("a connection may have {limit} producers and consumers")))
    }

    /// Returns how many that were.
    pub(super) fn close_producers(
        &mut self,
        link: Link,
        which: impl Fn(&ProducerId) -> bool,
    ) -> usize {
        let Some(client) = self.clients.get_mut(&link) else { return 0 };
        let mut ids: Vec<ProducerId> =
            client.producers.keys().filter(|id| which(id)).cloned().collect();
        ids.sort();
        let gone: Vec<ProducerInfo> =
            ids.iter().filter_map(|id| client.producers.remove(id)).collect();
        for producer in &gone {
            self.advise_producer(producer, advisory::Change::Gone);
        }
        gone.len()
    }

    /// How far a producer is that may come back and send again.
    pub(super) fn progress_of(&self, link: Link, message: &Message) -> Option<(ProducerId, i64)> {
        if !message.persistent || !self.clients.get(&link)?.fault_tolerant {
            return None;
        }
        let id = message.message_id.as_ref()?;
        Some((id.producer_id.clone()?, id.producer_sequence_id))
    }

    /// Goes into the same batch as the message itself, once for each producer.
    pub(super) fn note_progress(&mut self, noted: Option<(ProducerId, i64)>) {
        let Some((producer, sequence)) = noted else { return };
        self.remembered.note(&producer, sequence);
        self.then.push(Then::Sent(producer.clone(), sequence));
        let noted = &mut self.remembered.noted;
        match noted.iter_mut().rev().find(|(other, _)| *other == producer) {
            Some((_, highest)) => *highest = sequence.max(*highest),
            None => noted.push((producer, sequence)),
        }
    }

    /// Completes the present batch.
    pub(super) fn flush_progress(&mut self) {
        for (producer, sequence) in std::mem::take(&mut self.remembered.noted) {
            let sequence = self.remembered.known_stored(&producer, sequence);
            let producer = producer.to_string();
            self.change(Change::ProducerSequence { producer, sequence });
            self.forget_excess();
        }
    }

    /// A message is refused that its producer may send again, not having heard of that.
    pub(super) fn note_refused(&mut self, producer: &ProducerId, sequence: i64) {
        self.remembered.take_back(producer, sequence);
        self.forget_excess();
    }

    fn forget_excess(&mut self) {
        while let Some(forgotten) = self.remembered.excess(self.settings.remembered_producers) {
            self.change(Change::DropProducer(forgotten));
        }
    }
}
