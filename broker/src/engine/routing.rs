//! Destinations come and go, and consumers with them.

use relaismq_openwire::{Destination, destination::Kind};

use super::{
    Engine, advisory,
    destinations::{Target, Topic, is_advisory, matches},
    ids::{LineId, SubId, TopicId},
    queue::{Line, Member},
    refuse::Refusal,
    subscription::Role,
};
use crate::model::{Change, Container};

impl Engine {
    /// Whether a message may be sent to this single destination.
    pub(super) fn check_target(&self, target: &Destination) -> Result<(), Refusal> {
        if target.is_pattern() {
            let message = format!("{target} is a pattern: messages are sent to one destination");
            return Err(Refusal::destination(message));
        }
        if target.kind.is_temporary() && !self.destinations.exists(target) {
            return Err(Refusal::gone(target.to_string()));
        }
        Ok(())
    }

    /// Makes the destination if it is new; a temporary one is made by its owner only.
    pub(super) fn ensure_destination(&mut self, destination: &Destination) -> Result<(), Refusal> {
        if self.destinations.exists(destination) || destination.kind.is_temporary() {
            return Ok(());
        }
        self.make_destination(destination)
    }

    pub(super) fn make_destination(&mut self, destination: &Destination) -> Result<(), Refusal> {
        let limit = self.settings.destinations;
        // The broker's own must not be missing when they are needed; but clients can make them too.
        let own = is_advisory(destination)
            || *destination == Destination::queue(self.settings.dead_letter_queue.as_str());
        let most = if own { limit.saturating_mul(2) } else { limit };
        if self.destinations.by_name.len() >= most {
            return Err(Refusal::limit(format!("the broker may have {limit} destinations")));
        }
        if destination.kind.is_queue() {
            let stored = destination.kind == Kind::Queue;
            if stored {
                self.change(Change::PutQueue(destination.name.to_string()));
            }
            self.make_queue(destination, stored);
        } else {
            self.make_topic(destination);
        }
        if !is_advisory(destination) {
            self.advise_destination(destination, advisory::Change::New);
        }
        Ok(())
    }

    pub(super) fn make_queue(&mut self, destination: &Destination, stored: bool) -> LineId {
        let container = stored.then(|| Container::Queue(destination.name.to_string()));
        let line = self.destinations.add_line(Line::new(container));
        self.destinations.by_name.insert(destination.clone(), Target::Queue(line));
        for sub in self.expecting(destination, Role::Queue) {
            self.attach(sub, line);
        }
        if let Some(topic) = self.topic_of(destination) {
            topic.queues.push((destination.clone(), line));
        }
        line
    }

    fn make_topic(&mut self, destination: &Destination) {
        let topic = Topic {
            subscribers: self.expecting(destination, Role::Topic),
            durables: self.durables.lines_for(destination),
            queues: self.queues_of(destination),
        };
        let topic = TopicId(self.destinations.topics.insert(topic));
        self.destinations.by_name.insert(destination.clone(), Target::Topic(topic));
        self.make_queues_for(destination);
    }

    /// Consumers that have waited for this destination.
    fn expecting(&self, destination: &Destination, role: Role) -> Vec<SubId> {
        let waits = |sub: &&SubId| {
            self.subscriptions.get(sub.0).is_some_and(|it| {
                it.role == role && it.parts.iter().any(|part| matches(part, destination))
            })
        };
        self.destinations.expectant.iter().filter(waits).copied().collect()
    }

    /// The line of a queue, made if it is new.
    pub(super) fn queue(&mut self, destination: &Destination) -> Option<LineId> {
        self.ensure_destination(destination).ok()?;
        match self.destinations.find(destination)? {
            Target::Queue(line) => Some(line),
            Target::Topic(_) => None,
        }
    }

