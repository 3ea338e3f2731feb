//! Producers, and which of their messages are known to be stored.

use std::collections::{HashMap, VecDeque};

use relaismq_openwire::{Destination, ProducerId, ProducerInfo};

use super::{Engine, Reply, advisory, io::Link, refuse::Refusal};
use crate::model::Change;

#[derive(Debug)]
pub(crate) struct Producer {
    pub(crate) destination: Option<Destination>,
    /// Bytes after which it waits for our acknowledgement; 0 for never.
    pub(crate) window: i32,
    pub(crate) info: ProducerInfo,
}

/// Highest stored sequence of each producer that may reconnect, oldest producers forgotten first.
#[derive(Debug, Default)]
pub(crate) struct Remembered {
    sequences: HashMap<ProducerId, i64>,
    order: VecDeque<ProducerId>,
    /// From a store, under their text.
    restored: HashMap<String, i64>,
}

impl Remembered {
    pub(crate) fn restore(&mut self, producers: Vec<(String, i64)>) {
        self.restored.extend(producers);
    }

    /// The highest sequence of a producer that is stored, or on its way there.
    pub(crate) fn highest(&mut self, producer: &ProducerId) -> Option<i64> {
        if let Some(sequence) = self.sequences.get(producer) {
            return Some(*sequence);
        }
        if self.restored.is_empty() {
            return None;
        }
        let sequence = self.restored.remove(&producer.to_string())?;
        self.sequences.insert(producer.clone(), sequence);
        self.order.push_back(producer.clone());
        Some(sequence)
    }

    /// Notes a stored message; returns a producer that is forgotten for it.
    fn note(&mut self, producer: &ProducerId, sequence: i64, most: usize) -> Option<ProducerId> {
        if let Some(known) = self.sequences.get_mut(producer) {
            *known = (*known).max(sequence);
            return None;
        }
        self.sequences.insert(producer.clone(), sequence);
        self.order.push_back(producer.clone());
        if self.order.len() <= most {
            return None;
        }
        let oldest = self.order.pop_front()?;
        self.sequences.remove(&oldest);
        Some(oldest)
    }

    /// A message was not stored after all.
    pub(crate) fn take_back(&mut self, producer: &ProducerId, sequence: i64) {
        if let Some(known) = self.sequences.get_mut(producer) {
            *known = (*known).min(sequence - 1);
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
            info.producer_id.clone().ok_or_else(|| Refusal::state("a producer needs an id"))?;
        self.check_members(link)?;
        if let Some(destination) = &info.destination {
            for part in destination.parts() {
                self.check_target(&part)?;
                self.ensure_destination(&part)?;
            }
        }
        let destination = info.destination.clone();
        let producer = Producer { destination, window: info.window_size, info: info.clone() };
        let Some(client) = self.clients.get_mut(&link) else { return Ok(Reply::Later) };
        if client.producers.insert(id, producer).is_none() {
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
        Err(Refusal::state(format!("a connection may have {limit} producers and consumers")))
    }

    pub(super) fn close_producers(&mut self, link: Link, which: impl Fn(&ProducerId) -> bool) {
        let Some(client) = self.clients.get_mut(&link) else { return };
        let mut gone: Vec<ProducerId> =
            client.producers.keys().filter(|id| which(id)).cloned().collect();
        gone.sort();
        let gone: Vec<Producer> =
            gone.iter().filter_map(|id| client.producers.remove(id)).collect();
        for producer in gone {
            self.advise_producer(&producer.info, advisory::Change::Gone);
        }
    }

    /// Notes, in the same batch as the message itself, how far a producer is.
    pub(super) fn remember_sequence(&mut self, producer: &ProducerId, sequence: i64) {
        let most = self.settings.remembered_producers;
        if let Some(forgotten) = self.remembered.note(producer, sequence, most) {
            self.change(Change::DropProducer(forgotten.to_string()));
        }
        let producer = producer.to_string();
        let known = self.batch.changes.iter_mut().rev().find_map(|change| match change {
            Change::ProducerSequence { producer: other, sequence } if *other == producer => {
                Some(sequence)
            }
            _ => None,
        });
        match known {
            Some(known) => *known = sequence,
            None => self.change(Change::ProducerSequence { producer, sequence }),
        }
    }
}
