//! What the broker tells of itself, on topics that clients rely on: Java sends to a temporary
//! destination only if it has heard of it.

use relaismq_openwire::{
    Command, ConnectionId, Destination, DestinationInfo, Message, ProducerId, ProducerInfo,
    RemoveInfo, RemoveSubscriptionInfo, Value, destination::Kind,
};

use crate::engine::{
    Engine,
    io::Link,
    state::{
        destinations::{ADVISORY, Target, is_advisory, matches},
        slab::{LineId, SubId},
        subscription::{Role, Subscription},
    },
};

/// What an advisory is about, and a property that goes with it.
pub(crate) type Advice = (Command, Option<(&'static str, Value)>);

/// What happened to something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// It came to be.
    New,
    /// It is gone.
    Gone,
}

impl Engine {
    pub(crate) fn advise_connection(&mut self, link: Link) {
        if let Some(info) = self.clients.get(&link).and_then(|client| client.info.clone()) {
            self.advise(&format!("{ADVISORY}Connection"), |_| (info.into(), None));
        }
    }

    /// Told once.
    pub(crate) fn advise_connection_gone(&mut self, link: Link) {
        let info = self.clients.get_mut(&link).and_then(|client| client.info.take());
        if let Some(id) = info.and_then(|info| info.connection_id) {
            self.advise(&format!("{ADVISORY}Connection"), |_| (removal(id), None));
        }
    }

    pub(crate) fn advise_destination(&mut self, destination: &Destination, change: Event) {
        let topic = format!("{ADVISORY}{}", kind_name(destination.kind));
        self.advise(&topic, |_| (destination_info(destination, change), None));
    }

    pub(crate) fn advise_consumer(&mut self, sub: SubId) {
        let Some(subscription) = self.subscriptions.get(sub.0) else { return };
        let (info, parts) = (subscription.info.clone(), subscription.parts.clone());
        self.advise_of_consumer(&parts, || Command::ConsumerInfo(info.clone()));
    }

    pub(crate) fn advise_consumer_gone(&mut self, subscription: &Subscription) {
        self.advise_of_consumer(&subscription.parts, || removal(subscription.id.clone()));
    }

    pub(crate) fn advise_unsubscribed(
        &mut self,
        info: &RemoveSubscriptionInfo,
        parts: &[Destination],
    ) {
        self.advise_of_consumer(parts, || info.clone().into());
    }

    fn advise_of_consumer(&mut self, parts: &[Destination], data: impl Fn() -> Command) {
        for part in parts.iter().filter(|part| !is_advisory(part)) {
            self.advise(&about("Consumer", part), |engine| {
                (data(), Some(("consumerCount", Value::Int(engine.consumers_on(part)))))
            });
        }
    }

    pub(crate) fn advise_producer(&mut self, info: &ProducerInfo, change: Event) {
        for part in info.destination.iter().flat_map(Destination::parts) {
            self.advise(&about("Producer", &part), |engine| {
                let data = match (change, &info.producer_id) {
                    (Event::Gone, Some(id)) => removal(id.clone()),
                    _ => info.clone().into(),
                };
                (data, Some(("producerCount", Value::Int(engine.producers_on(&part)))))
            });
        }
    }

    pub(crate) fn consumers_on(&self, destination: &Destination) -> i32 {
        let members =
            |line: &LineId| self.destinations.line(*line).map_or(0, |it| it.members.len());
        let count = match self.destinations.find(destination) {
            Some(Target::Queue(line)) => members(&line),
            Some(Target::Topic(topic)) => self.destinations.topic(topic).map_or(0, |topic| {
                topic.subscribers.len() + topic.durables.iter().map(members).sum::<usize>()
            }),
            None => {
                self.subscriptions.iter().filter(|(_, it)| it.parts.contains(destination)).count()
            }
        };
        i32::try_from(count).unwrap_or(i32::MAX)
    }

    pub(crate) fn producers_on(&self, destination: &Destination) -> i32 {
        i32::try_from(self.producers_of(destination).count()).unwrap_or(i32::MAX)
    }

    pub(crate) fn producers_of(
        &self,
        destination: &Destination,
    ) -> impl Iterator<Item = &ProducerInfo> {
        let producers = self.clients.values().flat_map(|client| client.producers.values());
        producers.filter(move |info| info.destination.as_ref() == Some(destination))
    }

    /// Publishes an advisory, if anybody listens. Its topic need not exist for that.
    pub(crate) fn advise(&mut self, topic: &str, advice: impl FnOnce(&Self) -> Advice) {
        let topic = Destination::topic(topic);
        let listeners = self.listeners(&topic);
        if listeners.is_empty() {
            return;
        }
        let advice = advice(self);
        let message = self.advisory_message(&topic, advice);
        self.publish_to(&listeners, message);
    }

    fn listeners(&self, topic: &Destination) -> Vec<SubId> {
        if let Some(Target::Topic(id)) = self.destinations.find(topic) {
            return self
                .destinations
                .topic(id)
                .map(|it| it.subscribers.clone())
                .unwrap_or_default();
        }
        let hears = |sub: &&SubId| {
            self.subscriptions.get(sub.0).is_some_and(|it| {
                it.role == Role::Topic && it.parts.iter().any(|part| matches(part, topic))
            })
        };
        self.destinations.expectant.iter().filter(hears).copied().collect()
    }

    pub(crate) fn advisory_message(
        &mut self,
        topic: &Destination,
        (data, more): Advice,
    ) -> Message {
        self.advisories += 1;
        let producer =
            ProducerId { connection_id: self.id.value.clone(), value: 1, session_id: -1 };
        let mut message = Message {
            producer_id: Some(producer.clone()),
            destination: Some(topic.clone()),
            message_id: Some(producer.message(self.advisories)),
            jms_type: Some("Advisory".into()),
            data_structure: Some(Box::new(data)),
            ..Message::default()
        };
        let origin = [
            ("originBrokerId", Value::Text(self.id.to_string().into())),
            ("originBrokerName", Value::Text(self.name.clone())),
            ("originBrokerURL", Value::Text(self.url.clone())),
        ];
        for (name, value) in origin.into_iter().chain(more) {
            drop(message.set_property(name, value));
        }
        message
    }
}

/// The topic that tells of destinations of this kind.
pub(crate) const fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Queue => "Queue",
        Kind::Topic => "Topic",
        Kind::TempQueue => "TempQueue",
        Kind::TempTopic => "TempTopic",
    }
}

pub(crate) fn about(what: &str, destination: &Destination) -> String {
    let kind = if destination.kind.is_queue() { "Queue" } else { "Topic" };
    format!("{ADVISORY}{what}.{kind}.{}", destination.name)
}

fn removal(id: impl Into<Command>) -> Command {
    RemoveInfo { object_id: Some(Box::new(id.into())), ..RemoveInfo::default() }.into()
}

pub(crate) fn destination_info(destination: &Destination, change: Event) -> Command {
    let operation_type = match change {
        Event::New => DestinationInfo::ADD,
        Event::Gone => DestinationInfo::REMOVE,
    };
    let owner = destination.name.rsplit_once(':').filter(|_| destination.kind.is_temporary());
    DestinationInfo {
        connection_id: owner.map(|(connection, _)| ConnectionId::new(connection)),
        destination: Some(destination.clone()),
        operation_type,
        ..DestinationInfo::default()
    }
    .into()
}
