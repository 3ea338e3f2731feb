//! Destinations: which exist, and who listens to them.

use std::collections::{BTreeMap, BTreeSet};

use relaismq_openwire::{Destination, destination::Kind};

use super::{
    Engine, advisory,
    queue::{Entry, Line, LineId, Member},
    refuse::Refusal,
    slab::{Key, Slab},
    subscription::{Role, SubId},
};
use crate::model::{Change, Container};

/// Topics whose messages are copied to queues named `Consumer.*.` and the topic.
const VIRTUAL_PREFIX: &str = "VirtualTopic.";

/// A topic of the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TopicId(Key);

/// Who listens to one topic.
#[derive(Debug, Default)]
pub(crate) struct Topic {
    /// Their consumers.
    pub(crate) subscribers: Vec<SubId>,
    /// Backlogs of durable subscriptions, away or not.
    pub(crate) durables: Vec<LineId>,
    /// Queues that get a copy, if it is a virtual topic.
    pub(crate) queues: Vec<(Destination, LineId)>,
}

/// A destination that exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Queue(LineId),
    Topic(TopicId),
}

/// All destinations, and all lines.
#[derive(Debug, Default)]
pub(crate) struct Destinations {
    lines: Slab<Line>,
    topics: Slab<Topic>,
    by_name: BTreeMap<Destination, Target>,
    /// Consumers that get new destinations too: those with a pattern, and those whose destination
    /// was removed under them.
    pub(crate) expectant: Vec<SubId>,
    /// Bytes of all that is pending.
    pub(crate) memory: usize,
}

impl Destinations {
    pub(crate) fn line(&self, id: LineId) -> Option<&Line> {
        self.lines.get(id.0)
    }

    /// To change anything but what is pending.
    pub(crate) fn line_mut(&mut self, id: LineId) -> Option<&mut Line> {
        self.lines.get_mut(id.0)
    }

    pub(crate) fn add_line(&mut self, line: Line) -> LineId {
        LineId(self.lines.insert(line))
    }

    pub(crate) fn drop_line(&mut self, id: LineId) -> Option<Line> {
        let line = self.lines.remove(id.0)?;
        self.memory -= line.bytes;
        Some(line)
    }

    pub(crate) fn lines(&self) -> Vec<LineId> {
        self.lines.iter().map(|(key, _)| LineId(key)).collect()
    }

    /// Changes what is pending in a line, and counts the bytes.
    pub(crate) fn change<T>(
        &mut self,
        id: LineId,
        change: impl FnOnce(&mut Line) -> T,
    ) -> Option<T> {
        let line = self.lines.get_mut(id.0)?;
        let before = line.bytes;
        let result = change(line);
        self.memory = self.memory - before + line.bytes;
        Some(result)
    }

    pub(crate) fn take(&mut self, id: LineId, index: usize) -> Option<Entry> {
        self.change(id, |line| line.take(index)).flatten()
    }

    pub(crate) fn topic(&self, id: TopicId) -> Option<&Topic> {
        self.topics.get(id.0)
    }

    pub(crate) fn topic_mut(&mut self, id: TopicId) -> Option<&mut Topic> {
        self.topics.get_mut(id.0)
    }

    /// What is found under this exact name and kind.
    pub(crate) fn find(&self, destination: &Destination) -> Option<Target> {
        self.by_name.get(destination).copied()
    }

