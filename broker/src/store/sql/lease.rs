//! Who may write. ActiveMQ's row says that, in one of two ways of ActiveMQ's own: a name and the time until which
//! it holds (`lease-database-locker`), or a transaction that has the row and never ends (the default
//! there). Whoever takes it over begins a new term.

use std::time::Duration;

use super::SqlStore;
use super::database::{Database, transaction};
use super::fence::{Fence, next_term};
use super::locker::Locker;
use super::options::SqlOptions;
use super::schema;
use super::sentence::Sentence;
use super::sign::{Sign, without_sign};
use super::trouble::{Result, Trouble};
use super::value::{Kind, Value};
use crate::store::StoreError;

/// The lock of a database, of one broker. Calls block.
pub(crate) struct DatabaseLock {
    options: SqlOptions,
    /// Unlike that of any other process.
    holder: String,
    length: Duration,
    /// With the transaction that has the row, if it is that.
    connection: Option<Box<dyn Database>>,
    sign: Sign,
    is_prepared: bool,
}

/// What a try to take the lock came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Attempt {
    /// Ours, with the term that begins.
    Taken(u64),
    /// Another's, by this name if it is known.
    Held(Option<String>),
}

impl DatabaseLock {
    /// Of a broker with this name; the lease lasts so long unless it is renewed.
    pub(crate) fn new(options: SqlOptions, name: &str, length: Duration) -> Self {
        // A lock that cannot be asked in time is as good as lost.
        let options = options.deadline(length / 2);
        let name: String = name.chars().take(200).collect();
        let holder = format!("{name} {:016x}", nonce());
        Self {
            options,
            holder,
            length,
            connection: None,
            sign: Sign::default(),
            is_prepared: false,
        }
    }

    /// One try, which makes missing tables before.
    pub(crate) fn attempt(&mut self) -> std::result::Result<Attempt, StoreError> {
        let attempt = self.prepare().and_then(|()| self.take());
        attempt.map_err(|trouble| self.told(trouble))
    }

    /// Whether it is still ours; a lease lasts longer then.
    pub(crate) fn renew(&mut self) -> std::result::Result<bool, StoreError> {
        let renewed = match self.options.locker() {
            Locker::Lease => self.renew_lease(),
            Locker::Transaction => self.still_connected(),
        };
        renewed.map_err(|trouble| self.told(trouble))
    }

    /// Gives it back, so that another one need not wait.
    pub(crate) fn release(&mut self) {
        let given_back = match self.options.locker() {
            Locker::Lease => self.give_back(),
            Locker::Transaction => Ok(()),
        };
        if let Err(trouble) = given_back {
            tracing::debug!(%trouble, "the lease could not be given back; it will run out");
        }
        self.connection = None;
    }

    /// The store of a term that was taken here.
    pub(crate) fn store(options: SqlOptions, holder: &str, term: u64) -> SqlStore {
        let holder = (options.locker() == Locker::Lease).then(|| holder.to_owned());
        SqlStore::with(options, Some(Fence { term, holder, batch: 0 }))
    }

    pub(crate) fn holder(&self) -> &str {
        &self.holder
    }

    fn prepare(&mut self) -> Result<()> {
        if !self.is_prepared {
            let options = self.options.clone();
            schema::prepare(self.connected()?, &options)?;
            self.is_prepared = true;
        }
        Ok(())
    }

    fn take(&mut self) -> Result<Attempt> {
        match self.options.locker() {
            Locker::Lease => self.take_lease(),
            Locker::Transaction => self.take_row(),
        }
    }

    fn take_lease(&mut self) -> Result<Attempt> {
        let (options, holder) = (self.options.clone(), self.holder.clone());
        let length = millis(self.length);
        let fallen = self.fallen()?;
        let mut sign = self.sign;
        let database = self.connected()?;
        let taken = transaction(database, |database| {
            let now = database.dialect().now;
            let lease = format!("UPDATE {} SET BROKER_NAME = ", options.tables.lock);
            let lease = Sentence::new(database.dialect(), lease).give(holder.as_str());
            let lease = lease.say(&format!(", TIME = {now} + ")).give(length);
            let free = format!(" WHERE ID = 1 AND (TIME IS NULL OR TIME < {now} OR ");
            let lease = lease.say(&free).is("BROKER_NAME", &holder);
            let lease = match &fallen {
                Some(fallen) => lease.say(" OR ").is("BROKER_NAME", fallen),
                None => lease,
            };
            if database.tell(lease.say(")"))? == 0 {
                sign.give_back(database, &options.tables)?;
                return Ok(None);
            }
            sign.take(database, &options.tables)?;
            let shown = if sign.is_ours { holder.clone() } else { without_sign(&holder) };
            next_term(database, &options.tables, &shown).map(Some)
        });
        self.sign = sign;
        match taken? {
            Some(term) => Ok(Attempt::Taken(term)),
            None => Ok(Attempt::Held(self.who()?)),
        }
    }

