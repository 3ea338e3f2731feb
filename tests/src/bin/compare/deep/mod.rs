//! A deep queue: filled, its broker killed and started again, drained. Ours beside ActiveMQ, on each kind
//! of store, in one run; all with our client.
//!
//! ```text
//! cargo run --release -p relaismq-tests --bin compare -- --deep 1000000
//! ```
//!
//! ```text
//! subject     a broker on a store of its own
//! trial       what is done to it; client: who sends and receives
//! figures     what that came to; table: side by side
//! resident    memory of a process, disk: room of a folder
//! ```

pub(crate) mod client;
mod disk;
mod figures;
mod resident;
mod subject;
mod table;
mod trial;

use anyhow::{Context, Result};

use self::{
    figures::Figures,
    subject::{Broker, Subject},
    trial::Trial,
};
use crate::{
    progress,
    subjects::{SETTLING, settle},
};

pub(crate) use self::subject::Kept;

/// What to do.
#[derive(Debug)]
pub(crate) struct Deep {
    /// Messages in the queue.
    pub(crate) messages: u64,
    /// The same for ActiveMQ with a database, which takes long.
    pub(crate) with_jdbc: u64,
    pub(crate) stores: Vec<Kept>,
}

impl Deep {
    /// Runs all trials, one after the other; the table.
    pub(crate) async fn compare(&self) -> Result<String> {
        let mut trials = Vec::new();
        for &kept in &self.stores {
            for broker in [Broker::RelaisMq, Broker::ActiveMq] {
                let subject = Subject::new(broker, kept).await?;
                let name = subject.name();
                settle(SETTLING).await;
                let mut trial = Trial::new(subject, self.messages_of(broker, kept));
                trial.run().await.with_context(|| name.clone())?;
                progress(&format!("{name}: {:?}", trial.figures));
                trials.push(trial);
            }
        }
        // Stores give room back when they find the time; all of them get as much.
        settle(trial::AT_REST).await;
        let mut columns = Vec::new();
        for trial in trials {
            columns.push(trial.end().await?);
        }
        Ok(table::text(&columns))
    }

    const fn messages_of(&self, broker: Broker, kept: Kept) -> u64 {
        match (broker, kept) {
            (Broker::ActiveMq, Kept::PostgreSql | Kept::MariaDb) => self.with_jdbc,
            _ => self.messages,
        }
    }
}

/// One subject, and what was found.
#[derive(Debug)]
struct Column {
    name: String,
    figures: Figures,
}
