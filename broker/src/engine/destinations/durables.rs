//! Durable subscriptions: a backlog each, also while the subscriber is away.

use relaismq_openwire::{Destination, RemoveSubscriptionInfo};

use crate::{
    engine::{
        Engine,
        io::Link,
        state::{
            destinations::{Target, is_advisory},
            durables::Durable,
            fits,
            line::Line,
            outcomes::Then,
            refusal::{Refusal, Reply},
            slab::{LineId, SubId},
            subscription::Subscription,
            wants::Filter,
        },
    },
    model::{Change, Container, SubscriptionKey, SubscriptionRecord},
    selector::Selector,
};

impl Engine {
    pub(crate) fn make_durable(&mut self, record: SubscriptionRecord) -> LineId {
        // It was accepted when it was made.
        let selector = record.selector.as_deref().and_then(|text| Selector::parse(text).ok());
        let line = self.destinations.add_line(Line {
            container: Some(Container::Subscription(record.key.clone())),
            filter: Filter { selector, not_from: None },
            ..Line::default()
        });
        let key = record.key.clone();
        let parts = Destination::topic(record.topic.as_str()).parts();
        for part in &parts {
            for (_, target) in self.destinations.matching(part) {
                if let Target::Topic(topic) = target
                    && let Some(topic) = self.destinations.topic_mut(topic)
                    && !topic.durables.contains(&line)
                {
                    topic.durables.push(line);
                }
            }
        }
        self.durables.by_key.insert(key, Durable { record, parts, line, active: None });
        line
    }

    /// A subscriber comes (back). True if that changes the store.
    pub(crate) fn activate(
        &mut self,
        link: Link,
        mut subscription: Subscription,
    ) -> Result<(SubId, bool), Refusal> {
        let record = self.record(link, &subscription);
        fits::check_subscription(&self.limits, &record)?;
        if subscription.parts.iter().any(is_advisory) {
            return Err(Refusal::jms("Cannot create a durable subscription for an advisory Topic"));
        }
        let known = self.durables.by_key.get(&record.key);
        if known.is_some_and(|durable| durable.active.is_some()) {
            let SubscriptionKey { client_id, name } = &record.key;
            return Err(Refusal::jms(format!(
                "Durable consumer is in use for client: {client_id} and subscriptionName: {name}"
            )));
        }
        let known = known.map(|durable| (durable.line, durable.record == record));
        let (line, stored) = match known {
            Some((line, true)) => (line, false),
            other => {
                if other.is_some() {
                    self.drop_durable(&record.key);
                }
                let limit = self.settings.destinations;
                if self.durables.by_key.len() >= limit {
                    let text = format!("the broker may have {limit} durable subscriptions");
                    return Err(Refusal::limit(text));
                }
                self.work.change(Change::PutSubscription(record.clone()));
                (self.make_durable(record.clone()), true)
            }
        };
        if let Some(line) = self.destinations.line_mut(line).filter(|_| record.no_local) {
            line.filter.not_from = Some(subscription.connection.clone());
        }
        // Its line has chosen already.
        subscription.selector = None;
        let sub = self.subscriptions.insert(subscription);
        self.join_alone(sub, line);
        if let Some(durable) = self.durables.by_key.get_mut(&record.key) {
            durable.active = Some(sub);
        }
        Ok((sub, stored))
    }

    fn record(&self, link: Link, subscription: &Subscription) -> SubscriptionRecord {
        let info = &subscription.info;
        let client_id = self.clients.get(link).map(|client| client.client_id.clone());
        let name = info.subscription_name.clone();
        let selector = info.selector.as_ref().map(ToString::to_string);
        SubscriptionRecord {
            key: SubscriptionKey {
                client_id: client_id.unwrap_or_default(),
                name: name.unwrap_or_default(),
            },
            topic: info.destination.as_ref().map(|it| it.name.to_string()).unwrap_or_default(),
            selector: selector.filter(|text| !text.trim().is_empty()),
            no_local: info.no_local,
        }
    }

    fn drop_durable(&mut self, key: &SubscriptionKey) {
        let Some(durable) = self.durables.by_key.remove(key) else { return };
        for part in &durable.parts {
            for (_, target) in self.destinations.matching(part) {
                if let Target::Topic(topic) = target
                    && let Some(topic) = self.destinations.topic_mut(topic)
                {
                    topic.durables.retain(|line| *line != durable.line);
                }
            }
        }
        self.let_go_of_line(durable.line);
        if let Some(line) = self.destinations.drop_line(durable.line) {
            self.stored_bytes = self.stored_bytes.saturating_sub(line.kept_bytes);
        }
        self.work.change(Change::DropSubscription(key.clone()));
    }

    /// By the connection's own client id, whatever the command says.
    pub(crate) fn unsubscribe(
        &mut self,
        link: Link,
        info: &RemoveSubscriptionInfo,
    ) -> Result<Reply, Refusal> {
        let client_id = self.clients.get(link).map(|client| client.client_id.clone());
        let name = info.subscription_name.clone();
        let key = SubscriptionKey {
            client_id: client_id.unwrap_or_default(),
            name: name.unwrap_or_default(),
        };
        match self.durables.by_key.get(&key) {
            None => Err(Refusal::destination(format!(
                "No durable subscription exists for clientID: {} and subscriptionName: {}",
                key.client_id, key.name
            ))),
            Some(durable) if durable.active.is_some() => {
                Err(Refusal::jms("Durable consumer is in use"))
            }
            Some(durable) => {
                let parts = durable.parts.clone();
                self.drop_durable(&key);
                self.advise_unsubscribed(info, &parts);
                let answer_to = Some(info.command_id).filter(|_| info.response_required);
                self.work.later_for_sure(Then::Answer(link, answer_to.into()));
                Ok(Reply::Later)
            }
        }
    }
}
