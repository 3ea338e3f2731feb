//! Durable subscriptions: a backlog each, also while the subscriber is away.

use std::collections::BTreeMap;

use relaismq_openwire::{ConsumerInfo, Destination, Message, RemoveSubscriptionInfo};

use super::{
    Engine, Reply,
    io::Link,
    properties::Selectable,
    queue::{Line, LineId},
    refuse::Refusal,
    routing::{is_advisory, matches},
    subscription::{SubId, Subscription},
};
use crate::{
    model::{Change, Container, SubscriptionKey, SubscriptionRecord},
    selector::Selector,
};

#[derive(Debug)]
struct Durable {
    record: SubscriptionRecord,
    selector: Option<Selector>,
    line: LineId,
    active: Option<SubId>,
}

/// All durable subscriptions of the broker.
#[derive(Debug, Default)]
pub(crate) struct Durables {
    by_key: BTreeMap<SubscriptionKey, Durable>,
}

impl Durables {
    pub(crate) fn line(&self, key: &SubscriptionKey) -> Option<LineId> {
        self.by_key.get(key).map(|durable| durable.line)
    }

    /// Backlogs that get a topic's messages.
    pub(crate) fn lines_for(&self, topic: &Destination) -> Vec<LineId> {
        let of_topic = self.by_key.values().filter(|durable| durable.covers(topic));
        of_topic.map(|durable| durable.line).collect()
    }

    /// Its selector matches, and the message is not its own client's if it does not want those.
    pub(crate) fn wants(&self, line: LineId, message: &Message) -> bool {
        let Some(durable) = self.by_key.values().find(|durable| durable.line == line) else {
            return false;
        };
        let own = || {
            let producer = message.producer_id.as_ref().map(|id| id.connection().to_string());
            producer.is_some_and(|connection| connection.starts_with(&durable.record.key.client_id))
        };
        !(durable.record.no_local && own())
            && durable
                .selector
                .as_ref()
                .is_none_or(|selector| selector.matches(&Selectable(message)))
    }

    pub(crate) fn deactivate(&mut self, sub: SubId) {
        for durable in self.by_key.values_mut() {
            durable.active.take_if(|active| *active == sub);
        }
    }
}

impl Durable {
    fn covers(&self, topic: &Destination) -> bool {
        Destination::topic(self.record.topic.as_str())
            .parts()
            .iter()
            .any(|part| matches(part, topic))
    }
}

impl Engine {
    pub(super) fn restore_durables(&mut self, records: Vec<SubscriptionRecord>) {
        for record in records {
            self.make_durable(record);
        }
    }

    fn make_durable(&mut self, record: SubscriptionRecord) -> LineId {
        let container = Container::Subscription(record.key.clone());
        let line = self.destinations.add_line(Line::new(Some(container)));
        // It was accepted when it was made.
        let selector = record.selector.as_deref().and_then(|text| Selector::parse(text).ok());
        let key = record.key.clone();
        let durable = Durable { record, selector, line, active: None };
        for (topic, listeners) in &mut self.destinations.topics {
            if durable.covers(topic) {
                listeners.durables.push(line);
            }
        }
        self.durables.by_key.insert(key, durable);
        line
    }

    /// A subscriber comes (back).
    pub(super) fn activate(
        &mut self,
        link: Link,
        info: &ConsumerInfo,
        mut subscription: Subscription,
    ) -> Result<SubId, Refusal> {
        let record = self.record(link, info, &subscription);
        if is_advisory(&subscription.destination) {
            return Err(Refusal::jms("Cannot create a durable subscription for an advisory Topic"));
        }
        let known = self.durables.by_key.get(&record.key);
        if known.is_some_and(|durable| durable.active.is_some()) {
            let SubscriptionKey { client_id, name } = &record.key;
            return Err(Refusal::jms(format!(
                "Durable consumer is in use for client: {client_id} and subscriptionName: {name}"
            )));
        }
        let line = match known {
            Some(durable) if durable.record == record => durable.line,
            other => {
                let changed = other.is_some();
                if changed {
                    self.drop_durable(&record.key);
                }
                self.change(Change::PutSubscription(record.clone()));
                self.batch.sync = true;
                self.make_durable(record.clone())
            }
        };
        // Chosen on the way in; noLocal too.
        subscription.selector = None;
        subscription.lines.push(line);
        let sub = self.add_subscription(subscription);
        if let Some(line) = self.destinations.line(line) {
            line.subscribers.push(sub);
        }
        if let Some(durable) = self.durables.by_key.get_mut(&record.key) {
            durable.active = Some(sub);
        }
        Ok(sub)
    }

    fn record(
        &self,
        link: Link,
        info: &ConsumerInfo,
        subscription: &Subscription,
    ) -> SubscriptionRecord {
        let client_id = self.clients.get(&link).map(|client| client.client_id.to_string());
        let name = info.subscription_name.as_ref().map(ToString::to_string);
        let selector = info.selector.as_ref().map(ToString::to_string);
        SubscriptionRecord {
            key: SubscriptionKey {
                client_id: client_id.unwrap_or_default(),
                name: name.unwrap_or_default(),
            },
            topic: subscription.destination.name.to_string(),
            selector: selector.filter(|text| !text.trim().is_empty()),
            no_local: info.no_local,
        }
    }

    fn drop_durable(&mut self, key: &SubscriptionKey) {
        let Some(durable) = self.durables.by_key.remove(key) else { return };
        for topic in self.destinations.topics.values_mut() {
            topic.durables.retain(|line| *line != durable.line);
        }
        self.destinations.drop_line(durable.line);
        self.change(Change::DropSubscription(key.clone()));
    }

    /// By the connection's own client id, whatever the command says.
    pub(super) fn unsubscribe(
        &mut self,
        link: Link,
        info: &RemoveSubscriptionInfo,
    ) -> Result<Reply, Refusal> {
        let client_id = self.clients.get(&link).map(|client| client.client_id.to_string());
        let name = info.subscription_name.as_ref().map(ToString::to_string);
        let key = SubscriptionKey {
            client_id: client_id.unwrap_or_default(),
            name: name.unwrap_or_default(),
        };
        match self.durables.by_key.get(&key) {
            None => Err(Refusal::destination(format!(
                "No durable subscription exists for: {}",
                key.name
            ))),
            Some(durable) if durable.active.is_some() => {
                Err(Refusal::jms("Durable consumer is in use"))
            }
            Some(_) => {
                self.drop_durable(&key);
                self.batch.sync = true;
                Ok(Reply::Done)
            }
        }
    }
}
