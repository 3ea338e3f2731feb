//! Which messages of producers are known to be stored.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use relaismq_openwire::ProducerId;

use crate::engine::state::client::Client;

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
    pub(crate) noted: Vec<(ProducerId, i64)>,
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

    pub(crate) fn note(&mut self, producer: &ProducerId, sequence: i64) {
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
    pub(crate) fn excess(&mut self, most: usize) -> Option<String> {
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
    pub(crate) fn known_stored(&self, producer: &ProducerId, sequence: i64) -> i64 {
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
