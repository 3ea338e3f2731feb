//! What a leader sees to among the members: a change that another leader has begun is brought to its end, and
//! whoever is not one of them any more is removed.
//!
//! If there are more brokers than there are to be, those are removed that are named nowhere any more. A broker that is
//! only away stays one of them, however long it is away: without it there are not more than there are to be.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use openraft::{ChangeMembers, Membership, ServerState};
use tokio::{
    sync::{Mutex, watch},
    time::{MissedTickBehavior, interval},
};

use super::types::{Member, Raft};

/// Looks again and again.
pub(super) struct Housekeeping {
    pub(super) raft: Raft,
    pub(super) member: Member,
    pub(super) others: watch::Receiver<Vec<Member>>,
    /// How many there are to be with this one.
    pub(super) replicas: usize,
    /// One change of members at a time.
    pub(super) busy: Arc<Mutex<()>>,
}

/// What is to be done.
#[derive(Debug, PartialEq, Eq)]
enum Chore {
    /// Two groups have to agree to everything since a change was begun; from now on only these.
    Finish(BTreeSet<u64>),
    /// It was to be taken in, and has another number since.
    Forget(u64),
    /// There are too many.
    Remove(u64),
}

impl Housekeeping {
    /// Until it is dropped.
    pub(super) async fn run(self) {
        let mut looks = interval(LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            looks.tick().await;
            let Ok(_busy) = self.busy.try_lock() else { continue };
            if let Some(chore) = self.chore() {
                self.carry_out(chore).await;
            }
        }
    }

    fn chore(&self) -> Option<Chore> {
        let seen = self.raft.metrics().borrow().clone();
        if seen.state != ServerState::Leader {
            return None;
        }
        let others = self.others.borrow();
        let named = others.iter().chain([&self.member]).map(|it| it.name.as_str()).collect();
        chore(seen.membership_config.membership(), &named, self.replicas)
    }

    async fn carry_out(&self, chore: Chore) {
        tracing::info!(?chore, "changes the members");
        let told = format!("{chore:?}");
        let changed = match chore {
            Chore::Finish(voters) => self.raft.change_membership(voters, false).await,
            Chore::Forget(id) => {
                let change = ChangeMembers::RemoveNodes([id].into());
                self.raft.change_membership(change, true).await
            }
            Chore::Remove(id) => {
                let change = ChangeMembers::RemoveVoters([id].into());
                self.raft.change_membership(change, false).await
            }
        };
        if let Err(error) = changed {
            tracing::warn!(chore = told, %error, "the members could not be changed; it is tried again");
        }
    }
}

/// The first thing to be done.
fn chore(
    members: &Membership<u64, Member>,
    named: &BTreeSet<&str>,
    replicas: usize,
) -> Option<Chore> {
    if let [_, .., voters] = members.get_joint_config().as_slice() {
        return Some(Chore::Finish(voters.clone()));
    }
    let voters: BTreeSet<u64> = members.voter_ids().collect();
    let votes = |id: &u64| voters.contains(id);
    let name_votes = |name: &str| members.nodes().any(|(id, it)| votes(id) && it.name == name);
    let mut strays = members.nodes().filter(|(id, it)| !votes(id) && name_votes(&it.name));
    if let Some((id, _)) = strays.next() {
        return Some(Chore::Forget(*id));
    }
    let is_unnamed = |(id, it): &(&u64, &Member)| votes(id) && !named.contains(it.name.as_str());
    let (id, _) = members.nodes().find(is_unnamed).filter(|_| voters.len() > replicas)?;
    Some(Chore::Remove(*id))
}

const LOOK: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn members(voters: &[&[u64]], names: &[(u64, &str)]) -> Membership<u64, Member> {
        let member = |name: &str| Member { name: name.into(), address: String::new() };
        let nodes: BTreeMap<u64, Member> = names.iter().map(|(id, it)| (*id, member(it))).collect();
        Membership::new(voters.iter().map(|it| it.iter().copied().collect()).collect(), nodes)
    }

    fn chore_of(
        members: &Membership<u64, Member>,
        named: &[&str],
        replicas: usize,
    ) -> Option<Chore> {
        chore(members, &named.iter().copied().collect(), replicas)
    }

    #[test]
    fn nobody_is_removed_that_is_named_or_not_too_many() {
        let three = members(&[&[1, 2, 3]], &[(1, "a"), (2, "b"), (3, "c")]);
        assert_eq!(chore_of(&three, &["a", "c"], 2), Some(Chore::Remove(2)));
        assert_eq!(chore_of(&three, &["a", "c"], 3), None, "it is only away");
        assert_eq!(chore_of(&three, &["a", "b", "c"], 2), None);
        assert_eq!(chore_of(&three, &["c"], 1), Some(Chore::Remove(1)), "one at a time");
    }

    /// A leader died between the two steps of a change: the broker that had lost its disk was asked for ever after.
    #[test]
    fn a_change_that_was_begun_is_finished() {
        let names = [(1, "a"), (2, "b"), (3, "c"), (4, "b")];
        let half = members(&[&[1, 2, 3], &[1, 3, 4]], &names);
        let expected = Some(Chore::Finish([1, 3, 4].into()));
        assert_eq!(chore_of(&half, &["a", "b", "c"], 3), expected);
    }

    #[test]
    fn who_was_to_be_taken_in_and_has_another_number_since_is_forgotten() {
        let names = [(1, "a"), (2, "b"), (3, "c"), (4, "b")];
        let stray = members(&[&[1, 2, 3]], &names);
        assert_eq!(chore_of(&stray, &["a", "b", "c"], 3), Some(Chore::Forget(4)));
        let new = members(&[&[1, 3]], &[(1, "a"), (3, "c"), (4, "b")]);
        assert_eq!(chore_of(&new, &["a", "b", "c"], 3), None, "it is on its way");
    }
}
