//! Who may write. ActiveMQ's row says that, in one of two ways of ActiveMQ's own: a name and the time until which
//! it holds (`lease-database-locker`), or a transaction that has the row and never ends (the default
//! there). Whoever takes it over begins a new term.

use std::time::{Duration, Instant};

use super::SqlStore;
use super::database::{Database, transaction};
use super::fence::{Fence, next_term};
use super::locker::Locker;
use super::options::SqlOptions;
use super::schema;
use super::sentence::Sentence;
use super::sign::{Sign, without_sign};
use super::trouble::{Result, Trouble};
use super::vacancy::{Lease, Watch};
use super::value::{Kind, Value};
use crate::store::StoreError;

/// The lock of a database, of one broker. Calls block.
pub(crate) struct DatabaseLock {
    options: SqlOptions,
    /// Unlike that of any other process.
    holder: String,
    length: Duration,
    connection: Option<Connection>,
    /// What was seen of another's lease.
    watch: Watch,
    is_prepared: bool,
    /// It has been asked for before.
    is_known: bool,
}

/// What ends with a connection is beside it, so that nothing of a lost one is taken for a new one's.
struct Connection {
    /// With the transaction that has the row, if it is that.
    database: Box<dyn Database>,
    sign: Sign,
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
        // A lock that cannot be asked in time is as good as lost. Where the way to it may be dead, half of that is
        // left to ask on another one; a file is merely slow, and whoever gave up would give up its sign of life.
        let deadline = if options.is_remote() { length / 2 } else { length };
        let options = options.deadline(deadline);
        let name: String = name.chars().take(200).collect();
        let holder = format!("{name} {:016x}", nonce());
        let (connection, watch) = (None, Watch::default());
        Self { options, holder, length, connection, watch, is_prepared: false, is_known: false }
    }

    /// One try at this moment, which makes missing tables before.
    pub(crate) fn attempt(&mut self, at: Instant) -> std::result::Result<Attempt, StoreError> {
        let attempt = self.prepare().and_then(|()| self.take(at));
        self.is_known |= attempt.is_ok();
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
            schema::prepare(self.database()?, &options)?;
            self.is_prepared = true;
        }
        Ok(())
    }

    fn take(&mut self, at: Instant) -> Result<Attempt> {
        match self.options.locker() {
            Locker::Lease => self.take_lease(at),
            Locker::Transaction => self.take_row(),
        }
    }

    fn take_lease(&mut self, at: Instant) -> Result<Attempt> {
        let (options, holder) = (self.options.clone(), self.holder.clone());
        let (length, is_known) = (self.length, self.is_known);
        let Connection { database, sign } = connected(&mut self.connection, &options)?;
        let before = |other: &str| !is_known && name_of(other) == name_of(&holder);
        let life = sign.life(database.as_mut(), &options.tables, &holder, before)?;
        // Who only looks keeps nobody from writing, however long it may be paused.
        let lease = Lease::read(database.as_mut(), &options.tables)?;
        if !self.watch.is_free(&lease, &holder, &life, (at, length)) {
            sign.give_back(database.as_mut(), &options.tables)?;
            return Ok(Attempt::Held(lease.holder));
        }
        let taken = transaction(database.as_mut(), |database| {
            let now = database.dialect().now;
            let take = format!("UPDATE {} SET BROKER_NAME = ", options.tables.lock);
            let take = Sentence::new(database.dialect(), take).give(holder.as_str());
            let take = take.say(&format!(", TIME = {now} + ")).give(millis(length));
            if database.tell(lease.is_unchanged(take))? == 0 {
                sign.give_back(database, &options.tables)?;
                return Ok(None);
            }
            sign.take(database, &options.tables)?;
            let shown = if sign.is_ours { holder.clone() } else { without_sign(&holder) };
            next_term(database, &options.tables, &shown).map(Some)
        });
        Ok(taken?.map_or(Attempt::Held(None), Attempt::Taken))
    }

    fn renew_lease(&mut self) -> Result<bool> {
        let (tables, holder) = (self.options.tables.clone(), self.holder.clone());
        let length = millis(self.length);
        let Connection { database, sign } = connected(&mut self.connection, &self.options)?;
        // A lost connection took the sign with it.
        sign.take(database.as_mut(), &tables)?;
        let lease = format!("UPDATE {} SET TIME = {} + ", tables.lock, database.dialect().now);
        let lease = Sentence::new(database.dialect(), lease).give(length).say(" WHERE ID = 1 AND ");
        Ok(database.tell(lease.is("BROKER_NAME", &holder))? == 1)
    }

    /// As ActiveMQ leaves it.
    fn give_back(&mut self) -> Result<()> {
        let (lock, holder) = (self.options.tables.lock.clone(), self.holder.clone());
        let database = self.database()?;
        let lease = format!("UPDATE {lock} SET TIME = 0, BROKER_NAME = ");
        let lease = Sentence::new(database.dialect(), lease).give(Value::Text(None));
        database.tell(lease.say(" WHERE ID = 1 AND ").is("BROKER_NAME", &holder)).map(drop)
    }

    /// The row itself, until the connection ends.
    fn take_row(&mut self) -> Result<Attempt> {
        let options = self.options.clone();
        let holder = self.holder.clone();
        let database = self.database()?;
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
        let Some(connection) = self.connection.as_mut() else { return Ok(false) };
        connection.database.script("SELECT 1").map(|()| true)
    }

    fn database(&mut self) -> Result<&mut dyn Database> {
        Ok(connected(&mut self.connection, &self.options)?.database.as_mut())
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

/// The connection, or a new one.
fn connected<'a>(
    connection: &'a mut Option<Connection>,
    options: &SqlOptions,
) -> Result<&'a mut Connection> {
    let open = match connection.take() {
        Some(open) => open,
        None => Connection { database: options.connect()?, sign: Sign::default() },
    };
    Ok(connection.insert(open))
}

