//! Consumers of a line, and those of them that take turns.

use crate::engine::state::slab::SubId;

/// A consumer of a line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Member {
    pub(crate) sub: SubId,
    pub(crate) priority: i8,
    pub(crate) exclusive: bool,
    /// It does not want everything.
    pub(crate) choosy: bool,
    /// Nothing up to this sequence is for it: it need not be looked at again.
    pub(crate) looked: u64,
    /// Nor is anything in the store: see [`crate::engine::giving::scout`].
    pub(crate) scouted: u64,
    /// The consumer knows that something waits here.
    pub(crate) noted: bool,
}

/// Members of equal priority.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Band<'a> {
    pub(crate) members: &'a [Member],
}

impl<'a> Band<'a> {
    pub(crate) fn at(all: &'a [Member], begin: usize, priority: i8) -> Self {
        let rest = all.get(begin..).unwrap_or_default();
        let length = rest.partition_point(|it| it.priority >= priority);
        Self { members: rest.get(..length).unwrap_or_default() }
    }

    /// Each member once, with its place, beginning with the one whose turn it is.
    pub(crate) fn from(self, turn: usize) -> impl Iterator<Item = (usize, &'a Member)> {
        let begin = turn.checked_rem(self.members.len()).unwrap_or(0);
        let all = self.members.iter().enumerate();
        all.clone().skip(begin).chain(all.take(begin))
    }
}