    /// Makes a consumer hear of everything that its destination covers.
    pub(super) fn listen(&mut self, sub: SubId) {
        let parts = self.subscriptions.get(sub.0).map(|it| it.parts.clone()).unwrap_or_default();
        parts.iter().for_each(|part| self.make_queues_under(part));
        for part in &parts {
            for (_, target) in self.destinations.matching(part) {
                match target {
                    Target::Queue(line) => self.attach(sub, line),
                    Target::Topic(topic) => self.destinations.subscribe(topic, sub),
                }
            }
        }
        if parts.iter().any(Destination::is_pattern) {
            self.destinations.expectant.push(sub);
        }
    }

    /// Joins the consumers of a queue.
    fn attach(&mut self, sub: SubId, line: LineId) {
        let Some(subscription) = self.subscriptions.get_mut(sub.0) else { return };
        // Of a single line it need not be noted that something waits there.
        let single = subscription.lines.first().copied().filter(|_| subscription.lines.len() == 1);
        subscription.lines.insert(line);
        let member = Member {
            sub,
            priority: subscription.info.priority,
            exclusive: subscription.info.exclusive,
            choosy: subscription.selector.is_some() || subscription.info.no_local,
            looked: 0,
            scouted: 0,
            noted: false,
        };
        if let Some(line) = self.destinations.line_mut(line) {
            line.join(member);
        }
        if let Some(line) = single.and_then(|single| self.destinations.line_mut(single)) {
            line.noted = false;
        }
        if let Some(single) = single {
            self.note_waiting(single);
        }
    }

    /// A consumer hears of topics no more. Advisory topics live as long as somebody listens.
    pub(super) fn unlisten(&mut self, sub: SubId, parts: &[Destination]) {
        self.destinations.expectant.retain(|other| *other != sub);
        for part in parts {
            for (name, target) in self.destinations.matching(part) {
                let Target::Topic(id) = target else { continue };
                let Some(topic) = self.destinations.topic_mut(id) else { continue };
                topic.subscribers.retain(|other| *other != sub);
                if topic.subscribers.is_empty() && is_advisory(&name) {
                    self.destinations.by_name.remove(&name);
                    self.destinations.topics.remove(id.0);
                }
            }
        }
    }

    /// Forgets a destination and everything in it. Its consumers wait for it to come back.
    pub(super) fn remove_destination(&mut self, destination: &Destination) {
        match self.destinations.by_name.remove(destination) {
            Some(Target::Queue(id)) => self.remove_queue(destination, id),
            Some(Target::Topic(id)) => {
                let topic = self.destinations.topics.remove(id.0).unwrap_or_default();
                topic.subscribers.into_iter().for_each(|sub| self.expect(sub));
            }
            None => {}
        }
    }

    fn remove_queue(&mut self, destination: &Destination, id: LineId) {
        let Some(line) = self.destinations.drop_line(id) else { return };
        for member in &line.members {
            if let Some(sub) = self.subscriptions.get_mut(member.sub.0) {
                sub.lines.remove(&id);
                let (link, gone) = (sub.link, sub.take_where(|it| it.line == id));
                sub.extend(0);
                self.keep_no_promise(link, &gone);
            }
            self.expect(member.sub);
        }
        if let Some(topic) = self.topic_of(destination) {
            topic.queues.retain(|(_, line)| *line != id);
        }
        self.stored_bytes = self.stored_bytes.saturating_sub(line.kept_bytes);
        if let Some(Container::Queue(name)) = line.container {
            self.change(Change::DropQueue(name));
        }
        self.let_go_of_line(id);
        for member in line.members {
            self.dispatch_to(member.sub);
        }
    }

    fn expect(&mut self, sub: SubId) {
        if !self.destinations.expectant.contains(&sub) {
            self.destinations.expectant.push(sub);
        }
    }

    pub(super) fn is_listened_to(&self, destination: &Destination) -> bool {
        match self.destinations.find(destination) {
            Some(Target::Queue(line)) => {
                self.destinations.line(line).is_some_and(|line| !line.members.is_empty())
            }
            Some(Target::Topic(topic)) => self.destinations.topic(topic).is_some_and(|topic| {
                let active = |line: &LineId| {
                    self.destinations.line(*line).is_some_and(|line| !line.members.is_empty())
                };
                !topic.subscribers.is_empty() || topic.durables.iter().any(active)
            }),
            None => false,
        }
    }
}
