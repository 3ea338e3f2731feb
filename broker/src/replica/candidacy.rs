//! Who stands for election first. Of the brokers that hear nothing of a master any more, one may be preferred to
//! others: those wait a little longer. It is advice: after that little everybody may stand, and votes decide.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    sync::watch,
    time::{Instant, interval},
};

use super::{options::LONGEST_ELECTION, types::Raft};

/// When this broker has heard of a master last.
#[derive(Clone, Debug)]
pub(super) struct Heard(Arc<Mutex<Instant>>);

impl Heard {
    pub(super) fn now() -> Self {
        Self(Arc::new(Mutex::new(Instant::now())))
    }

    /// A master has spoken.
    pub(super) fn again(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    fn silence(&self) -> Duration {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).elapsed()
    }
}

/// Keeps this broker from standing for as long as others are preferred to it.
pub(super) struct Candidacy {
    pub(super) raft: Raft,
    pub(super) heard: Heard,
    /// How many others are preferred to this one.
    pub(super) rank: watch::Receiver<usize>,
}

impl Candidacy {
    /// Until it is dropped.
    pub(super) async fn run(self) {
        let mut looks = interval(LOOK);
        loop {
            looks.tick().await;
            let rank = *self.rank.borrow();
            self.raft.runtime_config().elect(may_stand(rank, self.heard.silence()));
        }
    }
}

fn may_stand(rank: usize, silence: Duration) -> bool {
    let rank = u32::try_from(rank).unwrap_or(MOST_STEPS).min(MOST_STEPS);
    rank == 0 || silence >= LONGEST_ELECTION + STEP * rank
}

const LOOK: Duration = Duration::from_millis(50);
/// For each of those that are preferred, should they be gone, too.
const STEP: Duration = Duration::from_millis(150);
/// However many are said to be preferred.
const MOST_STEPS: u32 = 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_is_not_preferred_waits_for_those_that_are_and_not_for_ever() {
        let beyond = |steps: u32| LONGEST_ELECTION + STEP * steps;
        assert!(may_stand(0, Duration::ZERO));
        assert!(!may_stand(1, LONGEST_ELECTION));
        assert!(may_stand(1, beyond(1)));
        assert!(!may_stand(2, beyond(1)));
        assert!(may_stand(2, beyond(2)));
        assert!(
            may_stand(usize::MAX, beyond(MOST_STEPS)),
            "a wrong hint keeps nobody back for long"
        );
    }
}
