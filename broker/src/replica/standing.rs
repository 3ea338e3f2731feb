//! What this broker is among the others. The Raft library's own word is not enough: a leader that is cut off calls
//! itself leader for ever. So a majority is asked again and again, and what it says holds for a while only.
#![expect(clippy::disallowed_methods, reason = "it asks again after a part of the lease")]

use std::time::Duration;

use openraft::{RaftMetrics, ServerState};
use tokio::{
    sync::watch,
    time::{Instant, sleep, timeout_at},
};

use super::{
    casualty::Casualty,
    options::LEASE,
    trouble::Trouble,
    types::{Member, Proposal, Raft},
};
use crate::model::form;

/// What a broker is among the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Nobody leads, as far as is known here.
    Electing,
    /// Another one leads.
    Slave {
        /// The one that does.
        of: Member,
    },
    /// This one leads: a majority has just said so, and everything that was decided before is in its store.
    Master {
        /// Raft's term.
        term: u64,
    },
    /// It cannot go on: why.
    Failed(Trouble),
}

/// Keeps a [`Standing`] true.
pub(super) struct Watchman {
    raft: Raft,
    id: u64,
    casualty: Casualty,
    standing: watch::Sender<Standing>,
    /// Until then a majority's word holds.
    until: Instant,
    /// It was asked, and did not say so.
    is_refused: bool,
}

impl Watchman {
    pub(super) fn new(
        raft: Raft,
        id: u64,
        casualty: Casualty,
        standing: watch::Sender<Standing>,
    ) -> Self {
        Self { raft, id, casualty, standing, until: Instant::now(), is_refused: false }
    }

    /// Until the Raft library ends.
    pub(super) async fn run(mut self) {
        let mut metrics = self.raft.metrics();
        loop {
            let seen = metrics.borrow_and_update().clone();
            let next = self.look(&seen).await;
            let failed = matches!(next, Standing::Failed(_));
            self.standing.send_if_modified(|standing| {
                let changed = *standing != next;
                *standing = next;
                changed
            });
            if failed {
                return;
            }
            // Whoever is gone refuses at once, and each question is news for the metrics.
            if std::mem::take(&mut self.is_refused) {
                sleep(AGAIN).await;
            }
            tokio::select! {
                changed = metrics.changed() => if changed.is_err() {
                    let why = self.casualty.or_as_told(&"it was stopped");
                    self.standing.send_replace(Standing::Failed(why));
                    return;
                },
                () = sleep(LEASE / FIFTH) => {}
            }
        }
    }

    async fn look(&mut self, seen: &RaftMetrics<u64, Member>) -> Standing {
        if let Err(error) = &seen.running_state {
            return Standing::Failed(self.casualty.or_as_told(error));
        }
        if seen.state == ServerState::Leader && seen.current_leader == Some(self.id) {
            return self.lead(seen.current_term).await;
        }
        let members = seen.membership_config.membership();
        let leader = seen.current_leader.filter(|&leader| leader != self.id);
        match leader.and_then(|leader| members.get_node(&leader)) {
            Some(of) => Standing::Slave { of: of.clone() },
            None => Standing::Electing,
        }
    }

    async fn lead(&mut self, term: u64) -> Standing {
        let begun = Instant::now();
        let is_master = *self.standing.borrow() == Standing::Master { term };
        // Each question is a round of messages; with every commit there is news of the log.
        if is_master && self.until > begun + LEASE - LEASE / FIFTH {
            return Standing::Master { term };
        }
        let confirmed = match is_master {
            true => timeout_at(self.until, self.is_confirmed()).await,
            false => timeout_at(begun + LEASE, self.begin()).await,
        };
        self.is_refused = confirmed != Ok(true);
        if !self.is_refused {
            self.until = begun + LEASE;
        }
        // The others did not answer this time; what they said before may still hold.
        let holds = is_master && Instant::now() < self.until;
        if !self.is_refused || holds { Standing::Master { term } } else { Standing::Electing }
    }

    async fn is_confirmed(&self) -> bool {
        #[cfg(test)]
        if control::LEADERS_ARE_BELIEVED.get() {
            return true;
        }
        self.raft.ensure_linearizable().await.is_ok()
    }

    /// Has an entry of its own applied: what was asked for before, by whomever, is decided then.
    async fn begin(&self) -> bool {
        self.raft.client_write(Proposal(form::encode(&[]))).await.is_ok()
    }
}

/// Between questions that were refused.
const AGAIN: Duration = Duration::from_millis(20);
/// A majority is asked once in such a part of a lease.
const FIFTH: u32 = 5;

/// Tests let a leader's own word be enough, to see that this is noticed.
#[cfg(test)]
pub(super) mod control {
    use std::cell::Cell;

    thread_local! {
        pub(in crate::replica) static LEADERS_ARE_BELIEVED: Cell<bool> = const { Cell::new(false) };
    }
}
