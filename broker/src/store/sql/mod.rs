//! Keeps messages in a database: PostgreSQL, MariaDB, MySQL, SQLite. The tables of messages and
//! subscriptions are ActiveMQ's, down to its ids and the bytes of messages, so that a real ActiveMQ and
//! this broker can take turns on one database.
//!
//! ```text
//! options, tables   which database, and the names in it
//! database          the seam: one connection; dialects: the databases behind it
//! sentence, value   statements as they are put together, and what goes in and out; trouble: why not
//! schema            tables that are missing, or made by others
//! locker, lease     who may write; fence: whether that is still so, asked in each transaction
//! plan              what a group of batches comes to; commit: as one transaction
//! state             what is known without asking: topics, marks, and progress that is to be written
//! link              a lost connection, and a commit that was lost with it
//! recover           what the owner before left; reconcile: after a turn of ActiveMQ; leftovers: what its
//!                   subscriptions do not want
//! page              messages as they come back; spill: those that never went to the database
//! ```

mod commit;
mod database;
mod dialects;
mod fence;
mod lease;
mod leftovers;
mod link;
mod locker;
mod marks;
mod options;
mod page;
mod plan;
mod progress;
mod reconcile;
mod recover;
mod schema;
mod sentence;
mod spill;
mod state;
mod tables;
mod topics;
mod trouble;
mod value;

use self::fence::Fence;
pub(crate) use self::lease::{Attempt, DatabaseLock};
use self::link::Link;
pub use self::locker::Locker;
pub use self::options::{SqlOptions, SqlOptionsError};
use self::page::{Found, Wanted};
use self::plan::Plan;
use self::spill::Spill;
use self::state::{QUEUE, State, queue};
use self::trouble::{Result, Trouble};
use super::Store;
use crate::model::{
    Batch, Container, ContainerSummary, Recovered, StoreError, StoreLimits, StoredMessage,
};

/// A store in a database.
pub struct SqlStore {
    place: String,
    link: Link,
    fence: Option<Fence>,
    limits: StoreLimits,
    state: State,
    spill: Spill,
    broken: bool,
}

impl SqlStore {
    /// Of a broker that shares the database with nobody (`useLock="false"`): it becomes the master at once,
    /// and whoever was it before writes no more, if it is one of ours.
    #[must_use]
    pub fn alone(options: SqlOptions) -> Self {
        Self::with(options, None)
    }

    fn with(options: SqlOptions, fence: Option<Fence>) -> Self {
        Self {
            place: options.place(),
            spill: Spill::new(&options.spill),
            link: Link::new(options),
            fence,
            limits: StoreLimits::default(),
            state: State::default(),
            broken: false,
        }
    }

    fn begin(&mut self) -> Result<Recovered> {
        self.limits = self.link.read(schema::prepare)?;
        if self.fence.is_none() {
            let term = self.link.read(|database, options| {
                fence::next_term(database, &options.tables, "a broker without a lock")
            })?;
            self.fence = Some(Fence { term, holder: None, batch: 0 });
        }
        self.load()
    }

    /// Reads everything anew, and writes what follows from it.
    fn load(&mut self) -> Result<Recovered> {
        let read = self.link.read(|database, options| recover::read(database, &options.tables))?;
        let mut found = read.left.reconcile();
        let unwanted = self.link.read(|database, options| {
            leftovers::unwanted(database, &options.tables, &found.topics, &found.records)
        })?;
        for (number, id) in unwanted {
            found.topics.remove(number, id, &mut found.progress);
        }
        let mut queues = read.queues;
        for name in &found.queues {
            queues.entry(name.clone()).or_insert(0);
        }
        let mut producers = read.producers;
        let mut unsaved = std::collections::BTreeSet::new();
        for (name, sequence) in read.told {
            if producers.get(&name).is_none_or(|known| *known < sequence) {
                producers.insert(name.clone(), sequence);
                unsaved.insert(name);
            }
        }
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
        Ok(self.recovered(&queues))
    }

    fn recovered(&self, queues: &std::collections::BTreeMap<String, u64>) -> Recovered {
        let queue = |(name, &count): (&String, &u64)| {
            let name = name.strip_prefix(QUEUE)?;
            Some(ContainerSummary { container: Container::Queue(name.into()), count })
        };
        let mut containers: Vec<ContainerSummary> = queues.iter().filter_map(queue).collect();
        for (key, number) in self.state.topics.subscriptions() {
            let (container, count) =
                (Container::Subscription(key.clone()), self.state.topics.count(number));
            containers.push(ContainerSummary { container, count });
        }
        Recovered {
            containers,
            subscriptions: self.state.records.values().cloned().collect(),
            producers: self.state.producers.clone().into_iter().collect(),
            last_sequence: self.state.last_sequence,
            // Marks are committed like everything else.
            offers_known: true,
        }
    }

    fn write(&mut self, plan: &Plan) -> Result<()> {
        let Some(fence) = self.fence.as_mut() else {
            return Err(Trouble::Refused("used before it was recovered".into()));
        };
        if plan.is_empty() { Ok(()) } else { self.link.write(fence, plan, &self.state) }
    }

