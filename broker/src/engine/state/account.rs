//! Memory that many hold together, and what each may have of it.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// Bytes that all holders have together, against a limit.
#[derive(Clone, Debug, Default)]
pub(crate) struct Account {
    limit: usize,
    sum: Arc<Sum>,
}

#[derive(Debug, Default)]
struct Sum {
    bytes: AtomicUsize,
    /// How many hold something.
    holders: AtomicUsize,
}

impl Account {
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, sum: Arc::default() }
    }

    pub(crate) fn bytes(&self) -> usize {
        self.sum.bytes.load(Ordering::Relaxed)
    }

    /// Bytes that are left.
    pub(crate) fn free(&self) -> usize {
        self.limit.saturating_sub(self.bytes())
    }

    pub(crate) fn is_used_up(&self) -> bool {
        self.free() == 0
    }

    /// What each holder may have when all is used up.
    pub(crate) fn fair_share(&self) -> usize {
        self.limit / 2 / self.sum.holders.load(Ordering::Relaxed).max(1)
    }

    /// A new holder, of nothing.
    pub(crate) fn share(&self) -> Share {
        Share { account: self.clone(), bytes: 0, alone: 0 }
    }

    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.sum, &other.sum)
    }

    pub(crate) fn add(&self, bytes: usize) {
        self.sum.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// No more than was added.
    pub(crate) fn take(&self, bytes: usize) {
        self.sum.bytes.fetch_sub(bytes, Ordering::Relaxed);
    }
}

/// What one of them holds; it is given back when this is dropped.
#[derive(Debug, Default)]
pub(crate) struct Share {
    account: Account,
    bytes: usize,
    /// What of it no other one has, too.
    alone: usize,
}

impl Share {
    pub(crate) const fn bytes(&self) -> usize {
        self.bytes
    }

    pub(crate) fn add(&mut self, bytes: usize) {
        self.alone += bytes;
        self.account.add(bytes);
        self.grow(bytes);
    }

    /// No more than there is.
    pub(crate) fn take(&mut self, bytes: usize) {
        let bytes = bytes.min(self.alone);
        self.alone -= bytes;
        self.account.take(bytes);
        self.shrink(bytes);
    }

    pub(super) const fn account(&self) -> &Account {
        &self.account
    }

    /// Holds nothing any more. What it had in common with others is given back by itself.
    pub(crate) fn clear(&mut self) {
        self.take(self.alone);
        self.shrink(self.bytes);
    }

    /// For what counts in the account by itself, see [`super::common`]; so does the next.
    pub(super) fn grow(&mut self, bytes: usize) {
        if self.bytes == 0 && bytes > 0 {
            self.account.sum.holders.fetch_add(1, Ordering::Relaxed);
        }
        self.bytes += bytes;
    }

    pub(super) fn shrink(&mut self, bytes: usize) {
        let bytes = bytes.min(self.bytes);
        self.bytes -= bytes;
        if self.bytes == 0 && bytes > 0 {
            self.account.sum.holders.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// It is a fair share with this, or there is still half of it all.
    pub(crate) fn keeps(&self, bytes: usize) -> bool {
        self.account.bytes() + bytes <= self.account.limit / 2
            || self.bytes + bytes <= self.account.fair_share()
    }

    /// There is room for this for all, or it is no more than a fair share.
    pub(crate) fn has_room_for(&self, bytes: usize) -> bool {
        bytes <= self.account.free() || self.bytes + bytes <= self.account.fair_share()
    }

    /// There is something left for all, or this one has less than others could.
    pub(crate) fn may_grow(&self) -> bool {
        !self.account.is_used_up() || self.bytes < self.account.fair_share()
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_holds_little_may_have_more_when_others_hold_too_much() {
        let account = Account::new(100);
        let (mut greedy, mut modest) = (account.share(), account.share());
        greedy.add(90);
        modest.add(5);
        assert!(greedy.may_grow() && modest.may_grow());
        greedy.add(10);
        assert!(!greedy.may_grow() && modest.may_grow());
        assert_eq!((account.bytes(), account.free(), account.fair_share()), (105, 0, 25));
        drop(greedy);
        assert_eq!((account.bytes(), account.fair_share()), (5, 50));
        modest.take(99);
        assert_eq!(account.bytes(), 0);
    }
}
