//! What brokers think of an election: whether there has to be one, and whose turn it is to stand.

use std::{cmp::Reverse, collections::BTreeSet};

use serde::{Deserialize, Serialize};

use super::types::LogId;

/// What one broker says when it is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Opinion {
    /// Its number.
    pub(crate) id: u64,
    /// It hears nothing of a master, and would vote.
    pub(crate) silent: bool,
    /// The last entry of its log.
    pub(crate) last: Option<LogId>,
    /// How many others are preferred to it.
    pub(crate) rank: u64,
}

/// How many of those that could win come before `own`. `None` if no majority is for an election, or `own` cannot win.
/// `voters` are those of whom there has to be a majority: one group, or two while members change.
pub(super) fn place(own: &Opinion, others: &[Opinion], voters: &[BTreeSet<u64>]) -> Option<usize> {
    let silent: Vec<&Opinion> = others.iter().chain([own]).filter(|it| it.silent).collect();
    let could_win = |one: &Opinion| is_majority(&silent, voters, |it| it.last <= one.last);
    let turn = |it: &Opinion| (it.rank, Reverse(it.last), it.id);
    could_win(own).then(|| silent.iter().filter(|it| could_win(it) && turn(it) < turn(own)).count())
}

fn is_majority(
    silent: &[&Opinion],
    voters: &[BTreeSet<u64>],
    votes: impl Fn(&Opinion) -> bool,
) -> bool {
    voters.iter().all(|group| {
        let count = silent.iter().filter(|it| group.contains(&it.id) && votes(it)).count();
        count > group.len() / 2
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::replica::entry::log_id;

    fn opinion(id: u64, silent: bool, index: u64, rank: u64) -> Opinion {
        Opinion { id, silent, last: Some(log_id(1, index)), rank }
    }

    fn of_three() -> Vec<BTreeSet<u64>> {
        vec![[1, 2, 3].into()]
    }

    #[test]
    fn nobody_stands_as_long_as_a_majority_hears_a_master() {
        let own = opinion(1, true, 9, 0);
        assert_eq!(place(&own, &[], &of_three()), None, "nobody else was asked");
        let others = [opinion(2, false, 5, 0), opinion(3, false, 5, 0)];
        assert_eq!(place(&own, &others, &of_three()), None);
        assert_eq!(place(&own, &[opinion(2, true, 5, 0)], &of_three()), Some(0));
        assert_eq!(place(&own, &[opinion(7, true, 5, 0)], &of_three()), None, "7 has no vote");
    }

    #[test]
    fn whoever_lacks_entries_that_a_majority_has_does_not_stand_however_preferred() {
        let (behind, ahead) = (opinion(1, true, 4, 0), opinion(2, true, 5, 3));
        assert_eq!(place(&behind, std::slice::from_ref(&ahead), &of_three()), None);
        assert_eq!(place(&ahead, std::slice::from_ref(&behind), &of_three()), Some(0));
    }

    #[test]
    fn of_those_that_can_win_the_preferred_ones_come_first_then_longer_logs_then_numbers() {
        let all = [opinion(1, true, 5, 1), opinion(2, true, 5, 0), opinion(3, true, 7, 2)];
        let places = all.each_ref().map(|own| {
            let others: Vec<_> = all.iter().filter(|it| *it != own).cloned().collect();
            place(own, &others, &of_three())
        });
        assert_eq!(places, [Some(1), Some(0), Some(2)]);
        let equal = [opinion(1, true, 5, 0), opinion(2, true, 5, 0)];
        assert_eq!(place(&equal[0], &equal[1..], &of_three()), Some(0));
        assert_eq!(place(&equal[1], &equal[..1], &of_three()), Some(1));
    }

    #[test]
    fn while_members_change_both_groups_have_to_be_for_it() {
        let voters = [[1, 2, 3].into(), [3, 4, 5].into()];
        let own = opinion(3, true, 5, 0);
        assert_eq!(place(&own, &[opinion(1, true, 5, 0)], &voters), None);
        let others = [opinion(1, true, 4, 0), opinion(5, true, 4, 0)];
        assert_eq!(place(&own, &others, &voters), Some(0));
    }
}
