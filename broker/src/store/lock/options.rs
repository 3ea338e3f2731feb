//! How a lock is taken, held and lost: ActiveMQ's locker settings.

use std::{str::FromStr, time::Duration};

/// What brokers that share a store do with its lock. The default is right for a shared directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LockOptions {
    /// Take the lock before serving. Default true. Without it nothing keeps a broker on another machine
    /// out of the same store. ActiveMQ: `useLock`.
    pub use_lock: bool,
    /// How often the master looks whether it still is. Default: 5 s on a shared directory. At least 100 ms; less,
    /// also zero, is taken for that, since a master that never looks is the second one sooner or later.
    /// ActiveMQ: `lockKeepAlivePeriod`, there 0 (never) by default.
    pub keep_alive: Option<Duration>,
    /// How often a slave tries to take the lock. Default: 100 ms on a shared directory. At least 1 ms. ActiveMQ:
    /// `lockAcquireSleepInterval`, there 10 s by default, which its users pay at each takeover.
    pub acquire_interval: Option<Duration>,
    /// End at once when another broker has the lock, instead of waiting as its slave. Default false. ActiveMQ:
    /// `failIfLocked`.
    pub fail_if_locked: bool,
    /// What becomes of a master that cannot look at its lock because the system reports an error: true ends the broker,
    /// false (the default) takes the lock for lost, see [`OnDemotion`]. It serves in neither case. ActiveMQ:
    /// `stopOnError`, where false means that it goes on serving.
    pub stop_on_error: bool,
    /// What becomes of a master that has lost its lock.
    pub on_demotion: OnDemotion,
}

impl Default for LockOptions {
    fn default() -> Self {
        Self {
            use_lock: true,
            keep_alive: None,
            acquire_interval: None,
            fail_if_locked: false,
            stop_on_error: false,
            on_demotion: OnDemotion::default(),
        }
    }
}

impl LockOptions {
    /// [`Self::keep_alive`], or this lock's usual one.
    pub(crate) fn keep_alive_or(&self, usual: Duration) -> Duration {
        self.keep_alive.unwrap_or(usual).max(LEAST_KEEP_ALIVE)
    }

    /// [`Self::acquire_interval`], or this lock's usual one.
    pub(crate) fn acquire_interval_or(&self, usual: Duration) -> Duration {
        self.acquire_interval.unwrap_or(usual).max(LEAST_ACQUIRE_INTERVAL)
    }
}

/// What becomes of a master that has lost its lock. It has cut its clients off and closed its ports before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnDemotion {
    /// It becomes a slave again.
    #[default]
    Rejoin,
    /// The broker ends as failed: for those who have a supervisor that starts it again.
    Exit,
}

impl FromStr for OnDemotion {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "rejoin" => Ok(Self::Rejoin),
            "exit" => Ok(Self::Exit),
            _ => Err("write `rejoin` to become a slave again, or `exit`".to_owned()),
        }
    }
}

const LEAST_KEEP_ALIVE: Duration = Duration::from_millis(100);
const LEAST_ACQUIRE_INTERVAL: Duration = Duration::from_millis(1);