    pub(crate) fn exists(&self, destination: &Destination) -> bool {
        self.by_name.contains_key(destination)
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &Destination> {
        self.by_name.keys()
    }

    fn find_topic(&self, destination: &Destination) -> Option<TopicId> {
        match self.find(destination)? {
            Target::Topic(id) => Some(id),
            Target::Queue(_) => None,
        }
    }

    /// Everything that exists and is covered by a name, which may be a pattern.
    pub(crate) fn matching(&self, part: &Destination) -> Vec<(Destination, Target)> {
        if !part.is_pattern() {
            return self.find(part).map(|target| (part.clone(), target)).into_iter().collect();
        }
        let all = self.by_name.iter().filter(|(name, _)| matches(part, name));
        all.map(|(name, target)| (name.clone(), *target)).collect()
    }

    /// Lets a consumer hear of a topic.
    fn subscribe(&mut self, topic: TopicId, sub: SubId) {
        if let Some(topic) = self.topic_mut(topic)
            && !topic.subscribers.contains(&sub)
        {
            topic.subscribers.push(sub);
        }
    }
}

/// Advisory topics are never advertised or limited.
pub(crate) fn is_advisory(destination: &Destination) -> bool {
    destination.kind == Kind::Topic && destination.name.starts_with(advisory::PREFIX)
}

/// Same kind, and covered by the name.
pub(crate) fn matches(pattern: &Destination, destination: &Destination) -> bool {
    pattern.kind == destination.kind && pattern.covers(&destination.name)
}

/// What stands behind the first `>` of a pattern means nothing.
pub(crate) fn is_ill_formed(part: &Destination) -> bool {
    let mut levels = part.name.split('.').skip_while(|level| *level != ">");
    levels.any(|level| level != ">")
}

fn copies(topic: &Destination, queue: &Destination) -> bool {
    topic.kind == Kind::Topic
        && queue.kind == Kind::Queue
        && topic.name.starts_with(VIRTUAL_PREFIX)
        && queue
            .name
            .strip_prefix("Consumer.")
            .and_then(|rest| rest.split_once('.'))
            .is_some_and(|(_, name)| name == topic.name.as_str())
}

/// The queue by which a consumer of a pattern like `Consumer.Z.VirtualTopic.>` takes part in a topic.
fn queue_for(pattern: &Destination, topic: &Destination) -> Option<Destination> {
    let (consumer, over) = pattern.name.strip_prefix("Consumer.")?.split_once('.')?;
    let virtual_topics = topic.kind == Kind::Topic
        && pattern.kind == Kind::Queue
        && consumer != "*"
        && over.starts_with(VIRTUAL_PREFIX)
        && topic.name.starts_with(VIRTUAL_PREFIX)
        && Destination::topic(over).covers(&topic.name);
    virtual_topics.then(|| Destination::queue(format!("Consumer.{consumer}.{}", topic.name)))
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
        let topics = destination.name.strip_prefix("Consumer.").and_then(|it| it.split_once('.'));
        if let Some((_, name)) = topics
            && let Some(topic) = self.destinations.find_topic(&Destination::topic(name))
            && copies(&Destination::topic(name), destination)
            && let Some(topic) = self.destinations.topic_mut(topic)
        {
            topic.queues.push((destination.clone(), line));
        }
        line
    }

    fn make_topic(&mut self, destination: &Destination) {
        let queues = if destination.name.starts_with(VIRTUAL_PREFIX) {
            self.destinations
                .matching(&Destination::queue(format!("Consumer.*.{}", destination.name)))
        } else {
            Vec::new()
        };
        let queues = queues.into_iter().filter_map(|(name, target)| match target {
            Target::Queue(line) if copies(destination, &name) => Some((name, line)),
            _ => None,
        });
        let topic = Topic {
            subscribers: self.expecting(destination, Role::Topic),
            durables: self.durables.lines_for(destination),
            queues: queues.collect(),
        };
        let topic = TopicId(self.destinations.topics.insert(topic));
        self.destinations.by_name.insert(destination.clone(), Target::Topic(topic));
        if destination.name.starts_with(VIRTUAL_PREFIX) {
            self.make_queues_for(destination);
        }
    }

    /// Consumers of patterns take part in a virtual topic that is new.
    fn make_queues_for(&mut self, topic: &Destination) {
        let expectant = self.destinations.expectant.iter();
        let queues = expectant
            .filter_map(|sub| self.subscriptions.get(sub.0))
            .filter(|it| it.role == Role::Queue)
            .flat_map(|it| it.parts.iter().filter_map(|part| queue_for(part, topic)));
        for queue in queues.collect::<BTreeSet<_>>() {
            // Without a place for one more destination the topic remains an ordinary one.
            drop(self.ensure_destination(&queue));
        }
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
        for part in parts.iter().filter(|part| part.is_pattern()) {
            let topics = self.destinations.names().filter_map(|topic| queue_for(part, topic));
            for queue in topics.collect::<Vec<_>>() {
                drop(self.ensure_destination(&queue));
            }
        }
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
            choosy: subscription.selector.is_some(),
            looked: 0,
            noted: false,
        };
        if let Some(line) = self.destinations.line_mut(line) {
            line.join(member);
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
                sub.take_where(|it| it.line == id);
                sub.extend(0);
            }
            self.expect(member.sub);
        }
        let topic = destination.name.strip_prefix("Consumer.").and_then(|it| it.split_once('.'));
        if let Some((_, name)) = topic
            && let Some(topic) = self.destinations.find_topic(&Destination::topic(name))
            && let Some(topic) = self.destinations.topic_mut(topic)
        {
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
