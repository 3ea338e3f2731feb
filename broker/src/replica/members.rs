//! Who belongs to the cluster. The leader takes brokers in; one that has lost its disk takes the place of what it
//! was before.

use std::{collections::BTreeSet, sync::Arc};

use openraft::{ChangeMembers, ServerState};
use tokio::sync::Mutex;

use super::{
    network::{About, Answer, Desk, Joined, Network},
    types::{Member, Raft},
    witness::Witness,
};

/// Answers for one broker.
pub(super) struct Members {
    pub(super) raft: Raft,
    pub(super) network: Network,
    pub(super) member: Member,
    pub(super) witness: Witness,
    /// How many there may be.
    pub(super) replicas: usize,
    /// One change at a time.
    pub(super) busy: Arc<Mutex<()>>,
}

/// What is to be done so that a broker is one of them.
enum Change {
    /// It has another address.
    Address,
    /// It is added, perhaps in place of another.
    Add(Option<u64>),
}

impl Members {
    fn wanted(&self, id: u64, member: &Member) -> Result<Option<Change>, Joined> {
        let metrics = self.raft.metrics().borrow().clone();
        let members = metrics.membership_config.membership();
        if metrics.state != ServerState::Leader {
            let leader = metrics.current_leader.and_then(|leader| members.get_node(&leader));
            return Err(Joined::Ask(leader.map(|leader| leader.address.clone())));
        }
        let voters: BTreeSet<u64> = members.voter_ids().collect();
        let has_name = |(other, it): &(&u64, &Member)| **other != id && it.name == member.name;
        let voting = members.nodes().filter(has_name).find(|(other, _)| voters.contains(other));
        let same_name = voting.or_else(|| members.nodes().find(has_name));
        match members.get_node(&id) {
            Some(known) if voters.contains(&id) => {
                return Ok((known != member).then_some(Change::Address));
            }
            _ => {}
        }
        let left =
            voters.iter().filter(|voter| same_name.is_none_or(|(old, _)| old != *voter)).count();
        if left >= self.replicas {
            let (count, name) = (voters.len(), &member.name);
            return Err(Joined::No(format!(
                "there are {count} brokers already, and {name} is none of them"
            )));
        }
        Ok(Some(Change::Add(same_name.map(|(old, _)| *old))))
    }

    /// Whether the broker with this number is there, at its old address.
    async fn is_alive(&self, id: u64) -> bool {
        let address = {
            let metrics = self.raft.metrics().borrow().clone();
            let node = metrics.membership_config.membership().get_node(&id).cloned();
            node.map(|node| node.address)
        };
        match address {
            Some(address) => self.network.connect(&address, id).await.is_ok(),
            None => false,
        }
    }
}

impl Desk for Members {
    async fn about(&self) -> Answer {
        match self.raft.is_initialized().await {
            Ok(founded) => {
                Answer::About(About { id: self.witness.id, member: self.member.clone(), founded })
            }
            Err(error) => Answer::Failed(error.to_string()),
        }
    }

    fn opinion(&self) -> Answer {
        Answer::Opinion(self.witness.opinion())
    }

    async fn join(&self, id: u64, member: Member) -> Answer {
        let change = match self.wanted(id, &member) {
            Ok(Some(change)) => change,
            Ok(None) => return Answer::Joined(Joined::Yes),
            Err(answer) => return Answer::Joined(answer),
        };
        if let Change::Add(Some(old)) = change
            && self.is_alive(old).await
        {
            let name = &member.name;
            return Answer::Joined(Joined::No(format!(
                "another broker that is called {name} is running"
            )));
        }
        if let Ok(busy) = self.busy.clone().try_lock_owned() {
            let raft = self.raft.clone();
            tokio::spawn(async move {
                tracing::info!(%member, id, "takes a broker in");
                if let Err(error) = carry_out(&raft, change, id, member).await {
                    tracing::warn!(id, error, "a broker could not be taken in; it will ask again");
                }
                drop(busy);
            });
        }
        Answer::Joined(Joined::Soon)
    }
}

/// Adds it when it has everything: until then it counts for nothing.
async fn carry_out(raft: &Raft, change: Change, id: u64, member: Member) -> Result<(), String> {
    let told = |error: &dyn std::fmt::Display| error.to_string();
    match change {
        Change::Address => {
            let changed = ChangeMembers::SetNodes([(id, member)].into());
            raft.change_membership(changed, true).await.map_err(|error| told(&error))?;
        }
        Change::Add(old) => {
            raft.add_learner(id, member, true).await.map_err(|error| told(&error))?;
            let mut voters: BTreeSet<u64> =
                raft.metrics().borrow().membership_config.membership().voter_ids().collect();
            voters.insert(id);
            if let Some(old) = old {
                voters.remove(&old);
            }
            raft.change_membership(voters, false).await.map_err(|error| told(&error))?;
        }
    }
    Ok(())
}
