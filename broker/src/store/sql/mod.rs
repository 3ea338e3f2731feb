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
//! sign              whether a master still lives: its lease need not run out if it does not
//! vacancy           when a lease may be taken, also where clocks are apart
//! plan              what a group of batches comes to; commit: as one transaction
//! state             what is known without asking: topics, marks, and progress that is to be written
//! link              a lost connection, and a commit that was lost with it
//! loading           the start; recover: what the owner before left; reconcile: after a turn of ActiveMQ; leftovers: what its
//!                   subscriptions do not want
//! reading, page     messages as they come back; spill: those that never went to the database
//! ```

mod commit;
mod database;
mod dialects;
mod fence;
mod lease;
mod leftovers;
mod link;
mod loading;
mod locker;
mod marks;
mod options;
mod page;
mod plan;
mod progress;
mod reading;
mod reconcile;
mod recover;
mod schema;
mod sentence;
mod sign;
mod spill;
mod state;
mod tables;
mod topics;
mod trouble;
mod vacancy;
mod value;

use self::fence::Fence;
pub(crate) use self::lease::{Attempt, DatabaseLock};
use self::link::Link;
pub use self::locker::Locker;
pub use self::options::{SqlOptions, SqlOptionsError};
use self::page::Wanted;
use self::plan::Plan;
use self::spill::Spill;
use self::state::{QUEUE, State};
use self::trouble::{Result, Trouble};
use super::Store;
use crate::model::{Batch, Container, Recovered, StoreError, StoreLimits, StoredMessage};

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
            let queue = name.find(QUEUE).and_then(|at| name.get(at..));
            let lowest = match queue {
                Some(queue) => self
                    .link
                    .read(|database, options| page::lowest(database, &options.tables, queue))?,
                None => None,
            };
            if let Some(lowest) = lowest {
                marks.forget_below(lowest);
            }
            marks.join(MOST_RANGES);
        }
        Ok(())
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

/// Marks of one container are written as so many ranges at most.
const MOST_RANGES: usize = 256;

#[cfg(test)]
mod tests;
