//! Destinations go, and consumers hear of them no more.

use relaismq_openwire::Destination;

use crate::{
    engine::{
        Engine,
        state::{
            destinations::{Target, is_advisory},
            slab::{LineId, SubId},
            work::Due,
        },
    },
    model::{Change, Container},
};

impl Engine {
    /// A consumer hears of topics no more. Advisory topics live as long as somebody listens.
    pub(crate) fn unlisten(&mut self, sub: SubId, parts: &[Destination]) {
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

    /// Forgets a destination and everything in it. Its consumers wait for it to come back. True if
    /// that changes the store.
    pub(crate) fn remove_destination(&mut self, destination: &Destination) -> bool {
        match self.destinations.by_name.remove(destination) {
            Some(Target::Queue(id)) => self.remove_queue(destination, id),
            Some(Target::Topic(id)) => {
                let topic = self.destinations.topics.remove(id.0).unwrap_or_default();
                topic.subscribers.into_iter().for_each(|sub| self.expect(sub));
                false
            }
            None => false,
        }
    }

    fn remove_queue(&mut self, destination: &Destination, id: LineId) -> bool {
        let Some(line) = self.destinations.drop_line(id) else { return false };
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
        let stored = line.container.is_some();
        if let Some(Container::Queue(name)) = line.container {
            self.work.change(Change::DropQueue(name));
        }
        self.let_go_of_line(id);
        for member in line.members {
            self.work.due(Due::Credit(member.sub));
        }
        stored
    }

    fn expect(&mut self, sub: SubId) {
        if !self.destinations.expectant.contains(&sub) {
            self.destinations.expectant.push(sub);
        }
    }

    pub(crate) fn is_listened_to(&self, destination: &Destination) -> bool {
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

    /// The line of a subscriber that is gone, with all that is in it.
    pub(crate) fn drop_backlog(&mut self, id: LineId) {
        let Some(line) = self.destinations.drop_line(id) else { return };
        self.stored_bytes = self.stored_bytes.saturating_sub(line.kept_bytes);
        if let Some(Container::Subscriber(number)) = line.container
            && (line.tail.exists || line.kept_bytes > 0)
        {
            self.work.change(Change::DropSubscriber(number));
        }
        self.let_go_of_line(id);
    }
}