    /// Who has the lease and does not live any more.
    fn fallen(&mut self) -> Result<Option<String>> {
        let (tables, holder, mut sign) =
            (self.options.tables.clone(), self.holder.clone(), self.sign);
        let fallen = sign.fallen(self.connected()?, &tables, &holder);
        self.sign = sign;
        fallen
    }

    fn who(&mut self) -> Result<Option<String>> {
        let row = format!("SELECT BROKER_NAME FROM {} WHERE ID = 1", self.options.tables.lock);
        let database = self.connected()?;
        let rows = database.ask(Sentence::new(database.dialect(), row), &[Kind::Text])?;
        Ok(rows.first().map(|row| row.text(0)).transpose()?.flatten())
    }

    fn renew_lease(&mut self) -> Result<bool> {
        let (lock, holder) = (self.options.tables.lock.clone(), self.holder.clone());
        let length = millis(self.length);
        self.sign_again()?;
        let database = self.connected()?;
        let lease = format!("UPDATE {lock} SET TIME = {} + ", database.dialect().now);
        let lease = Sentence::new(database.dialect(), lease).give(length).say(" WHERE ID = 1 AND ");
        Ok(database.tell(lease.is("BROKER_NAME", &holder))? == 1)
    }

    /// After the connection was lost, and the sign with it.
    fn sign_again(&mut self) -> Result<()> {
        let (tables, mut sign) = (self.options.tables.clone(), self.sign);
        let signed = sign.take(self.connected()?, &tables);
        self.sign = sign;
        signed
    }

    /// As ActiveMQ leaves it.
    fn give_back(&mut self) -> Result<()> {
        let (lock, holder) = (self.options.tables.lock.clone(), self.holder.clone());
        let database = self.connected()?;
        let lease = format!("UPDATE {lock} SET TIME = 0, BROKER_NAME = ");
        let lease = Sentence::new(database.dialect(), lease).give(Value::Text(None));
        database.tell(lease.say(" WHERE ID = 1 AND ").is("BROKER_NAME", &holder)).map(drop)
    }

    /// The row itself, until the connection ends.
    fn take_row(&mut self) -> Result<Attempt> {
        let options = self.options.clone();
        let holder = self.holder.clone();
        let database = self.connected()?;
        database.script(database.dialect().begin)?;
        let row = format!("SELECT ID FROM {} WHERE ID = 1", options.tables.lock);
        let row = Sentence::new(database.dialect(), row).say(database.dialect().for_update);
        match database.ask(row, &[Kind::Int]) {
            Ok(_) => {}
            Err(Trouble::Undone(_)) => {
                database.script("ROLLBACK")?;
                return Ok(Attempt::Held(None));
            }
            Err(trouble) => return Err(trouble),
        }
        // On another connection: the term is to be seen at once.
        let mut other = options.connect()?;
        let term =
            transaction(other.as_mut(), |database| next_term(database, &options.tables, &holder))?;
        Ok(Attempt::Taken(term))
    }

    fn still_connected(&mut self) -> Result<bool> {
        let Some(database) = self.connection.as_mut() else { return Ok(false) };
        database.script("SELECT 1").map(|()| true)
    }

    fn connected(&mut self) -> Result<&mut dyn Database> {
        let database = match self.connection.take() {
            Some(database) => database,
            None => {
                self.sign = Sign::default();
                self.options.connect()?
            }
        };
        Ok(self.connection.insert(database).as_mut())
    }

    fn told(&mut self, trouble: Trouble) -> StoreError {
        // What is left of it is unknown.
        self.connection = None;
        trouble.of(&self.options.place())
    }
}

impl std::fmt::Debug for DatabaseLock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DatabaseLock").field("holder", &self.holder).finish_non_exhaustive()
    }
}

fn millis(length: Duration) -> i64 {
    i64::try_from(length.as_millis()).unwrap_or(i64::MAX)
}

/// Each hasher of the standard library begins with other keys.
fn nonce() -> u64 {
    use std::hash::{BuildHasher as _, Hasher as _};
    std::collections::hash_map::RandomState::new().build_hasher().finish()
}