/// Of a holder.
fn name_of(holder: &str) -> &str {
    holder.rsplit_once(' ').map_or(holder, |(name, _)| name)
}

fn millis(length: Duration) -> i64 {
    i64::try_from(length.as_millis()).unwrap_or(i64::MAX)
}

/// Each hasher of the standard library begins with other keys.
fn nonce() -> u64 {
    use std::hash::{BuildHasher as _, Hasher as _};
    std::collections::hash_map::RandomState::new().build_hasher().finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lock(folder: &std::path::Path, name: &str) -> DatabaseLock {
        DatabaseLock::new(SqlOptions::embedded(folder), name, Duration::from_secs(60))
    }

    #[expect(clippy::disallowed_methods, reason = "the lock is told the time by its driver")]
    fn attempt(lock: &mut DatabaseLock) -> Attempt {
        lock.attempt(Instant::now()).unwrap()
    }

    fn is_held(lock: &mut DatabaseLock) -> bool {
        matches!(attempt(lock), Attempt::Held(_))
    }

    #[test]
    fn a_deposed_master_leaves_the_lease_to_one_that_lives() {
        let folder = tempfile::tempdir().unwrap();
        let (mut one, mut two) = (lock(folder.path(), "one"), lock(folder.path(), "two"));
        assert_eq!(attempt(&mut one), Attempt::Taken(1));
        assert!(is_held(&mut two));
        one.connection = None;
        assert_eq!(attempt(&mut two), Attempt::Taken(2));
        assert!(is_held(&mut one));
        two.connection = None;
        assert_eq!(attempt(&mut one), Attempt::Taken(3));
        assert!(!two.renew().unwrap());
        two.release();
        assert!(is_held(&mut two));
        assert!(is_held(&mut two));
        assert!(one.renew().unwrap());
    }

    /// It found its own lease, with half a minute to run, and waited for it as a slave of nobody.
    #[test]
    fn a_broker_that_is_started_again_after_a_kill_need_not_wait_for_its_own_lease() {
        let folder = tempfile::tempdir().unwrap();
        let (mut master, mut other) = (lock(folder.path(), "one"), lock(folder.path(), "two"));
        assert_eq!(attempt(&mut master), Attempt::Taken(1));
        assert!(is_held(&mut lock(folder.path(), "one")), "the first one lives");
        master.connection = None;
        assert!(is_held(&mut other), "the master may be about to come back");
        let mut again = lock(folder.path(), "one");
        assert_eq!(attempt(&mut again), Attempt::Taken(2));
        assert!(!master.renew().unwrap());
    }

    /// Two of one name: whoever has only waited does not know that the other one has fallen.
    #[test]
    fn a_name_says_nothing_to_one_that_has_asked_before() {
        let folder = tempfile::tempdir().unwrap();
        let (mut master, mut slave) = (lock(folder.path(), "one"), lock(folder.path(), "one"));
        assert_eq!(attempt(&mut master), Attempt::Taken(1));
        assert!(is_held(&mut slave));
        // The database was away, and with it what each of them knew.
        (master.connection, slave.connection) = (None, None);
        assert!(is_held(&mut slave));
        assert!(master.renew().unwrap());
    }

    #[test]
    fn a_master_that_connects_anew_gives_its_sign_of_life_again() {
        let folder = tempfile::tempdir().unwrap();
        let (mut master, mut slave) = (lock(folder.path(), "one"), lock(folder.path(), "two"));
        assert_eq!(attempt(&mut master), Attempt::Taken(1));
        assert!(is_held(&mut slave));
        master.connection = None;
        assert!(master.renew().unwrap());
        assert!(is_held(&mut slave));
    }

    /// After half of the lease it asked on a new connection, and the slave took the old one's end for its own.
    #[test]
    fn a_master_that_waits_for_a_slow_file_is_not_replaced_within_its_lease() {
        let folder = tempfile::tempdir().unwrap();
        let lease = Duration::from_secs(2);
        let lock = |name| DatabaseLock::new(SqlOptions::embedded(folder.path()), name, lease);
        let (mut master, mut slave) = (lock("one"), lock("two"));
        assert_eq!(attempt(&mut master), Attempt::Taken(1));
        assert!(is_held(&mut slave));
        let mut writer = master.options.connect().unwrap();
        writer.script(writer.dialect().begin).unwrap();
        #[expect(clippy::disallowed_methods, reason = "it is about the time that passes outside")]
        let begun = Instant::now();
        let renewal = std::thread::spawn(move || (master.renew(), master));
        while begun.elapsed() < lease * 3 / 4 {
            assert!(is_held(&mut slave), "after {:?}", begun.elapsed());
        }
        writer.script("ROLLBACK").unwrap();
        let (renewed, _master) = renewal.join().unwrap();
        assert!(renewed.unwrap());
        assert!(is_held(&mut slave));
    }

    #[test]
    fn a_slave_that_looks_waits_for_nobody_who_writes_and_keeps_nobody_from_it() {
        let folder = tempfile::tempdir().unwrap();
        let (mut master, mut slave) = (lock(folder.path(), "one"), lock(folder.path(), "two"));
        assert_eq!(attempt(&mut master), Attempt::Taken(1));
        assert!(is_held(&mut slave));
        let mut writer = master.options.connect().unwrap();
        writer.script(writer.dialect().begin).unwrap();
        assert!(is_held(&mut slave));
    }

    /// The time of a row is by the clock of whoever wrote it, where the database is a file.
    fn set_back(lock: &mut DatabaseLock, minutes: i64) {
        let clock = format!("UPDATE ACTIVEMQ_LOCK SET TIME = TIME - {}", minutes * 60_000);
        lock.database().unwrap().script(&clock).unwrap();
    }

    #[test]
    fn a_master_whose_clock_is_minutes_behind_is_not_deposed_while_it_lives() {
        let folder = tempfile::tempdir().unwrap();
        let (mut master, mut slave) = (lock(folder.path(), "one"), lock(folder.path(), "two"));
        assert_eq!(attempt(&mut master), Attempt::Taken(1));
        for _ in 0..3 {
            assert!(master.renew().unwrap());
            set_back(&mut master, 5);
            assert!(is_held(&mut slave));
        }
        master.connection = None;
        assert_eq!(attempt(&mut slave), Attempt::Taken(2), "it has fallen");
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "the lock is told the time by its driver")]
    fn a_master_that_stands_still_with_a_clock_that_is_ahead_is_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (mut master, mut slave) = (lock(folder.path(), "one"), lock(folder.path(), "two"));
        assert_eq!(attempt(&mut master), Attempt::Taken(1));
        set_back(&mut master, -60);
        let began = Instant::now();
        let lease = Duration::from_secs(60);
        assert!(matches!(slave.attempt(began).unwrap(), Attempt::Held(_)));
        assert!(matches!(slave.attempt(began + 2 * lease).unwrap(), Attempt::Held(_)));
        assert_eq!(slave.attempt(began + 3 * lease).unwrap(), Attempt::Taken(2));
        assert!(!master.renew().unwrap());
    }
}
