//! What the broker tells of itself, on topics that clients rely on: Java sends to a temporary
//! destination only if it has heard of it.

use std::sync::Arc;

use relaismq_openwire::{
    Command, ConsumerId, ConsumerInfo, Destination, DestinationInfo, Message, MessageId,
    ProducerId, ProducerInfo, RemoveInfo, Value, destination::Kind,
};

use super::{Engine, io::Link, subscription::SubId};

/// What happened to something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// It came to be.
    New,
    /// It is gone.
    Gone,
}

const PREFIX: &str = "ActiveMQ.Advisory.";

/// The topic that tells of destinations of this kind.
const fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Queue => "Queue",
        Kind::Topic => "Topic",
        Kind::TempQueue => "TempQueue",
        Kind::TempTopic => "TempTopic",
    }
}

fn about(what: &str, destination: &Destination) -> String {
    let kind = if destination.kind.is_queue() { "Queue" } else { "Topic" };
    format!("{PREFIX}{what}.{kind}.{}", destination.name)
}

impl Engine {
    pub(super) fn advise_connection(&mut self, link: Link, connected: bool) {
        let Some(info) = self.clients.get(&link).and_then(|client| client.info.clone()) else {
            return;
        };
        let data: Command = if connected {
            info.into()
        } else {
            let object_id = info.connection_id.map(|id| Box::new(Command::from(id)));
            RemoveInfo { object_id, ..RemoveInfo::default() }.into()
        };
        self.advise(&format!("{PREFIX}Connection"), data, None, None);
    }

    pub(super) fn advise_destination(&mut self, destination: &Destination, change: Change) {
        let topic = format!("{PREFIX}{}", kind_name(destination.kind));
        let data = self.destination_info(destination, change);
        self.advise(&topic, data, None, None);
    }

    fn destination_info(&self, destination: &Destination, change: Change) -> Command {
        let operation_type = match change {
            Change::New => DestinationInfo::ADD,
            Change::Gone => DestinationInfo::REMOVE,
        };
        let owner = self.clients.values().find(|client| client.temporaries.contains(destination));
        DestinationInfo {
            connection_id: owner.and_then(|client| client.connection.clone()),
            destination: Some(destination.clone()),
            operation_type,
            ..DestinationInfo::default()
        }
        .into()
    }

    pub(super) fn advise_consumer(&mut self, info: &ConsumerInfo, _: Change) {
        for destination in info.destination.iter().flat_map(Destination::parts) {
            if !super::routing::is_advisory(&destination) {
                let count = ("consumerCount", self.consumers_on(&destination));
                self.advise(
                    &about("Consumer", &destination),
                    info.clone().into(),
                    Some(count),
                    None,
                );
            }
        }
    }

    pub(super) fn advise_consumer_gone(&mut self, id: &ConsumerId, destination: &Destination) {
        for destination in destination.parts() {
            if !super::routing::is_advisory(&destination) {
                let object_id = Some(Box::new(Command::from(id.clone())));
                let data = RemoveInfo { object_id, ..RemoveInfo::default() };
                let count = ("consumerCount", self.consumers_on(&destination));
                self.advise(&about("Consumer", &destination), data.into(), Some(count), None);
            }
        }
    }

    pub(super) fn advise_producer(&mut self, info: &ProducerInfo, change: Change) {
        for destination in info.destination.iter().flat_map(Destination::parts) {
            let data: Command = match change {
                Change::New => info.clone().into(),
                Change::Gone => {
                    let object_id = info.producer_id.clone().map(|id| Box::new(Command::from(id)));
                    RemoveInfo { object_id, ..RemoveInfo::default() }.into()
                }
            };
            let count = ("producerCount", self.producers_on(&destination));
            self.advise(&about("Producer", &destination), data, Some(count), None);
        }
    }

    fn consumers_on(&self, destination: &Destination) -> i32 {
        let subscriptions = self.subscriptions.iter().flatten();
        let count = subscriptions.filter(|it| it.destination.parts().contains(destination)).count();
        i32::try_from(count).unwrap_or(i32::MAX)
    }

    fn producers_on(&self, destination: &Destination) -> i32 {
        let producers = self.clients.values().flat_map(|client| client.producers.values());
        let count = producers.filter(|it| it.destination.as_ref() == Some(destination)).count();
        i32::try_from(count).unwrap_or(i32::MAX)
    }

