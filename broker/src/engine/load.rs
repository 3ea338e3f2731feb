//! How much waits of each client, and of all together.

use std::collections::BTreeMap;

use super::io::Link;

/// How much waits.
#[derive(Debug, Default)]
pub(crate) struct Load {
    all: usize,
    of: BTreeMap<Link, usize>,
}

/// Of a client of which more than this waits, nothing is read.
const MOST_BYTES: usize = 64 * 1024;
/// When more than this waits of all clients together, nothing is read of any that has to wait.
const MOST_OF_ALL: usize = 16 * 1024 * 1024;

impl Load {
    pub(crate) fn add(&mut self, link: Link, bytes: usize) {
        self.all += bytes;
        *self.of.entry(link).or_default() += bytes;
    }

    pub(crate) fn take(&mut self, link: Link, bytes: usize) {
        self.all -= bytes;
        if let Some(of) = self.of.get_mut(&link) {
            *of -= bytes;
            if *of == 0 {
                self.of.remove(&link);
            }
        }
    }

    pub(crate) fn has(&self, link: Link) -> bool {
        self.of.contains_key(&link)
    }

    pub(crate) fn is_too_much(&self, link: Link) -> bool {
        let of = self.of.get(&link).copied().unwrap_or(0);
        of > if self.all > MOST_OF_ALL { 0 } else { MOST_BYTES }
    }

    pub(crate) fn is_little(&self, link: Link) -> bool {
        let of = self.of.get(&link).copied().unwrap_or(0);
        of <= if self.all > MOST_OF_ALL { 0 } else { MOST_BYTES / 2 }
    }
}
