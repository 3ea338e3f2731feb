//! A message that several lines have: it counts once in an account, as long as one of its copies does.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use crate::engine::state::account::{Account, Share};

/// One copy's part in it. It counts nowhere until it is counted; dropped, it counts nowhere any more.
#[derive(Debug)]
pub(crate) struct Part {
    common: Arc<Common>,
    counts: Option<Where>,
}

/// What the copies have in common.
#[derive(Debug)]
struct Common {
    bytes: usize,
    waiting: Counted,
    given: Counted,
}

/// Copies that count in an account.
#[derive(Debug)]
struct Counted {
    account: Account,
    copies: AtomicUsize,
}

#[derive(Clone, Copy, Debug)]
enum Where {
    Waiting,
    Given,
}

impl Part {
    /// Of something that takes so much memory, while it waits and while it is given to consumers.
    pub(crate) fn new(bytes: usize, waiting: &Account, given: &Account) -> Self {
        let counted = |account: &Account| Counted { account: account.clone(), copies: 0.into() };
        let common = Common { bytes, waiting: counted(waiting), given: counted(given) };
        Self { common: Arc::new(common), counts: None }
    }

    /// Counts in this account from now on, and in no other.
    fn count_in(&mut self, account: &Account) {
        self.leave();
        let place =
            if account.is(&self.common.given.account) { Where::Given } else { Where::Waiting };
        let counted = self.common.counted(place);
        if counted.copies.fetch_add(1, Ordering::Relaxed) == 0 {
            counted.account.add(self.common.bytes);
        }
        self.counts = Some(place);
    }

    fn leave(&mut self) {
        let Some(counted) = self.counts.take().map(|place| self.common.counted(place)) else {
            return;
        };
        if counted.copies.fetch_sub(1, Ordering::Relaxed) == 1 {
            counted.account.take(self.common.bytes);
        }
    }
}

impl Share {
    /// It counts for this holder as for each, and once for all of them.
    pub(crate) fn add_part(&mut self, part: &mut Part) {
        part.count_in(self.account());
        self.grow(part.common.bytes);
    }

    pub(crate) fn take_part(&mut self, part: &mut Part) {
        part.leave();
        self.shrink(part.common.bytes);
    }
}

impl Common {
    const fn counted(&self, place: Where) -> &Counted {
        match place {
            Where::Waiting => &self.waiting,
            Where::Given => &self.given,
        }
    }
}

impl Clone for Part {
    fn clone(&self) -> Self {
        Self { common: self.common.clone(), counts: None }
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        self.leave();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hundred_copies_count_once_until_the_last_is_gone() {
        let (waiting, given) = (Account::new(1000), Account::new(1000));
        let part = Part::new(10, &waiting, &given);
        let mut lines: Vec<_> = (0..100).map(|_| waiting.share()).collect();
        let mut copies: Vec<_> = (0..100).map(|_| part.clone()).collect();
        for (line, copy) in lines.iter_mut().zip(&mut copies) {
            line.add_part(copy);
        }
        assert_eq!((waiting.bytes(), lines[7].bytes()), (10, 10));
        let mut window = given.share();
        let mut taken = copies.remove(0);
        lines[0].take_part(&mut taken);
        window.add_part(&mut taken);
        assert_eq!((waiting.bytes(), given.bytes(), lines[0].bytes()), (10, 10, 0));
        drop(copies);
        assert_eq!((waiting.bytes(), given.bytes()), (0, 10));
        drop((taken, lines));
        assert_eq!((waiting.bytes(), given.bytes()), (0, 0));
        window.clear();
        assert_eq!(window.bytes(), 0);
    }
}
