//! What is known of a cluster.

use std::collections::BTreeMap;

use super::announcement::Announcement;

/// What is known of a cluster. While ZooKeeper is out of reach: what was known before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// Whether that is fresh.
    pub link: Link,
    /// The brokers that are there, this one too, by their nodes; of each only its newest session.
    pub members: BTreeMap<u64, Member>,
}

/// Whether ZooKeeper is reached.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Link {
    /// Not tried yet.
    #[default]
    Unknown,
    /// It is.
    Reached,
    /// It is not, or refuses; why.
    Lost(String),
}

/// A broker that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The number of its znode: who came later has a larger one.
    pub sequence: u64,
    /// What it says of itself.
    pub said: Announcement,
}

impl View {
    /// How many brokers should become the master rather than this node, if there is none: those with a larger
    /// weight. Who is the master is not counted: it is gone then. For a node that is not there nobody should.
    #[must_use]
    pub fn rank(&self, node: u64) -> usize {
        let Some(own) = self.members.get(&node).map(|it| it.said.weight) else { return 0 };
        let others = self.members.values().map(|it| &it.said).filter(|it| !it.is_master);
        others.filter(|it| it.weight > own).count()
    }

    /// The broker that says that it is the master; of several the one with the newest term.
    #[must_use]
    pub fn master(&self) -> Option<&Announcement> {
        let masters = self.members.values().map(|it| &it.said).filter(|it| it.is_master);
        masters.max_by_key(|it| it.term)
    }

    /// Takes in one more znode; an older session of the same node gives way.
    pub(super) fn add(&mut self, member: Member) {
        let known = self.members.get(&member.said.node);
        if known.is_none_or(|known| known.sequence < member.sequence) {
            self.members.insert(member.said.node, member);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(members: &[(u64, u64, u32)]) -> View {
        let mut view = View::default();
        for &(node, term, weight) in members {
            let said = Announcement { node, term, weight, ..Announcement::default() };
            view.add(Member { sequence: node, said });
        }
        view
    }

    #[test]
    fn whoever_has_a_larger_weight_comes_first_equals_side_by_side_and_the_master_not_at_all() {
        let mut view = view(&[(1, 2, 9), (2, 3, 1), (3, 3, 1), (4, 3, 5)]);
        assert_eq!([1, 2, 3, 4].map(|node| view.rank(node)), [0, 2, 2, 1]);
        view.members.get_mut(&1).unwrap().said.is_master = true;
        assert_eq!([2, 3, 4].map(|node| view.rank(node)), [1, 1, 0]);
        assert_eq!(view.rank(5), 0, "what nobody knows keeps nobody back");
    }

    #[test]
    fn of_a_node_with_two_sessions_the_newer_counts_whichever_is_read_first() {
        for order in [[1, 2], [2, 1]] {
            let mut view = View::default();
            for sequence in order {
                let replication = format!("tcp://a:{sequence}");
                let said = Announcement { node: 9, replication, ..Announcement::default() };
                view.add(Member { sequence, said });
            }
            assert_eq!(view.members[&9].said.replication, "tcp://a:2");
        }
    }

    /// A deposed master may not have noticed yet.
    #[test]
    fn of_two_masters_the_one_of_the_newer_term_is_shown() {
        let mut view = view(&[(1, 4, 1), (2, 5, 1), (3, 6, 1)]);
        assert_eq!(view.master(), None);
        for node in [1, 2] {
            view.members.get_mut(&node).unwrap().said.is_master = true;
        }
        assert_eq!(view.master().map(|it| it.node), Some(2));
    }
}
