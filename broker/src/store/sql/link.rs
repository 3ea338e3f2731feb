//! The connection over time: a lost one is made anew, and a commit that was lost with it is looked for.

use std::time::{Duration, Instant};

use super::commit::commit;
use super::database::Database;
use super::fence::{Fence, Seen};
use super::options::SqlOptions;
use super::plan::Plan;
use super::state::State;
use super::trouble::{Result, Trouble};

/// A connection that is there when it is needed.
pub(super) struct Link {
    options: SqlOptions,
    database: Option<Box<dyn Database>>,
}

impl Link {
    pub(super) fn new(options: SqlOptions) -> Self {
        Self { options, database: None }
    }

    /// Reads. A lost connection is made anew, and the work done again from its beginning.
    pub(super) fn read<T>(
        &mut self,
        mut work: impl FnMut(&mut dyn Database, &SqlOptions) -> Result<T>,
    ) -> Result<T> {
        let mut patience = Patience::new(self.options.patience);
        loop {
            let outcome = self.connected().and_then(|(database, options)| work(database, options));
            match outcome {
                Err(Trouble::Lost(detail)) => self.reconnect_later(&detail, &mut patience)?,
                Err(Trouble::Undone(detail)) => patience.wait(Trouble::Refused(detail))?,
                other => return other,
            }
        }
    }

    /// Does a plan, once. After a lost connection it looks whether that is done already.
    pub(super) fn write(&mut self, fence: &mut Fence, plan: &Plan, state: &State) -> Result<()> {
        let mut patience = Patience::new(self.options.patience);
        let mut in_doubt = false;
        loop {
            let outcome = self.attempt(fence, plan, state, in_doubt);
            match outcome {
                Ok(()) => {
                    fence.batch += 1;
                    return Ok(());
                }
                Err(Trouble::Lost(detail)) => {
                    in_doubt = true;
                    self.reconnect_later(&detail, &mut patience).map_err(unknown)?;
                }
                Err(Trouble::Undone(detail)) => patience.wait(Trouble::Refused(detail))?,
                Err(other) => return Err(other),
            }
        }
    }

    fn attempt(&mut self, fence: &Fence, plan: &Plan, state: &State, in_doubt: bool) -> Result<()> {
        let (database, options) = self.connected()?;
        if in_doubt && fence.look(database, &options.tables)? == Seen::Done {
            return Ok(());
        }
        commit(database, &options.tables, fence, plan, state)
    }

    fn connected(&mut self) -> Result<(&mut dyn Database, &SqlOptions)> {
        let database = match self.database.take() {
            Some(database) => database,
            None => self.options.connect()?,
        };
        Ok((self.database.insert(database).as_mut(), &self.options))
    }

    fn reconnect_later(&mut self, detail: &str, patience: &mut Patience) -> Result<()> {
        self.database = None;
        tracing::warn!(place = self.options.place(), detail, "the database is away");
        patience.wait(Trouble::Lost(detail.to_owned()))
    }
}

fn unknown(trouble: Trouble) -> Trouble {
    match trouble {
        Trouble::Lost(detail) => Trouble::Unknown(detail),
        other => other,
    }
}

/// How long to try again, and how often.
struct Patience {
    end: Instant,
    pause: Duration,
}

impl Patience {
    #[expect(clippy::disallowed_methods, reason = "it is about the time that passes outside")]
    fn new(patience: Duration) -> Self {
        Self { end: Instant::now() + patience, pause: Duration::from_millis(20) }
    }

    /// Waits a little, or gives up.
    #[expect(clippy::disallowed_methods, reason = "it is about the time that passes outside")]
    fn wait(&mut self, trouble: Trouble) -> Result<()> {
        if Instant::now() + self.pause > self.end {
            return Err(trouble);
        }
        std::thread::sleep(self.pause);
        self.pause = (self.pause * 2).min(Duration::from_millis(500));
        Ok(())
    }
}
