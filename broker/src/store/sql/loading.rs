//! The start: what is found becomes what is known, and what follows from it is written.

use std::collections::{BTreeMap, BTreeSet};

use super::database::Database;
use super::fence::{Fence, next_term};
use super::options::SqlOptions;
use super::plan::Plan;
use super::recover::Read;
use super::state::{QUEUE, State};
use super::trouble::Result;
use super::{SqlStore, leftovers, recover, schema};
use crate::model::{Container, ContainerSummary, Recovered, StoreLimits};

impl SqlStore {
    pub(super) fn begin(&mut self) -> Result<Recovered> {
        self.limits = self.link.read(schema::prepare)?;
        if self.fence.is_none() {
            let term = self.link.read(|database, options| {
                next_term(database, &options.tables, "a broker without a lock")
            })?;
            self.fence = Some(Fence { term, holder: None, batch: 0 });
        }
        self.load()
    }

    /// Reads everything anew, and writes what follows from it.
    pub(super) fn load(&mut self) -> Result<Recovered> {
        let read = |database: &mut dyn Database, options: &SqlOptions| {
            recover::read(database, &options.tables)
        };
        let mut read = self.link.read(read)?;
        let mut found = std::mem::take(&mut read.left).reconcile();
        let unwanted = self.link.read(|database, options| {
            leftovers::unwanted(database, &options.tables, &found.topics, &found.records)
        })?;
        for (number, id) in unwanted {
            found.topics.remove(number, id, &mut found.progress);
        }
        let mut queues = std::mem::take(&mut read.queues);
        for name in &found.queues {
            queues.entry(name.clone()).or_insert(0);
        }
        let (producers, unsaved) = producers(&mut read);
        self.state = State {
            topics: found.topics,
            records: found.records,
            producers,
            unsaved,
            marks: read.marks,
            last_sequence: read.last_sequence,
        };
        let plan = Plan::of_reconciled(found.put, found.progress);
        self.write(&plan)?;
        Ok(Recovered { marks: read.named, ..self.recovered(&queues) })
    }

    fn recovered(&self, queues: &BTreeMap<String, u64>) -> Recovered {
        let queue = |(name, &count): (&String, &u64)| {
            let name = name.strip_prefix(QUEUE)?;
            Some(ContainerSummary::new(Container::Queue(name.into()), count))
        };
        let mut containers: Vec<ContainerSummary> = queues.iter().filter_map(queue).collect();
        for (key, number) in self.state.topics.subscriptions() {
            let (container, count) =
                (Container::Subscription(key.clone()), self.state.topics.count(number));
            containers.push(ContainerSummary::new(container, count));
        }
        Recovered {
            containers,
            subscriptions: self.state.records.values().cloned().collect(),
            producers: self.state.producers.clone().into_iter().collect(),
            marks: Vec::new(),
            last_sequence: self.state.last_sequence,
            // Marks are committed like everything else.
            offers_known: true,
            limits: StoreLimits::default(),
        }
    }
}

/// How far each one is, and of whom only a message says so.
fn producers(read: &mut Read) -> (BTreeMap<String, i64>, BTreeSet<String>) {
    let mut producers = std::mem::take(&mut read.producers);
    let mut unsaved = BTreeSet::new();
    for (name, sequence) in std::mem::take(&mut read.told) {
        if producers.get(&name).is_none_or(|known| *known < sequence) {
            producers.insert(name.clone(), sequence);
            unsaved.insert(name);
        }
    }
    (producers, unsaved)
}
