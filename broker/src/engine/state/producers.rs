//! The producers of a client.

use std::{cell::Cell, collections::HashMap};

use relaismq_openwire::{Destination, ProducerId, ProducerInfo};

use crate::engine::state::destinations::Target;

/// A producer, and where its last message went.
#[derive(Debug)]
pub(crate) struct Producer {
    id: ProducerId,
    pub(crate) info: ProducerInfo,
    last: Option<(Destination, Target)>,
}

impl Producer {
    /// Where this destination was found the last time; it may be gone.
    pub(crate) fn target(&self, destination: &Destination) -> Option<Target> {
        self.last.as_ref().filter(|(last, _)| last == destination).map(|(_, target)| *target)
    }

    pub(crate) fn note_target(&mut self, destination: &Destination, target: Target) {
        self.last = Some((destination.clone(), target));
    }
}

/// All producers of a client. Messages come in runs of one producer, so the last one is found without a
/// search.
#[derive(Debug, Default)]
pub(crate) struct Producers {
    all: Vec<Producer>,
    places: HashMap<ProducerId, usize>,
    last: Cell<usize>,
}

impl Producers {
    fn place(&self, id: &ProducerId) -> Option<usize> {
        let last = self.last.get();
        if self.all.get(last).is_some_and(|producer| producer.id == *id) {
            return Some(last);
        }
        let place = self.places.get(id).copied()?;
        self.last.set(place);
        Some(place)
    }

    pub(crate) fn get(&self, id: &ProducerId) -> Option<&Producer> {
        self.all.get(self.place(id)?)
    }

    pub(crate) fn get_mut(&mut self, id: &ProducerId) -> Option<&mut Producer> {
        let place = self.place(id)?;
        self.all.get_mut(place)
    }

    pub(crate) fn has(&self, id: &ProducerId) -> bool {
        self.places.contains_key(id)
    }

    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    pub(crate) fn infos(&self) -> impl Iterator<Item = &ProducerInfo> {
        self.all.iter().map(|producer| &producer.info)
    }

    pub(crate) fn ids(&self) -> impl Iterator<Item = &ProducerId> {
        self.all.iter().map(|producer| &producer.id)
    }

    /// One that is new.
    pub(crate) fn add(&mut self, id: ProducerId, info: ProducerInfo) {
        self.places.insert(id.clone(), self.all.len());
        self.all.push(Producer { id, info, last: None });
    }

    pub(crate) fn remove(&mut self, id: &ProducerId) -> Option<ProducerInfo> {
        let place = self.places.remove(id)?;
        let gone = self.all.swap_remove(place);
        if let Some(moved) = self.all.get(place) {
            self.places.insert(moved.id.clone(), place);
        }
        Some(gone.info)
    }
}

#[cfg(test)]
mod tests {
    use relaismq_openwire::ConnectionId;

    use super::*;

    #[test]
    fn a_producer_is_found_when_others_have_gone() {
        let session = ConnectionId::new("ID:c").session(1);
        let ids: Vec<ProducerId> = (1..=3).map(|number| session.producer(number)).collect();
        let mut producers = Producers::default();
        for id in &ids {
            producers.add(id.clone(), ProducerInfo::default());
        }
        assert!(producers.get(&ids[2]).is_some());
        assert!(producers.remove(&ids[0]).is_some() && producers.remove(&ids[0]).is_none());
        assert_eq!(producers.get(&ids[2]).map(|it| &it.id), Some(&ids[2]));
        assert_eq!(producers.get_mut(&ids[1]).map(|it| it.id.clone()), Some(ids[1].clone()));
        assert!(!producers.has(&ids[0]) && producers.get(&ids[0]).is_none());
        assert_eq!((producers.len(), producers.ids().count()), (2, 2));
    }
}
