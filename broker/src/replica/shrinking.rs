//! Who is removed: if there are more brokers than there are to be, those that are named nowhere any more.
//!
//! A broker that is only away stays one of them, however long it is away: without it there are not more than there
//! are to be.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use openraft::{ChangeMembers, ServerState};
use tokio::{
    sync::{Mutex, watch},
    time::{MissedTickBehavior, interval},
};

use super::types::{Member, Raft};

/// What the leader does about it.
pub(super) struct Shrinking {
    pub(super) raft: Raft,
    pub(super) member: Member,
    pub(super) others: watch::Receiver<Vec<Member>>,
    /// How many there are to be with this one.
    pub(super) replicas: usize,
    /// One change of members at a time.
    pub(super) busy: Arc<Mutex<()>>,
}

impl Shrinking {
    /// Until it is dropped.
    pub(super) async fn run(self) {
        let mut looks = interval(LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            looks.tick().await;
            let Ok(_busy) = self.busy.try_lock() else { continue };
            if let Some((id, member)) = self.superfluous() {
                self.remove(id, &member).await;
            }
        }
    }

    fn superfluous(&self) -> Option<(u64, Member)> {
        let seen = self.raft.metrics().borrow().clone();
        let members = seen.membership_config.membership();
        if seen.state != ServerState::Leader || members.get_joint_config().len() > 1 {
            return None;
        }
        let voters =
            members.voter_ids().filter_map(|id| Some((id, members.get_node(&id)?.clone())));
        let others = self.others.borrow();
        let named = others.iter().chain([&self.member]).map(|it| it.name.as_str()).collect();
        superfluous(&voters.collect(), &named, self.replicas)
    }

    async fn remove(&self, id: u64, member: &Member) {
        tracing::info!(%member, id, replicas = self.replicas, "removes a broker, which is one too many");
        let change = ChangeMembers::RemoveVoters([id].into());
        if let Err(error) = self.raft.change_membership(change, false).await {
            tracing::warn!(id, %error, "a broker could not be removed; it is tried again");
        }
    }
}

fn superfluous(
    voters: &BTreeMap<u64, Member>,
    named: &BTreeSet<&str>,
    replicas: usize,
) -> Option<(u64, Member)> {
    let is_too_many = voters.len() > replicas;
    let mut unnamed = voters.iter().filter(|(_, it)| !named.contains(it.name.as_str()));
    let (id, member) = unnamed.next().filter(|_| is_too_many)?;
    Some((*id, member.clone()))
}

const LOOK: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_removed_that_is_named_or_not_too_many() {
        let member = |name: &str| Member { name: name.into(), address: String::new() };
        let voters: BTreeMap<u64, Member> =
            [(1, member("a")), (2, member("b")), (3, member("c"))].into();
        let removed = |named: &[&str], replicas| {
            superfluous(&voters, &named.iter().copied().collect(), replicas).map(|(id, _)| id)
        };
        assert_eq!(removed(&["a", "c"], 2), Some(2));
        assert_eq!(removed(&["a", "c"], 3), None, "it is only away");
        assert_eq!(removed(&["a", "b", "c"], 2), None);
        assert_eq!(removed(&["c"], 1), Some(1), "one at a time");
    }
}
