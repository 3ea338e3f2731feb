//! Hashes that are valid in one place only.

use std::fmt;
use std::hash::{BuildHasher, RandomState};

use xxhash_rust::xxh3::{Xxh3, xxh3_64_with_seed};

/// Names a store; in every file of it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct StoreId(pub(in crate::store::file) [u8; 16]);

impl StoreId {
    /// One that no other store has.
    pub(in crate::store::file) fn random() -> Self {
        // Keyed from the system's random numbers; no two have the same keys.
        let half = || RandomState::new().hash_one(0).to_le_bytes();
        let (first, second) = (half(), half());
        Self(std::array::from_fn(|n| *first.iter().chain(&second).nth(n).unwrap_or(&0)))
    }
}

impl fmt::Display for StoreId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for StoreId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoreId({self})")
    }
}

/// The seeds of one store's hashes.
#[derive(Clone, Copy, Debug)]
pub(in crate::store::file) struct Seeds {
    store: u64,
}

impl Seeds {
    pub(in crate::store::file) fn of(id: StoreId) -> Self {
        Self { store: xxh3_64_with_seed(&id.0, 0) }
    }

    fn mixed(self, tag: u64, a: u64, b: u64) -> u64 {
        let mut bytes = [0; 24];
        for (to, from) in bytes.chunks_exact_mut(8).zip([tag, a, b]) {
            to.copy_from_slice(&from.to_le_bytes());
        }
        xxh3_64_with_seed(&bytes, self.store)
    }

    /// Of a record's header: its segment, and where in it.
    pub(in crate::store::file) fn record(self, segment: u64, offset: u64) -> u64 {
        self.mixed(1, segment, offset)
    }

    /// Of a message's blob: whose it is.
    pub(in crate::store::file) fn blob(self, container: u32, sequence: u64) -> u64 {
        self.mixed(2, container.into(), sequence)
    }

    /// Of a page of a table.
    pub(in crate::store::file) fn table(self, segment: u64, page: u64) -> u64 {
        self.mixed(3, segment, page)
    }

    /// The hash of a note about what is synced.
    pub(in crate::store::file) fn note(self, commit: u64) -> u64 {
        self.mixed(4, commit, 0)
    }

    /// Of a record's body, fed piece by piece.
    pub(in crate::store::file) fn body(self) -> Xxh3 {
        Xxh3::with_seed(self.store)
    }
}

/// Whether what was read is what was written. A test makes sure that it would be noticed if hashes
/// were ignored.
pub(super) fn trusted(hashes_are_equal: bool) -> bool {
    #[cfg(test)]
    if control::HASHES_ARE_IGNORED.get() {
        return true;
    }
    hashes_are_equal
}

#[cfg(test)]
pub(in crate::store::file) mod control {
    use std::cell::Cell;

    thread_local! {
        pub(in crate::store::file) static HASHES_ARE_IGNORED: Cell<bool> = const { Cell::new(false) };
    }
}
