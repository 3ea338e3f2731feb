//! A map that finds the key again that it found last, without a search: messages come in runs of one producer.

use std::{cell::Cell, collections::HashMap, hash::Hash};

#[derive(Debug)]
pub(crate) struct Recent<K, V> {
    all: Vec<(K, V)>,
    places: HashMap<K, usize>,
    /// Where the last one was.
    last: Cell<usize>,
}

impl<K, V> Default for Recent<K, V> {
    fn default() -> Self {
        Self { all: Vec::new(), places: HashMap::new(), last: Cell::new(0) }
    }
}

impl<K: Clone + Eq + Hash, V> Recent<K, V> {
    fn place(&self, key: &K) -> Option<usize> {
        let last = self.last.get();
        if self.all.get(last).is_some_and(|(known, _)| known == key) {
            return Some(last);
        }
        let place = self.places.get(key).copied()?;
        self.last.set(place);
        Some(place)
    }

    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        self.all.get(self.place(key)?).map(|(_, value)| value)
    }

    pub(crate) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let place = self.place(key)?;
        self.all.get_mut(place).map(|(_, value)| value)
    }

    pub(crate) fn has(&self, key: &K) -> bool {
        self.place(key).is_some()
    }

    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    /// In no order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.all.iter().map(|(key, value)| (key, value))
    }

    /// In the place of what was there under this key.
    pub(crate) fn insert(&mut self, key: K, value: V) {
        match self.get_mut(&key) {
            Some(known) => *known = value,
            None => {
                self.places.insert(key.clone(), self.all.len());
                self.all.push((key, value));
            }
        }
    }

    pub(crate) fn remove(&mut self, key: &K) -> Option<V> {
        let place = self.places.remove(key)?;
        let (_, gone) = self.all.swap_remove(place);
        if let Some((moved, _)) = self.all.get(place) {
            self.places.insert(moved.clone(), place);
        }
        Some(gone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_is_found_when_others_have_gone() {
        let mut map = Recent::default();
        for (key, value) in ["a", "b", "c"].into_iter().zip(1..) {
            map.insert(key, value);
        }
        assert_eq!(map.get(&"c"), Some(&3));
        assert_eq!((map.remove(&"a"), map.remove(&"a")), (Some(1), None));
        assert_eq!(map.get(&"c"), Some(&3));
        assert_eq!(map.get_mut(&"b"), Some(&mut 2));
        map.insert("b", 4);
        assert!(map.has(&"b") && !map.has(&"a"));
        assert_eq!((map.len(), map.iter().map(|(_, value)| value).sum::<i32>()), (2, 7));
    }
}
