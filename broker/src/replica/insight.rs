//! What a replica knows of itself and of the others, for whoever looks at it.

use std::time::Duration;

use openraft::RaftMetrics;

use super::{
    network::Network,
    types::{Member, Raft},
};

/// Looks at any time, and disturbs nothing.
#[derive(Clone)]
pub(crate) struct Insight {
    raft: Raft,
    network: Network,
    id: u64,
}

/// All of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Company {
    pub(crate) members: Vec<Fellow>,
    /// How many of them have to have something before it is confirmed.
    pub(crate) needed: usize,
    /// How many of them count and are there. Only the leader knows.
    pub(crate) present: Option<usize>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fellow {
    pub(crate) member: Member,
    /// It is the one that is asked.
    pub(crate) is_this: bool,
    pub(crate) part: Part,
    /// How many entries it lacks. Only the leader knows.
    pub(crate) behind: Option<u64>,
    /// It has answered a moment ago. Only the leader knows.
    pub(crate) present: Option<bool>,
}

/// What it is among the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Leads,
    Follows,
    /// It gets everything, and does not count yet.
    Joins,
}

impl Insight {
    pub(super) const fn new(raft: Raft, network: Network, id: u64) -> Self {
        Self { raft, network, id }
    }

    /// The newest term that it knows, and the last entry of its log.
    pub(crate) fn progress(&self) -> (u64, u64) {
        let seen = self.seen();
        (seen.current_term, seen.last_log_index.unwrap_or(0))
    }

    /// All members, by name.
    pub(crate) fn company(&self) -> Company {
        let seen = self.seen();
        let membership = seen.membership_config.membership();
        let nodes = membership.nodes();
        let mut members: Vec<Fellow> =
            nodes.map(|(id, member)| self.fellow(*id, member, &seen)).collect();
        members.sort_by(|one, other| one.member.name.cmp(&other.member.name));
        let voters = members.iter().filter(|it| it.part != Part::Joins);
        let present = voters.clone().filter(|it| it.present == Some(true)).count();
        let needed = voters.count() / 2 + 1;
        let leads = seen.current_leader == Some(self.id);
        Company { members, needed, present: leads.then_some(present) }
    }

    fn seen(&self) -> RaftMetrics<u64, Member> {
        self.raft.metrics().borrow().clone()
    }

    fn fellow(&self, id: u64, member: &Member, seen: &RaftMetrics<u64, Member>) -> Fellow {
        let votes = seen.membership_config.membership().voter_ids().any(|voter| voter == id);
        let part = match seen.current_leader == Some(id) {
            true => Part::Leads,
            false if votes => Part::Follows,
            false => Part::Joins,
        };
        let is_this = id == self.id;
        let leads = seen.current_leader == Some(self.id);
        let answers = || is_this || self.network.silence(id).is_some_and(|it| it < A_MOMENT);
        let present = leads.then(answers);
        Fellow { member: member.clone(), is_this, part, behind: behind(id, seen), present }
    }
}

impl std::fmt::Debug for Insight {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Insight").field("id", &self.id).finish_non_exhaustive()
    }
}

fn behind(id: u64, seen: &RaftMetrics<u64, Member>) -> Option<u64> {
    let known = seen.replication.as_ref()?.get(&id)?;
    // The first entry has the number 0.
    let next = |index: Option<u64>| index.map_or(0, |index| index + 1);
    Some(next(seen.last_log_index).saturating_sub(next(known.map(|it| it.index))))
}

/// Some heartbeats.
const A_MOMENT: Duration = Duration::from_secs(1);