    /// Somebody subscribes to an advisory topic by its exact name: the present state, for it alone.
    pub(super) fn replay_advisories(&mut self, sub: SubId) {
        let Some((destination, id)) =
            self.subscription(sub).map(|it| (it.destination.clone(), it.id.clone()))
        else {
            return;
        };
        for part in destination.parts() {
            let Some(what) = part.name.strip_prefix(PREFIX).filter(|_| !part.is_pattern()) else {
                continue;
            };
            for (data, count) in self.present_state(what) {
                self.advise(&part.name, data, count, Some(&id));
            }
        }
    }

    fn present_state(&self, what: &str) -> Vec<(Command, Option<(&'static str, i32)>)> {
        let kinds = [Kind::Queue, Kind::Topic, Kind::TempQueue, Kind::TempTopic];
        if let Some(kind) = kinds.into_iter().find(|kind| kind_name(*kind) == what) {
            let destinations =
                self.destinations.queues.keys().chain(self.destinations.topics.keys());
            let of_kind =
                destinations.filter(|it| it.kind == kind && !super::routing::is_advisory(it));
            return of_kind.map(|it| (self.destination_info(it, Change::New), None)).collect();
        }
        if what == "Connection" {
            let infos = self
                .clients
                .values()
                .filter(|it| it.connection.is_some())
                .filter_map(|it| it.info.clone());
            return infos.map(|info| (info.into(), None)).collect();
        }
        self.present_members(what)
    }

    fn present_members(&self, what: &str) -> Vec<(Command, Option<(&'static str, i32)>)> {
        let destination = |rest: &str| match rest.split_once('.') {
            Some(("Queue", name)) => Some(Destination::queue(name)),
            Some(("Topic", name)) => Some(Destination::topic(name)),
            _ => None,
        };
        if let Some(destination) = what.strip_prefix("Producer.").and_then(destination) {
            let producers = self.clients.values().flat_map(|client| client.producers.values());
            let here = producers.filter(|it| it.destination.as_ref() == Some(&destination));
            let count = self.producers_on(&destination);
            return here
                .map(|it| (it.info.clone().into(), Some(("producerCount", count))))
                .collect();
        }
        let Some(destination) = what.strip_prefix("Consumer.").and_then(destination) else {
            return Vec::new();
        };
        let count = self.consumers_on(&destination);
        let here = self.subscriptions.iter().flatten().filter(|it| it.destination == destination);
        here.map(|it| {
            let info = ConsumerInfo {
                consumer_id: Some(it.id.clone()),
                destination: Some(it.destination.clone()),
                prefetch_size: i32::try_from(it.prefetch).unwrap_or(i32::MAX),
                ..ConsumerInfo::default()
            };
            (info.into(), Some(("consumerCount", count)))
        })
        .collect()
    }

    /// Publishes an advisory, if anybody listens.
    fn advise(
        &mut self,
        topic: &str,
        data: Command,
        count: Option<(&'static str, i32)>,
        only: Option<&ConsumerId>,
    ) {
        let topic = Destination::topic(topic);
        if !self.destinations.topics.contains_key(&topic) {
            let heard = self.subscriptions.iter().flatten().any(|it| {
                it.destination.parts().iter().any(|part| super::routing::matches(part, &topic))
            });
            if !heard {
                return;
            }
            self.make_destination(&topic);
        }
        let message = self.advisory_message(&topic, data, count, only);
        self.route(&Arc::new(message), &[topic]);
    }

    fn advisory_message(
        &mut self,
        topic: &Destination,
        data: Command,
        count: Option<(&'static str, i32)>,
        only: Option<&ConsumerId>,
    ) -> Message {
        self.advisories += 1;
        let producer =
            ProducerId { connection_id: self.id.value.clone(), value: 1, session_id: -1 };
        let mut message = Message {
            producer_id: Some(producer.clone()),
            destination: Some(topic.clone()),
            message_id: Some(MessageId { ..producer.message(self.advisories) }),
            jms_type: Some("Advisory".into()),
            data_structure: Some(Box::new(data)),
            target_consumer_id: only.cloned(),
            ..Message::default()
        };
        let origin = [
            ("originBrokerId", Value::Text(self.id.to_string().into())),
            ("originBrokerName", Value::Text(self.name.clone())),
            ("originBrokerURL", Value::Text(self.url.clone())),
        ];
        let count = count.map(|(name, count)| (name, Value::Int(count)));
        for (name, value) in origin.into_iter().chain(count) {
            drop(message.set_property(name, value));
        }
        message
    }
}
