//! When this broker stands for election. The Raft library would do so by timers of its own; but those of two brokers
//! may run out together again and again, and a broker that was cut off, or has just started, would depose a master
//! that serves.
//!
//! So whoever hears nothing of a master asks the others first, and stands if a majority hears nothing either, and of
//! those that can win none comes before it. Whoever comes later waits a little, should the others not act. That is
//! advice: votes decide.

use std::{collections::BTreeSet, time::Duration};

use openraft::RaftMetrics;
use tokio::{
    task::JoinSet,
    time::{Instant, MissedTickBehavior, interval, timeout},
};

use super::{
    network::{Answer, Network, Request},
    opinion::{Opinion, place},
    types::{Member, Raft},
    witness::Witness,
};

/// Decides when it is this broker's turn.
pub(super) struct Candidacy {
    raft: Raft,
    network: Network,
    witness: Witness,
    /// Since when it could win.
    ready: Option<Instant>,
    /// When it has stood last, and what the term was before.
    stood: Option<(Instant, u64)>,
}

impl Candidacy {
    pub(super) const fn new(raft: Raft, network: Network, witness: Witness) -> Self {
        Self { raft, network, witness, ready: None, stood: None }
    }

    /// Until it is dropped.
    pub(super) async fn run(mut self) {
        let mut looks = interval(LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            looks.tick().await;
            let seen = self.raft.metrics().borrow().clone();
            if self.is_called_for(&seen) {
                self.consider(&seen).await;
            } else {
                self.ready = None;
            }
        }
    }

    fn is_called_for(&self, seen: &RaftMetrics<u64, Member>) -> bool {
        let has_vote =
            seen.membership_config.membership().voter_ids().any(|it| it == self.witness.id);
        has_vote && self.witness.hears_nothing() && !self.is_under_way(seen)
    }

    /// It may still win, unless somebody has answered with a later term.
    fn is_under_way(&self, seen: &RaftMetrics<u64, Member>) -> bool {
        self.stood.is_some_and(|(when, term)| {
            when.elapsed() < LONGEST_ELECTION && seen.current_term <= term + 1
        })
    }

    async fn consider(&mut self, seen: &RaftMetrics<u64, Member>) {
        let others = self.ask_all(seen).await;
        let own = self.witness.opinion();
        let voters: &Vec<BTreeSet<u64>> = seen.membership_config.membership().get_joint_config();
        let Some(place) = place(&own, &others, voters) else {
            self.ready = None;
            return;
        };
        let ready = *self.ready.get_or_insert_with(Instant::now);
        if own.silent && ready.elapsed() >= pause(place) {
            self.stand(seen.current_term, place).await;
        }
    }

    async fn stand(&mut self, term: u64, place: usize) {
        tracing::info!(term = term + 1, place, "stands for election");
        (self.ready, self.stood) = (None, Some((Instant::now(), term)));
        if let Err(error) = self.raft.trigger().elect().await {
            tracing::debug!(%error, "it cannot stand");
        }
    }

    /// What the others think, as far as they answer soon.
    async fn ask_all(&self, seen: &RaftMetrics<u64, Member>) -> Vec<Opinion> {
        let members = seen.membership_config.membership();
        let voters: BTreeSet<u64> = members.voter_ids().collect();
        let others =
            members.nodes().filter(|(id, _)| **id != self.witness.id && voters.contains(*id));
        let mut asked = JoinSet::new();
        for (id, member) in others {
            asked.spawn(ask(self.network.clone(), *id, member.clone()));
        }
        asked.join_all().await.into_iter().flatten().collect()
    }
}

async fn ask(network: Network, id: u64, member: Member) -> Option<Opinion> {
    match timeout(PATIENCE, network.ask(id, &member, &Request::Opinion)).await {
        Ok(Ok(Answer::Opinion(opinion))) if opinion.id == id => Some(opinion),
        _ => None,
    }
}

/// How long those that come before are waited for.
fn pause(place: usize) -> Duration {
    STEP * u32::try_from(place).unwrap_or(MOST_STEPS).min(MOST_STEPS)
}

const LOOK: Duration = Duration::from_millis(25);
/// Whoever does not answer for so long has no opinion.
const PATIENCE: Duration = Duration::from_millis(150);
/// Votes are there by then, or do not come.
const LONGEST_ELECTION: Duration = Duration::from_millis(400);
/// For each of those that come before.
const STEP: Duration = Duration::from_millis(150);
/// However many there are.
const MOST_STEPS: u32 = 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_comes_later_waits_for_those_before_it_and_not_for_ever() {
        assert_eq!(pause(0), Duration::ZERO);
        assert_eq!(pause(2), STEP * 2);
        assert_eq!(pause(usize::MAX), STEP * MOST_STEPS);
    }
}
