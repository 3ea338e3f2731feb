//! Brokers that share a database: whoever has its lock is the master.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    task::spawn_blocking,
    time::{Instant, Interval, MissedTickBehavior, interval, interval_at, timeout_at},
};
use tracing::{info, warn};

use super::mastership::{Holder, Mastership, OpenStore, Pending, Term, Waits};
use crate::{
    error::BrokerError,
    store::{
        Store, StoreError,
        lock::LockOptions,
        sql::{Attempt, DatabaseLock, SqlOptions},
    },
};

/// The lock of a database, and the store that is in it.
pub(crate) struct DatabaseLease {
    lock: Arc<Mutex<DatabaseLock>>,
    options: SqlOptions,
    lease: Duration,
    keep_alive: Duration,
    fail_if_locked: bool,
    stop_on_error: bool,
    /// When the lease was taken or last renewed.
    held_since: Option<Instant>,
    /// Was the master, and lets others go first.
    is_deposed: bool,
}

/// ActiveMQ's `lockAcquireSleepInterval`, which is the length of its lease.
const DEFAULT_LEASE: Duration = Duration::from_secs(10);
/// A slave asks so often at most and at least.
const LONGEST_PAUSE: Duration = Duration::from_millis(200);
const SHORTEST_PAUSE: Duration = Duration::from_millis(50);

impl DatabaseLease {
    /// Of a broker with this name; nothing is touched yet.
    pub(crate) fn new(options: SqlOptions, lock: LockOptions, name: &str) -> Self {
        let lease = lock.acquire_interval_or(DEFAULT_LEASE).max(Duration::from_millis(500));
        let wished = lock.keep_alive_or(lease / 3);
        let keep_alive = wished.min(lease / 2);
        if keep_alive < wished {
            warn!(
                "lockKeepAlivePeriod ({wished:?}) is too long for a lease of {lease:?} \
                 (lockAcquireSleepInterval): it is renewed every {keep_alive:?}"
            );
        }
        // A master that stands still in the middle of a write must not keep its follower out.
        let options = options.silence(lease);
        let held = DatabaseLock::new(options.clone(), name, lease);
        Self {
            lock: Arc::new(Mutex::new(held)),
            options,
            lease,
            keep_alive,
            fail_if_locked: lock.fail_if_locked,
            stop_on_error: lock.stop_on_error,
            held_since: None,
            is_deposed: false,
        }
    }

    async fn take(&mut self, waits: &Waits<'_>) -> Result<Term, BrokerError> {
        let mut looks = self.looks();
        let mut told = None;
        info!("Attempting to acquire the exclusive lock to become the Master broker");
        loop {
            looks.tick().await;
            let begun = Instant::now();
            match self.with(move |lock| lock.attempt(begun.into_std())).await {
                Ok(Attempt::Taken(number)) => {
                    self.held_since = Some(begun);
                    self.log_taken();
                    return Ok(self.term(number));
                }
                Ok(Attempt::Held(name)) => self.wait_for(name, &mut told, waits)?,
                Err(StoreError::Io { place, detail }) => {
                    warn!(%place, %detail, "the lock of the database cannot be taken yet");
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Whoever has just lost the lock lets a slave take it, if there is one.
    fn looks(&mut self) -> Interval {
        let pause = self.pause();
        let wait = if std::mem::take(&mut self.is_deposed) { 3 * pause } else { Duration::ZERO };
        let mut looks = interval_at(Instant::now() + wait, pause);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        looks
    }

    fn pause(&self) -> Duration {
        (self.lease / 10).clamp(SHORTEST_PAUSE, LONGEST_PAUSE)
    }

    fn wait_for(
        &self,
        name: Option<String>,
        told: &mut Option<Option<String>>,
        waits: &Waits<'_>,
    ) -> Result<(), BrokerError> {
        let place = self.place();
        if self.fail_if_locked {
            let holder = name.unwrap_or_else(|| "another broker".into());
            let detail =
                format!("{holder} is the master, and this broker does not wait (failIfLocked)");
            return Err(StoreError::Fenced { place, detail }.into());
        }
        if told.as_ref() != Some(&name) {
            let holder = name.as_deref().unwrap_or("another broker");
            let pause = self.pause().as_millis();
            info!(
                "Failed to acquire lock: {place} is held by {holder}. Sleeping for {pause} milli(s) before trying again... \
                 This broker is now in slave mode"
            );
            waits(Holder { lock: place, name: name.clone() });
            *told = Some(name);
        }
        Ok(())
    }

    /// In the words of both of ActiveMQ's lockers.
    fn log_taken(&self) {
        let (holder, lease) = (self.held().holder().to_owned(), self.lease.as_secs_f64());
        info!(
            "Becoming the master on dataSource: {}. {holder}, becoming master with lease expiry in {lease} seconds, \
             renewed before that",
            self.options.place()
        );
    }

    fn term(&self, number: u64) -> Term {
        let options = self.options.clone();
        let holder = self.held().holder().to_owned();
        let open: OpenStore = Box::new(move || {
            Ok(Box::new(DatabaseLock::store(options, &holder, number)) as Box<dyn Store>)
        });
        Term { number, open }
    }

    /// Renews the lease; it is lost when another broker has it, or when it ran out.
    async fn watch(&mut self) -> Result<String, BrokerError> {
        let Some(mut renewed) = self.held_since else { return std::future::pending().await };
        let mut looks = interval(self.keep_alive);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            looks.tick().await;
            let begun = Instant::now();
            match timeout_at(renewed + self.lease, self.with(DatabaseLock::renew)).await {
                Ok(Ok(true)) => {
                    renewed = begun;
                    self.held_since = Some(begun);
                }
                Ok(Ok(false)) => return Ok(format!("{} is another broker's now", self.place())),
                Ok(Err(error)) if renewed.elapsed() < self.lease => {
                    warn!(%error, "the lease cannot be renewed yet");
                    looks.reset_after(SHORTEST_PAUSE);
                }
                Ok(Err(error)) => return self.ran_out(error),
                Err(_) => {
                    let detail = "the database does not answer".to_owned();
                    return self.ran_out(StoreError::Io { place: self.place(), detail });
                }
            }
        }
    }

    fn ran_out(&self, why: StoreError) -> Result<String, BrokerError> {
        if self.stop_on_error { Err(why.into()) } else { Ok(format!("the lease ran out: {why}")) }
    }

    fn place(&self) -> String {
        format!("the lock of {}", self.options.place())
    }

    fn held(&self) -> std::sync::MutexGuard<'_, DatabaseLock> {
        self.lock.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A database may take its time: never on the runtime's own threads.
    async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut DatabaseLock) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let lock = self.lock.clone();
        let work = move || work(&mut lock.lock().unwrap_or_else(PoisonError::into_inner));
        spawn_blocking(work).await.unwrap_or_else(|error| {
            Err(StoreError::Io { place: self.place(), detail: error.to_string() })
        })
    }
}

impl Mastership for DatabaseLease {
    fn acquire<'a>(&'a mut self, waits: &'a Waits<'a>) -> Pending<'a, Result<Term, BrokerError>> {
        Box::pin(self.take(waits))
    }

    fn lost(&mut self) -> Pending<'_, Result<String, BrokerError>> {
        Box::pin(self.watch())
    }

    fn release(&mut self) -> Pending<'_, ()> {
        Box::pin(async {
            if self.held_since.take().is_some() {
                self.is_deposed = true;
                let release = |lock: &mut DatabaseLock| {
                    lock.release();
                    Ok(())
                };
                drop(self.with(release).await);
            }
        })
    }
}
