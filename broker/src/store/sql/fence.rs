//! Whether this broker is still the master: asked inside each transaction that writes, so that one that
//! was paused, and has been followed by another, writes nothing.
//!
//! Our own row has the number of the term, which every new master raises, and the number of the last
//! batch; a batch that was lost on its way is found there, and none is done twice. With a lease ActiveMQ's
//! row says the holder's name, which a master of either make changes.

use super::database::Database;
use super::dialects::Dialect;
use super::sentence::Sentence;
use super::tables::Tables;
use super::trouble::{Result, Trouble};
use super::value::{Kind, clamp};

/// What a master must find unchanged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fence {
    pub(super) term: u64,
    /// With a lease: the name in ActiveMQ's row.
    pub(super) holder: Option<String>,
    /// Number of the last batch.
    pub(super) batch: u64,
}

impl Fence {
    /// Begins a transaction in which this batch may be written. Nobody becomes master before it has ended.
    pub(super) fn pass(
        &self,
        database: &mut dyn Database,
        tables: &Tables,
        last_sequence: u64,
    ) -> Result<()> {
        let dialect = database.dialect();
        let note = self.note(dialect, tables, last_sequence);
        let (held, noted) = database.begin(self.lease(dialect, tables), note)?;
        if !held {
            return Err(Trouble::Fenced(format!("its lease in {} is another's", tables.lock)));
        }
        if noted == 1 {
            return Ok(());
        }
        match self.look(database, tables)? {
            Seen::Done => Err(Trouble::Lost("the batch has been done meanwhile".into())),
            Seen::NotDone => Err(Trouble::Damaged(format!("{} has no row", tables.master))),
        }
    }

    /// Notes the number of the batch, if nobody has begun another term, and it was not done before.
    fn note(&self, dialect: &'static Dialect, tables: &Tables, last_sequence: u64) -> Sentence {
        let (term, batch) = (clamp(self.term), clamp(self.batch + 1));
        let note = Sentence::new(dialect, format!("UPDATE {} SET BATCH = ", tables.master));
        let note = note.give(batch).say(", LAST_SEQUENCE = ").give(last_sequence);
        note.say(" WHERE ID = 1 AND TERM = ").give(term).say(" AND BATCH < ").give(batch)
    }

    /// Finds the lease if it is ours, and holds it.
    fn lease(&self, dialect: &'static Dialect, tables: &Tables) -> Option<Sentence> {
        let holder = self.holder.as_ref()?;
        let lease = Sentence::new(dialect, format!("SELECT ID FROM {} WHERE ID = 1", tables.lock));
        Some(lease.say(" AND ").is("BROKER_NAME", holder).say(dialect.for_share))
    }

    /// After a connection was lost: whether the next batch was done on it.
    pub(super) fn look(&self, database: &mut dyn Database, tables: &Tables) -> Result<Seen> {
        let dialect = database.dialect();
        let row = format!("SELECT TERM, BATCH, HOLDER FROM {} WHERE ID = 1", tables.master);
        let rows =
            database.ask(Sentence::new(dialect, row), &[Kind::Int, Kind::Int, Kind::Text])?;
        let missing = || Trouble::Damaged(format!("{} has no row", tables.master));
        let row = rows.first().ok_or_else(missing)?;
        if row.sequence(0)? != self.term {
            let holder = row.text(2)?.unwrap_or_else(|| "another broker".into());
            return Err(Trouble::Fenced(format!("{holder} has become the master")));
        }
        Ok(if row.sequence(1)? > self.batch { Seen::Done } else { Seen::NotDone })
    }
}

/// What became of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    Done,
    NotDone,
}

/// Begins a term: higher than all before. Within the transaction that takes the lock, if there is one.
pub(super) fn next_term(database: &mut dyn Database, tables: &Tables, holder: &str) -> Result<u64> {
    let dialect = database.dialect();
    let raise = format!("UPDATE {} SET TERM = TERM + 1, BATCH = 0, HOLDER = ", tables.master);
    database.tell(Sentence::new(dialect, raise).give(holder).say(" WHERE ID = 1"))?;
    let term = format!("SELECT TERM FROM {} WHERE ID = 1", tables.master);
    let rows = database.ask(Sentence::new(dialect, term), &[Kind::Int])?;
    let missing = || Trouble::Damaged(format!("{} has no row", tables.master));
    rows.first().ok_or_else(missing)?.sequence(0)
}