    fn keep(&mut self, batches: &[Batch]) -> std::result::Result<(), StoreError> {
        let mut plan = Plan::of(batches, &mut self.state);
        self.spill.apply(std::mem::take(&mut plan.spilled))?;
        self.shorten_marks(&plan).map_err(|it| it.of(&self.place))?;
        match self.write(&plan) {
            Err(Trouble::Full(detail)) => {
                // Memory is ahead of the tables.
                self.load().map_err(|it| it.of(&self.place))?;
                Err(Trouble::Full(detail).of(&self.place))
            }
            other => other.map_err(|it| it.of(&self.place)),
        }
    }

    /// Marks of messages that are long gone.
    fn shorten_marks(&mut self, plan: &Plan) -> Result<()> {
        for name in &plan.marked {
            let Some(marks) = self.state.marks.get_mut(name).filter(|it| it.len() > MOST_RANGES)
            else {
                continue;
            };
            let lowest = match name.starts_with(QUEUE) {
                true => self.link.read(|database, options| {
                    page::lowest(database, &options.tables, name)
                })?,
                false => None,
            };
            if let Some(lowest) = lowest {
                marks.forget_below(lowest);
            }
            marks.join(MOST_RANGES);
        }
        Ok(())
    }

    fn find(&mut self, container: &Container, wanted: Wanted) -> Result<Found> {
        match container {
            Container::Queue(name) => self.link.read(|database, options| {
                page::of_queue(database, &options.tables, &queue(name), wanted)
            }),
            Container::Subscription(key) => {
                let Some(number) = self.state.topics.known(key) else {
                    return Ok(Found { messages: Vec::new(), is_last: true });
                };
                let ids = self.state.topics.page(number, wanted.after, wanted.most);
                self.link.read(|database, options| {
                    page::by_ids(database, &options.tables, &ids, wanted)
                })
            }
            Container::Topic(_) | Container::Subscriber(_) => Ok(Found { messages: Vec::new(), is_last: true }),
        }
    }

    /// Those that last and those that do not, by their ids.
    fn merge(
        &mut self,
        container: &Container,
        wanted: Wanted,
    ) -> std::result::Result<Vec<StoredMessage>, StoreError> {
        let found = self.find(container, wanted).map_err(|it| it.of(&self.place))?;
        let Wanted { after, most, bytes } = wanted;
        let (spilled, spilled_last) = self.spill.page(container, after, most, bytes)?;
        let ends = [
            found.messages.last().map(|it| it.0).filter(|_| !found.is_last),
            spilled.last().map(|it| it.sequence).filter(|_| !spilled_last),
        ];
        let end = ends.into_iter().flatten().min().unwrap_or(u64::MAX);
        let marks = self.state.marks_name(container).and_then(|it| self.state.marks.get(&it));
        let lasting = found.messages.into_iter().map(|(sequence, blob)| StoredMessage {
            sequence,
            blob,
            offered: marks.is_some_and(|marks| marks.has(sequence)),
        });
        let mut messages: Vec<StoredMessage> = lasting.chain(spilled).collect();
        messages.sort_by_key(|it| it.sequence);
        messages.retain(|it| it.sequence <= end);
        Ok(within(messages, most, bytes))
    }

    fn guarded<T>(
        &mut self,
        work: impl FnOnce(&mut Self) -> std::result::Result<T, StoreError>,
    ) -> std::result::Result<T, StoreError> {
        if self.broken {
            return Err(Trouble::Refused("used after a final error".into()).of(&self.place));
        }
        let outcome = work(self);
        self.broken = outcome.as_ref().is_err_and(StoreError::is_final);
        outcome
    }
}

impl Store for SqlStore {
    fn recover(&mut self) -> std::result::Result<Recovered, StoreError> {
        self.guarded(|store| store.begin().map_err(|it| it.of(&store.place)))
    }

    fn limits(&self) -> StoreLimits {
        self.limits
    }

    fn commit(&mut self, batches: &[Batch]) -> std::result::Result<(), StoreError> {
        self.guarded(|store| store.keep(batches))
    }

    fn page(
        &mut self,
        container: &Container,
        after: u64,
        max_count: usize,
        max_bytes: usize,
    ) -> std::result::Result<Vec<StoredMessage>, StoreError> {
        let wanted = Wanted { after, most: max_count, bytes: max_bytes };
        self.guarded(|store| store.merge(container, wanted))
    }

    fn close(&mut self) -> std::result::Result<(), StoreError> {
        self.guarded(|_| Ok(()))?;
        self.broken = true;
        Ok(())
    }
}

impl std::fmt::Debug for SqlStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqlStore").field("place", &self.place).finish_non_exhaustive()
    }
}

/// As many as fit; the first always does.
fn within(messages: Vec<StoredMessage>, most: usize, mut bytes: usize) -> Vec<StoredMessage> {
    let mut kept: Vec<StoredMessage> = Vec::new();
    for message in messages {
        let fits = message.blob.len() <= bytes || kept.is_empty();
        if kept.len() >= most || !fits {
            break;
        }
        bytes = bytes.saturating_sub(message.blob.len());
        kept.push(message);
    }
    kept
}

/// Marks of one container are written as so many ranges at most.
const MOST_RANGES: usize = 256;

#[cfg(test)]
mod tests;
