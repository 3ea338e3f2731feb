//! Keeps what was used last, and no more than that.

use std::collections::HashMap;
use std::hash::Hash;

/// A map that forgets what was not used for longest.
#[derive(Debug)]
pub(super) struct Recent<K, V> {
    most: usize,
    uses: u64,
    kept: HashMap<K, (V, u64)>,
}

impl<K: Hash + Eq + Copy, V: Clone> Recent<K, V> {
    /// Of at most so many.
    pub(super) fn new(most: usize) -> Self {
        Self { most, uses: 0, kept: HashMap::new() }
    }

    pub(super) fn get(&mut self, key: K) -> Option<V> {
        self.uses += 1;
        let (value, used) = self.kept.get_mut(&key)?;
        *used = self.uses;
        Some(value.clone())
    }

    pub(super) fn put(&mut self, key: K, value: V) {
        self.uses += 1;
        self.kept.insert(key, (value, self.uses));
        if self.kept.len() > self.most {
            let oldest = self.kept.iter().min_by_key(|(_, (_, used))| *used);
            if let Some(oldest) = oldest.map(|(&key, _)| key) {
                self.kept.remove(&oldest);
            }
        }
    }

    pub(super) fn forget(&mut self, which: impl Fn(&K) -> bool) {
        self.kept.retain(|key, _| !which(key));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_used_for_longest_is_forgotten_first() {
        let mut recent = Recent::new(2);
        recent.put(1, 'a');
        recent.put(2, 'b');
        assert_eq!(recent.get(1), Some('a'));
        recent.put(3, 'c');
        assert_eq!((recent.get(1), recent.get(2), recent.get(3)), (Some('a'), None, Some('c')));
        recent.forget(|&key| key == 3);
        assert_eq!((recent.get(1), recent.get(3)), (Some('a'), None));
    }
}
