//! Consumers of a line that take turns.

use super::queue::Member;

/// Members of equal priority.
#[derive(Clone, Copy, Debug)]
pub(super) struct Band<'a> {
    pub(super) members: &'a [Member],
}

impl<'a> Band<'a> {
    pub(super) fn at(all: &'a [Member], begin: usize, priority: i8) -> Self {
        let rest = all.get(begin..).unwrap_or_default();
        let length = rest.partition_point(|it| it.priority >= priority);
        Self { members: rest.get(..length).unwrap_or_default() }
    }

    /// Each member once, with its place, beginning with the one whose turn it is.
    pub(super) fn from(self, turn: usize) -> impl Iterator<Item = (usize, &'a Member)> {
        let begin = turn.checked_rem(self.members.len()).unwrap_or(0);
        let all = self.members.iter().enumerate();
        all.clone().skip(begin).chain(all.take(begin))
    }
}
