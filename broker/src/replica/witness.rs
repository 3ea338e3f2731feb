//! What this broker hears of a master, and what it thinks of an election therefore.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use openraft::ServerState;
use tokio::{sync::watch, time::Instant};

use super::{log::LogStore, opinion::Opinion, options::LONGEST_SILENCE, types::Raft};

/// When this broker has heard of a master last.
#[derive(Clone, Debug)]
pub(super) struct Heard(Arc<Mutex<Instant>>);

impl Heard {
    pub(super) fn now() -> Self {
        Self(Arc::new(Mutex::new(Instant::now())))
    }

    /// A master has spoken, or one has just been voted for.
    pub(super) fn again(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    fn silence(&self) -> Duration {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).elapsed()
    }
}

/// Forms this broker's opinion.
#[derive(Clone)]
pub(super) struct Witness {
    pub(super) id: u64,
    pub(super) raft: Raft,
    pub(super) log: LogStore,
    pub(super) heard: Heard,
    /// How many others are preferred to this one.
    pub(super) rank: watch::Receiver<usize>,
}

impl Witness {
    pub(super) fn opinion(&self) -> Opinion {
        Opinion {
            id: self.id,
            silent: self.hears_nothing(),
            last: self.log.journal().last(),
            rank: u64::try_from(*self.rank.borrow()).unwrap_or(u64::MAX),
        }
    }

    /// Nothing of a master, for so long that nobody's word binds it any more.
    pub(super) fn hears_nothing(&self) -> bool {
        let leads = self.raft.metrics().borrow().state == ServerState::Leader;
        !leads && self.heard.silence() > LONGEST_SILENCE
    }
}
