//! Consumers come and go.

use std::collections::VecDeque;

use relaismq_openwire::{ConsumerControl, ConsumerId, ConsumerInfo, Destination};

use super::{
    Engine, Reply, advisory,
    io::Link,
    queue::{Line, LineId},
    refuse::Refusal,
    routing::matches,
    subscription::{InFlight, Role, SubId, Subscription},
};
use crate::selector::Selector;

impl Engine {
    pub(super) fn open_consumer(
        &mut self,
        link: Link,
        info: &ConsumerInfo,
    ) -> Result<Reply, Refusal> {
        let id =
            info.consumer_id.clone().ok_or_else(|| Refusal::state("a consumer needs an id"))?;
        if self.clients.get(&link).is_some_and(|client| client.consumers.contains_key(&id)) {
            return Ok(Reply::Done);
        }
        self.check_members(link)?;
        let destination =
            info.destination.clone().ok_or_else(|| Refusal::destination("no destination"))?;
        self.check_source(link, &destination)?;
        let subscription = self.subscription_of(link, id.clone(), info, destination)?;
        for part in subscription.destination.parts() {
            if !part.is_pattern() {
                self.ensure_destination(&part)?;
            }
        }
        let role = subscription.role;
        let sub = match role {
            Role::Durable => self.activate(link, info, subscription)?,
            _ => self.add_subscription(subscription),
        };
        if let Some(client) = self.clients.get_mut(&link) {
            client.consumers.insert(id, sub);
        }
        match role {
            Role::Queue => self.listen_to_queues(sub),
            Role::Topic => self.listen_to_topics(sub),
            Role::Browser => self.begin_browse(sub),
            Role::Durable => {}
        }
        self.advise_consumer(info, advisory::Change::New);
        self.replay_advisories(sub);
        self.dispatch_to(sub);
        Ok(Reply::Done)
    }

    /// Temporary destinations are consumed by their own connection only.
    fn check_source(&self, link: Link, destination: &Destination) -> Result<(), Refusal> {
        let parts = destination.parts();
        if parts.is_empty() {
            return Err(Refusal::destination("a destination without a name"));
        }
        let own = |part: &Destination| {
            self.clients.get(&link).is_some_and(|client| client.temporaries.contains(part))
        };
        match parts.iter().find(|part| part.kind.is_temporary() && !own(part)) {
            Some(foreign) => {
                let message =
                    format!("{foreign} is not a temporary destination of this connection");
                Err(Refusal::destination(message))
            }
            None => Ok(()),
        }
    }

    fn subscription_of(
        &self,
        link: Link,
        id: ConsumerId,
        info: &ConsumerInfo,
        destination: Destination,
    ) -> Result<Subscription, Refusal> {
        let selector = info.selector.as_deref().filter(|text| !text.trim().is_empty());
        let selector = selector.map(Selector::parse).transpose();
        let selector = selector.map_err(|error| Refusal::selector(error.to_string()))?;
        let role = match (destination.kind.is_queue(), info.browser, &info.subscription_name) {
            (true, true, _) => Role::Browser,
            (true, false, _) => Role::Queue,
            (false, _, Some(_)) => Role::Durable,
            (false, _, None) => Role::Topic,
        };
        let connection = self.clients.get(&link).and_then(|client| client.connection.clone());
        Ok(Subscription {
            id,
            link,
            connection: connection.unwrap_or_default(),
            destination,
            role,
            prefetch: usize::try_from(info.prefetch_size).unwrap_or(0),
            priority: info.priority,
            exclusive: info.exclusive && role == Role::Queue,
            no_local: info.no_local && role != Role::Queue,
            selector,
            lines: Vec::new(),
            in_flight: VecDeque::new(),
            extension: 0,
            pull: None,
            browse: VecDeque::new(),
            browsed: false,
        })
    }

    pub(super) fn add_subscription(&mut self, subscription: Subscription) -> SubId {
        if let Some(free) = self.free_subscriptions.pop()
            && let Some(place) = self.subscriptions.get_mut(free)
        {
            *place = Some(subscription);
            return SubId(free);
        }
        self.subscriptions.push(Some(subscription));
        SubId(self.subscriptions.len() - 1)
    }

