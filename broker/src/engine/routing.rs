//! Destinations, and which lines a message sent to one ends up in.

use std::collections::BTreeMap;

use relaismq_openwire::{Destination, destination::Kind};

use super::{
    Engine, advisory,
    queue::{Line, LineId},
    refuse::Refusal,
    subscription::SubId,
};
use crate::model::{Change, Container};

/// Who listens to one topic.
#[derive(Debug, Default)]
pub(crate) struct Topic {
    /// Their consumers.
    pub(crate) subscribers: Vec<SubId>,
    /// Backlogs of durable subscriptions, away or not.
    pub(crate) durables: Vec<LineId>,
}

/// All destinations, and all lines.
#[derive(Debug, Default)]
pub(crate) struct Destinations {
    lines: Vec<Option<Line>>,
    free: Vec<usize>,
    pub(crate) queues: BTreeMap<Destination, LineId>,
    pub(crate) topics: BTreeMap<Destination, Topic>,
    /// Queue consumers with a pattern: they get new queues too.
    pub(crate) patterns: Vec<SubId>,
}

impl Destinations {
    pub(crate) fn line(&mut self, id: LineId) -> Option<&mut Line> {
        self.lines.get_mut(id.0).and_then(Option::as_mut)
    }

    pub(crate) fn lines_ref(&self, id: LineId) -> Option<&Line> {
        self.lines.get(id.0).and_then(Option::as_ref)
    }

    pub(crate) fn add_line(&mut self, line: Line) -> LineId {
        if let Some(free) = self.free.pop()
            && let Some(place) = self.lines.get_mut(free)
        {
            *place = Some(line);
            return LineId(free);
        }
        self.lines.push(Some(line));
        LineId(self.lines.len() - 1)
    }

    pub(crate) fn drop_line(&mut self, id: LineId) -> Option<Line> {
        let line = self.lines.get_mut(id.0)?.take()?;
        self.free.push(id.0);
        Some(line)
    }

    pub(crate) fn memory_used(&self) -> usize {
        self.lines.iter().flatten().map(|line| line.bytes).sum()
    }

    pub(crate) fn all_lines(&self) -> Vec<LineId> {
        let used = self.lines.iter().enumerate().filter(|(_, line)| line.is_some());
        used.map(|(index, _)| LineId(index)).collect()
    }

    pub(crate) fn exists(&self, destination: &Destination) -> bool {
        self.queues.contains_key(destination) || self.topics.contains_key(destination)
    }

    fn count(&self) -> usize {
        self.queues.len() + self.topics.len()
    }
}

/// Advisory topics are never advertised or limited.
pub(crate) fn is_advisory(destination: &Destination) -> bool {
    destination.name.starts_with("ActiveMQ.Advisory.")
}

impl Engine {
    /// Whether a message may be sent to this single destination.
    pub(super) fn check_target(&self, target: &Destination) -> Result<(), Refusal> {
        if target.is_pattern() {
            let message = format!("{target} is a pattern: messages are sent to one destination");
            return Err(Refusal::destination(message));
        }
        if target.kind.is_temporary() && !self.destinations.exists(target) {
            return Err(Refusal::gone(format!("The destination {target} does not exist.")));
        }
        Ok(())
    }

    /// Makes the destination if it is new; never a temporary one.
    pub(super) fn ensure_destination(&mut self, destination: &Destination) -> Result<(), Refusal> {
        if self.destinations.exists(destination) || destination.kind.is_temporary() {
            return Ok(());
        }
        let limit = self.settings.destinations;
        if self.destinations.count() >= limit && !is_advisory(destination) {
            return Err(Refusal::state(format!("the broker may have {limit} destinations")));
        }
        self.make_destination(destination);
        Ok(())
    }

    pub(super) fn make_destination(&mut self, destination: &Destination) {
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
    }

    pub(super) fn make_queue(&mut self, destination: &Destination, stored: bool) -> LineId {
        let container = stored.then(|| Container::Queue(destination.name.to_string()));
        let line = self.destinations.add_line(Line::new(container));
        self.destinations.queues.insert(destination.clone(), line);
        for sub in self.destinations.patterns.clone() {
            let wanted = self.subscription(sub).is_some_and(|it| {
                it.destination.parts().iter().any(|part| matches(part, destination))
            });
            if wanted {
                self.attach(sub, line);
            }
        }
        line
    }

    fn make_topic(&mut self, destination: &Destination) {
        let mut topic = Topic::default();
        for (index, sub) in self.subscriptions.iter().enumerate() {
            let Some(sub) = sub.as_ref().filter(|sub| sub.role == super::subscription::Role::Topic)
            else {
                continue;
            };
            if sub.destination.parts().iter().any(|part| matches(part, destination)) {
                topic.subscribers.push(SubId(index));
            }
        }
        topic.durables = self.durables.lines_for(destination);
        self.destinations.topics.insert(destination.clone(), topic);
    }

    /// The line of a queue, made if it is new.
    pub(super) fn queue(&mut self, destination: &Destination) -> Option<LineId> {
        if let Some(line) = self.destinations.queues.get(destination) {
            return Some(*line);
        }
        self.ensure_destination(destination).ok()?;
        self.destinations.queues.get(destination).copied()
    }

    /// Queues that a consumer of `part` listens to.
    pub(super) fn lines_matching(&mut self, part: &Destination) -> Vec<LineId> {
        if !part.is_pattern() {
            return self.queue(part).into_iter().collect();
        }
        let queues = self.destinations.queues.iter();
        queues.filter(|(queue, _)| matches(part, queue)).map(|(_, line)| *line).collect()
    }

    /// Forgets a destination and everything in it.
    pub(super) fn remove_destination(&mut self, destination: &Destination) {
        if let Some(id) = self.destinations.queues.remove(destination)
            && let Some(line) = self.destinations.drop_line(id)
        {
            for sub in line.subscribers {
                if let Some(sub) = self.subscription(sub) {
                    sub.lines.retain(|other| *other != id);
                    sub.in_flight.retain(|it| it.line != id);
                }
            }
            if let Some(Container::Queue(name)) = line.container {
                self.change(Change::DropQueue(name));
            }
        }
        self.destinations.topics.remove(destination);
    }
}

/// Same kind, and covered by the name.
pub(crate) fn matches(pattern: &Destination, destination: &Destination) -> bool {
    pattern.kind == destination.kind && pattern.covers(&destination.name)
}
