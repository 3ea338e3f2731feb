//! Consumers come, and change their windows.

use std::collections::{BTreeSet, VecDeque};

use relaismq_openwire::{ConsumerControl, ConsumerId, ConsumerInfo, Destination};

use crate::{
    engine::{
        Engine,
        io::Link,
        state::{
            destinations::is_ill_formed,
            line::Line,
            outcomes::Then,
            refusal::{Refusal, Reply},
            slab::SubId,
            subscription::{Browse, Role, Subscription},
            work::Due,
        },
    },
    model::Container,
    selector::Selector,
};

impl Engine {
    pub(crate) fn open_consumer(
        &mut self,
        link: Link,
        info: Box<ConsumerInfo>,
    ) -> Result<Reply, Refusal> {
        let id =
            info.consumer_id.clone().ok_or_else(|| Refusal::order("a consumer needs an id"))?;
        if self.clients.get(&link).is_some_and(|client| client.consumers.contains_key(&id)) {
            return Ok(Reply::Done);
        }
        self.check_session(link, &id.session())?;
        self.check_members(link)?;
        let answer_to = Some(info.command_id).filter(|_| info.response_required);
        let subscription = self.subscription_of(link, id.clone(), info)?;
        for part in &subscription.parts {
            if !part.is_pattern() {
                self.ensure_destination(part)?;
            }
        }
        let (sub, stored) = self.add_consumer(link, subscription)?;
        if let Some(client) = self.clients.get_mut(&link) {
            client.consumers.insert(id, sub);
        }
        self.advise_consumer(sub);
        self.replay_advisories(sub);
        // A new durable subscription is confirmed when it is durable; others cost the store nothing.
        if stored {
            self.work.later_for_sure(Then::Answer(link, answer_to.into()));
        }
        self.work.due(Due::Window(sub));
        Ok(if stored { Reply::Later } else { Reply::Done })
    }

    /// True if that changes the store.
    fn add_consumer(
        &mut self,
        link: Link,
        subscription: Subscription,
    ) -> Result<(SubId, bool), Refusal> {
        match subscription.role {
            Role::Durable => self.activate(link, subscription),
            Role::Queue => {
                let sub = SubId(self.subscriptions.insert(subscription));
                Ok((sub, self.listen(sub)))
            }
            Role::Topic => {
                let sub = self.add_topic_subscriber(subscription);
                Ok((sub, self.listen(sub)))
            }
            Role::Browser => {
                let sub = SubId(self.subscriptions.insert(subscription));
                self.open_browse(sub);
                Ok((sub, false))
            }
        }
    }

    /// A topic subscriber has a line of its own for what it has no credit for.
    fn add_topic_subscriber(&mut self, subscription: Subscription) -> SubId {
        let wished = usize::try_from(subscription.info.maximum_pending_message_limit);
        self.topic_subscribers += 1;
        let line = self.destinations.add_line(Line {
            container: Some(Container::Subscriber(self.topic_subscribers)),
            wished: wished.ok().filter(|limit| *limit > 0),
            ..Line::default()
        });
        let sub = SubId(self.subscriptions.insert(subscription));
        self.join_alone(sub, line);
        sub
    }

    fn subscription_of(
        &self,
        link: Link,
        id: ConsumerId,
        info: Box<ConsumerInfo>,
    ) -> Result<Subscription, Refusal> {
        let destination = info.destination.as_ref();
        let destination = destination.ok_or_else(|| Refusal::destination("no destination"))?;
        let parts = destination.parts();
        self.check_sources(link, destination, &parts)?;
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
            prefetch: usize::try_from(info.prefetch_size).unwrap_or(0),
            info,
            parts,
            role,
            selector,
            lines: BTreeSet::new(),
            noted: VecDeque::new(),
            in_flight: VecDeque::new(),
            memory: self.in_flight.share(),
            told: false,
            counted: 0,
            extension: 0,
            pulls: false,
            browse: Browse::default(),
        })
    }

    /// Temporary destinations are consumed by their own connection only. A consumer has one kind of
    /// destinations: those of queues are shared with others, those of topics are its own.
    fn check_sources(
        &self,
        link: Link,
        destination: &Destination,
        parts: &[Destination],
    ) -> Result<(), Refusal> {
        if parts.is_empty() {
            return Err(Refusal::destination("a destination without a name"));
        }
        if parts.iter().any(|part| part.kind.is_queue() != destination.kind.is_queue()) {
            let text = format!("{destination} mixes queues and topics");
            return Err(Refusal::destination(text));
        }
        let client = self.clients.get(&link);
        for part in parts {
            let own = client.is_some_and(|client| client.temporaries.contains(part));
            if part.kind.is_temporary() && !own {
                let text = format!("{part} is not a temporary destination of this connection");
                return Err(Refusal::destination(text));
            }
            if is_ill_formed(part) {
                let text = format!("{part}: nothing may stand behind '>'");
                return Err(Refusal::destination(text));
            }
        }
        Ok(())
    }

    pub(crate) fn control_consumer(&mut self, link: Link, control: &ConsumerControl) -> Reply {
        let id = control.consumer_id.as_ref();
        let sub = id.and_then(|id| self.clients.get(&link)?.consumers.get(id)).copied();
        if let Some(sub) = sub {
            if let Some(subscription) = self.subscriptions.get_mut(sub.0) {
                subscription.prefetch = usize::try_from(control.prefetch).unwrap_or(0);
            }
            self.work.due(Due::Window(sub));
        }
        Reply::Done
    }
}