    fn listen_to_queues(&mut self, sub: SubId) {
        let Some(destination) = self.subscription(sub).map(|it| it.destination.clone()) else {
            return;
        };
        for part in destination.parts() {
            for line in self.lines_matching(&part) {
                self.attach(sub, line);
            }
        }
        if destination.parts().iter().any(Destination::is_pattern) {
            self.destinations.patterns.push(sub);
        }
    }

    /// Joins the subscribers of a line, behind those of the same priority.
    pub(super) fn attach(&mut self, sub: SubId, id: LineId) {
        let Some(priority) = self.subscription(sub).map(|it| it.priority) else { return };
        let higher = |other: &SubId| {
            self.subscriptions
                .get(other.0)
                .and_then(Option::as_ref)
                .is_some_and(|it| it.priority >= priority)
        };
        let place =
            self.destinations.lines_ref(id).map(|line| line.subscribers.partition_point(higher));
        if let Some((line, place)) = self.destinations.line(id).zip(place)
            && !line.subscribers.contains(&sub)
        {
            line.subscribers.insert(place, sub);
            line.unwanted = 0;
        }
        if let Some(subscription) = self.subscription(sub)
            && !subscription.lines.contains(&id)
        {
            subscription.lines.push(id);
        }
    }

    /// A topic subscriber has a line of its own, and hears of every topic that matches.
    fn listen_to_topics(&mut self, sub: SubId) {
        let backlog = self.settings.topic_backlog;
        let Some(destination) = self.subscription(sub).map(|it| it.destination.clone()) else {
            return;
        };
        let mut line = Line::new(None);
        line.backlog = Some(backlog);
        line.subscribers.push(sub);
        let line = self.destinations.add_line(line);
        if let Some(subscription) = self.subscription(sub) {
            subscription.lines.push(line);
        }
        for part in destination.parts() {
            for (topic, listeners) in &mut self.destinations.topics {
                if matches(&part, topic) && !listeners.subscribers.contains(&sub) {
                    listeners.subscribers.push(sub);
                }
            }
        }
    }

    pub(super) fn control_consumer(
        &mut self,
        link: Link,
        control: &ConsumerControl,
    ) -> Result<Reply, Refusal> {
        let id = control.consumer_id.as_ref();
        let sub = id.and_then(|id| self.clients.get(&link)?.consumers.get(id)).copied();
        let Some(sub) = sub else { return Ok(Reply::Done) };
        if let Some(subscription) = self.subscription(sub) {
            subscription.prefetch = usize::try_from(control.prefetch).unwrap_or(0);
        }
        self.dispatch_to(sub);
        Ok(Reply::Done)
    }

    /// False if there is no such consumer.
    pub(super) fn close_consumer(
        &mut self,
        link: Link,
        id: &ConsumerId,
        last_delivered: i64,
    ) -> bool {
        let Some(client) = self.clients.get_mut(&link) else { return false };
        let Some(sub) = client.consumers.remove(id) else { return false };
        let Some(mut subscription) = self.subscriptions.get_mut(sub.0).and_then(Option::take)
        else {
            return false;
        };
        self.free_subscriptions.push(sub.0);
        self.pulls.remove(&sub);
        self.destinations.patterns.retain(|other| *other != sub);
        for topic in self.destinations.topics.values_mut() {
            topic.subscribers.retain(|other| *other != sub);
        }
        for line in &subscription.lines {
            if let Some(line) = self.destinations.line(*line) {
                line.forget_subscriber(sub);
            }
        }
        let back = subscription.give_back(last_delivered);
        match subscription.role {
            Role::Topic => {
                for line in &subscription.lines {
                    self.destinations.drop_line(*line);
                }
            }
            Role::Browser => {}
            Role::Queue | Role::Durable => self.return_to_lines(link, back),
        }
        if subscription.role == Role::Durable {
            self.durables.deactivate(sub);
        }
        for line in subscription.lines {
            self.dispatch(line);
        }
        self.advise_consumer_gone(&subscription.id, &subscription.destination);
        true
    }

    /// What belongs to an open transaction waits for its outcome; the rest goes back in its place.
    fn return_to_lines(&mut self, link: Link, back: Vec<InFlight>) {
        for it in back {
            let transaction = it.transaction.clone().and_then(|id| {
                self.clients.get_mut(&link).and_then(|client| client.transactions.get_mut(&id))
            });
            if let Some(transaction) = transaction {
                transaction.held.push(it);
            } else if let Some(line) = self.destinations.line(it.line) {
                line.put_back(it.entry);
            }
        }
    }
}
