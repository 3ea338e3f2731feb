//! The present state, for whoever subscribes to an advisory topic later.

use relaismq_openwire::{Command, Destination, ProducerInfo, Value, destination::Kind};

use crate::engine::{
    Engine,
    destinations::advisory::{Advice, Event, destination_info, kind_name},
    state::{
        destinations::{ADVISORY, is_advisory},
        slab::SubId,
    },
};

impl Engine {
    /// Somebody subscribes to an advisory topic by its exact name: the present state, for it alone.
    pub(crate) fn replay_advisories(&mut self, sub: SubId) {
        let Some(subscription) = self.subscriptions.get(sub.0) else { return };
        let (parts, id) = (subscription.parts.clone(), subscription.id.clone());
        for part in parts.iter().filter(|part| is_advisory(part) && !part.is_pattern()) {
            let what = part.name.strip_prefix(ADVISORY).unwrap_or_default();
            for advice in self.present_state(what) {
                let mut message = self.advisory_message(part, advice);
                message.target_consumer_id = Some(id.clone());
                self.publish_to(&[sub], message);
            }
        }
    }

    fn present_state(&self, what: &str) -> Vec<Advice> {
        let kinds = [Kind::Queue, Kind::Topic, Kind::TempQueue, Kind::TempTopic];
        if let Some(kind) = kinds.into_iter().find(|kind| kind_name(*kind) == what) {
            let of_kind =
                self.destinations.names().filter(|it| it.kind == kind && !is_advisory(it));
            return of_kind.map(|it| (destination_info(it, Event::New), None)).collect();
        }
        if what == "Connection" {
            let open = self.clients.values().filter(|it| it.connection.is_some());
            let infos = open.filter_map(|it| it.info.clone());
            return infos.map(|info| (info.into(), None)).collect();
        }
        self.present_members(what)
    }

    fn present_members(&self, what: &str) -> Vec<Advice> {
        let destination = |rest: &str| match rest.split_once('.') {
            Some(("Queue", name)) => Some(Destination::queue(name)),
            Some(("Topic", name)) => Some(Destination::topic(name)),
            _ => None,
        };
        if let Some(destination) = what.strip_prefix("Producer.").and_then(destination) {
            let count = Some(("producerCount", Value::Int(self.producers_on(&destination))));
            let mut infos: Vec<ProducerInfo> = self.producers_of(&destination).cloned().collect();
            infos.sort_by(|a, b| a.producer_id.cmp(&b.producer_id));
            return infos.into_iter().map(|info| (info.into(), count.clone())).collect();
        }
        let Some(destination) = what.strip_prefix("Consumer.").and_then(destination) else {
            return Vec::new();
        };
        let count = Some(("consumerCount", Value::Int(self.consumers_on(&destination))));
        let here = self.subscriptions.iter().filter(|(_, it)| it.parts.contains(&destination));
        here.map(|(_, it)| (Command::ConsumerInfo(it.info.clone()), count.clone())).collect()
    }
}
