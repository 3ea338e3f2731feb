//! The sign of life of a master: something that a database has for a connection and gives up with it. A
//! slave that finds it gone need not wait for the lease to run out; what the old master may still want to
//! write, the fence keeps out.

use super::database::Database;
use super::sentence::Sentence;
use super::tables::Tables;
use super::trouble::Result;
use super::value::Kind;

/// What is known of the broker that has the lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Life {
    /// It gives no sign, or has not been seen to.
    Unknown,
    /// It gives its sign, or its connection does.
    Lives,
    /// This one has given a sign of life, and gives none any more.
    Fallen(String),
}

/// What a connection knows of it. A new connection knows nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sign {
    /// It is ours.
    pub(super) is_ours: bool,
    /// Another broker had it. Whoever has only ever seen it gone does not know whether the master is gone, or
    /// the database was, and the master is about to come back.
    was_seen: bool,
}

impl Sign {
    /// Of the broker that has the lease. The sign is ours if it has fallen. `before`: whether a holder may be
    /// this very broker, from before it was killed and started again; that one does not come back.
    pub(super) fn life(
        &mut self,
        database: &mut dyn Database,
        tables: &Tables,
        ours: &str,
        before: impl Fn(&str) -> bool,
    ) -> Result<Life> {
        let Some(holder) = holder_with_sign(database, tables)?.filter(|it| it != ours) else {
            return Ok(Life::Unknown);
        };
        self.take(database, tables)?;
        self.was_seen |= !self.is_ours;
        if !self.is_ours {
            return Ok(Life::Lives);
        }
        if !self.was_seen && !before(&holder) {
            self.give_back(database, tables)?;
            return Ok(Life::Unknown);
        }
        Ok(Life::Fallen(holder))
    }

    pub(super) fn take(&mut self, database: &mut dyn Database, tables: &Tables) -> Result<()> {
        self.is_ours = self.is_ours || database.sign(&tables.lock)?;
        Ok(())
    }

    pub(super) fn give_back(&mut self, database: &mut dyn Database, tables: &Tables) -> Result<()> {
        if std::mem::take(&mut self.is_ours) {
            database.unsign(&tables.lock)?;
        }
        Ok(())
    }
}

/// As our row has a master that could not give the sign: unlike what ActiveMQ's row says.
pub(super) fn without_sign(holder: &str) -> String {
    format!("{holder} without sign")
}

/// Who has the lease, if it is one of ours that gives a sign: both rows have the same name.
fn holder_with_sign(database: &mut dyn Database, tables: &Tables) -> Result<Option<String>> {
    let rows = format!(
        "SELECT L.BROKER_NAME, M.HOLDER FROM {} L, {} M WHERE L.ID = 1 AND M.ID = 1",
        tables.lock, tables.master
    );
    let rows = database.ask(Sentence::new(database.dialect(), rows), &[Kind::Text, Kind::Text])?;
    let Some(row) = rows.first() else { return Ok(None) };
    let (lease, master) = (row.text(0)?, row.text(1)?);
    Ok(lease.filter(|lease| master.as_ref() == Some(lease)))
}
