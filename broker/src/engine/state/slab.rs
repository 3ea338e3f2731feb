//! Values under small ids that are never mistaken for each other: a place may be used again, its
//! old id finds nothing.
//!
//! An id that is at hand because what it names is there is *stated*: that it finds nothing is a mistake of
//! this program, which tests do not forgive, and a broker in use survives. An id that was noted
//! for later may be *late*: what it names may have gone meanwhile.

use std::{fmt::Debug, marker::PhantomData};

/// Where a value is, and how often its place had been used before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Key {
    index: u32,
    generation: u32,
}

/// Names a value in a slab of its own kind.
pub(crate) trait Id: Copy + Debug {
    fn new(key: Key) -> Self;
    fn key(self) -> Key;
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub(crate) struct $name(Key);

        impl Id for $name {
            fn new(key: Key) -> Self {
                Self(key)
            }

            fn key(self) -> Key {
                self.0
            }
        }
    )*};
}

ids! {
    /// A line of the engine.
    LineId,
    /// A topic of the engine.
    TopicId,
    /// A consumer of the engine.
    SubId
}

#[derive(Debug)]
pub(crate) struct Slab<K, V> {
    places: Vec<Place<V>>,
    free: Vec<u32>,
    ids: PhantomData<K>,
}

#[derive(Debug)]
struct Place<V> {
    generation: u32,
    value: Option<V>,
}

impl<K, V> Default for Slab<K, V> {
    fn default() -> Self {
        Self { places: Vec::new(), free: Vec::new(), ids: PhantomData }
    }
}

impl<K: Id, V> Slab<K, V> {
    pub(crate) fn insert(&mut self, value: V) -> K {
        let reused = self.free.pop().and_then(|index| Some((index, self.place(index)?)));
        if let Some((index, place)) = reused {
            place.generation = place.generation.wrapping_add(1);
            place.value = Some(value);
            return K::new(Key { index, generation: place.generation });
        }
        // Four billion values would not fit into memory.
        let index = u32::try_from(self.places.len()).unwrap_or(u32::MAX);
        self.places.push(Place { generation: 0, value: Some(value) });
        K::new(Key { index, generation: 0 })
    }

    fn place(&mut self, index: u32) -> Option<&mut Place<V>> {
        self.places.get_mut(index as usize)
    }

    /// What is there.
    pub(crate) fn get(&self, id: K) -> Option<&V> {
        let found = self.late(id);
        debug_assert!(found.is_some(), "{id:?} has gone");
        found
    }

    /// What is there.
    pub(crate) fn get_mut(&mut self, id: K) -> Option<&mut V> {
        let found = self.late_mut(id);
        debug_assert!(found.is_some(), "{id:?} has gone");
        found
    }

    /// What was there, if it has not gone meanwhile.
    pub(crate) fn late(&self, id: K) -> Option<&V> {
        let key = id.key();
        let place = self.places.get(key.index as usize)?;
        place.value.as_ref().filter(|_| place.generation == key.generation)
    }

    /// What was there, if it has not gone meanwhile.
    pub(crate) fn late_mut(&mut self, id: K) -> Option<&mut V> {
        let key = id.key();
        let place = self.place(key.index)?;
        place.value.as_mut().filter(|_| place.generation == key.generation)
    }

    pub(crate) fn remove(&mut self, id: K) -> Option<V> {
        let key = id.key();
        let place = self.place(key.index).filter(|it| it.generation == key.generation)?;
        let value = place.value.take()?;
        self.free.push(key.index);
        Some(value)
    }

    /// In the order of their places.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (K, &V)> {
        (0..).zip(&self.places).filter_map(|(index, place)| {
            let id = K::new(Key { index, generation: place.generation });
            Some((id, place.value.as_ref()?))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_id_finds_nothing_in_a_place_that_is_used_again() {
        let mut slab: Slab<LineId, &str> = Slab::default();
        let old = slab.insert("old");
        assert_eq!(slab.remove(old), Some("old"));
        let new = slab.insert("new");
        assert_eq!(slab.late(old), None);
        assert_eq!(slab.late_mut(old), None);
        assert_eq!(slab.remove(old), None);
        assert_eq!(slab.get(new), Some(&"new"));
        assert_eq!(slab.iter().collect::<Vec<_>>(), [(new, &"new")]);
    }

    #[test]
    #[should_panic(expected = "has gone")]
    fn what_is_stated_and_not_there_fails_a_test() {
        let mut slab: Slab<LineId, &str> = Slab::default();
        let old = slab.insert("old");
        slab.remove(old);
        slab.get(old);
    }
}
