//! Destinations: which exist, and who listens to them.

use std::collections::BTreeMap;

use relaismq_openwire::{Destination, destination::Kind};

use crate::engine::state::{
    account::Account,
    entry::Entry,
    line::Line,
    slab::{LineId, Slab, SubId, TopicId},
    tally::Tally,
};

/// Who listens to one topic.
#[derive(Debug, Default)]
pub(crate) struct Topic {
    /// Their consumers.
    pub(crate) subscribers: Vec<SubId>,
    /// Backlogs of durable subscriptions, away or not.
    pub(crate) durables: Vec<LineId>,
    /// Queues that get a copy, if it is a virtual topic.
    pub(crate) queues: Vec<(Destination, LineId)>,
    /// What was published on it, and what its subscribers have taken: durable ones count for themselves.
    pub(crate) tally: Tally,
}

/// In front of the names of all advisory topics.
pub(crate) const ADVISORY: &str = "ActiveMQ.Advisory.";

/// A destination that exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Queue(LineId),
    Topic(TopicId),
}

/// All destinations, and all lines.
#[derive(Debug, Default)]
pub(crate) struct Destinations {
    lines: Slab<LineId, Line>,
    pub(crate) topics: Slab<TopicId, Topic>,
    pub(crate) by_name: BTreeMap<Destination, Target>,
    /// Consumers that get new destinations too: those with a pattern, and those whose destination
    /// was removed under them.
    pub(crate) expectant: Vec<SubId>,
    /// Memory of all that is pending.
    pub(crate) memory: Account,
}

impl Destinations {
    pub(crate) fn new(memory_bytes: usize) -> Self {
        Self { memory: Account::new(memory_bytes), ..Self::default() }
    }

    /// It is there.
    pub(crate) fn line(&self, id: LineId) -> Option<&Line> {
        self.lines.get(id)
    }

    /// It is there.
    pub(crate) fn line_mut(&mut self, id: LineId) -> Option<&mut Line> {
        self.lines.get_mut(id)
    }

    /// It may have gone meanwhile.
    pub(crate) fn late_line(&self, id: LineId) -> Option<&Line> {
        self.lines.late(id)
    }

    /// It may have gone meanwhile.
    pub(crate) fn late_line_mut(&mut self, id: LineId) -> Option<&mut Line> {
        self.lines.late_mut(id)
    }

    pub(crate) fn add_line(&mut self, line: Line) -> LineId {
        self.lines.insert(Line { memory: self.memory.share(), ..line })
    }

    pub(crate) fn drop_line(&mut self, id: LineId) -> Option<Line> {
        self.lines.remove(id)
    }

    pub(crate) fn lines(&self) -> Vec<LineId> {
        self.lines.iter().map(|(id, _)| id).collect()
    }

    pub(crate) fn take(&mut self, id: LineId, index: usize) -> Option<Entry> {
        self.line_mut(id)?.take(index)
    }

    pub(crate) fn topic(&self, id: TopicId) -> Option<&Topic> {
        self.topics.get(id)
    }

    pub(crate) fn topic_mut(&mut self, id: TopicId) -> Option<&mut Topic> {
        self.topics.get_mut(id)
    }

    /// It has not gone since it was found.
    pub(crate) fn is_there(&self, target: Target) -> bool {
        match target {
            Target::Queue(line) => self.lines.late(line).is_some(),
            Target::Topic(topic) => self.topics.late(topic).is_some(),
        }
    }

    /// What is found under this exact name and kind.
    pub(crate) fn find(&self, destination: &Destination) -> Option<Target> {
        self.by_name.get(destination).copied()
    }

    /// If the name is that of a single destination.
    pub(crate) fn find_one(&self, destination: &Destination) -> Option<Target> {
        self.find(destination).filter(|_| !destination.is_composite())
    }

    pub(crate) fn exists(&self, destination: &Destination) -> bool {
        self.by_name.contains_key(destination)
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &Destination> {
        self.by_name.keys()
    }

    pub(crate) fn find_topic(&self, destination: &Destination) -> Option<TopicId> {
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

    /// Subscribers of a topic have taken so many messages.
    pub(crate) fn note_taken(&mut self, topic: &Destination, count: u64) {
        if let Some(topic) = self.find_topic(topic).and_then(|id| self.topic_mut(id)) {
            topic.tally.counts.dequeued += count;
        }
    }

    /// Lets a consumer hear of a topic.
    pub(crate) fn subscribe(&mut self, topic: TopicId, sub: SubId) {
        if let Some(topic) = self.topic_mut(topic)
            && !topic.subscribers.contains(&sub)
        {
            topic.subscribers.push(sub);
        }
    }
}

/// Advisory topics are never advertised or limited.
pub(crate) fn is_advisory(destination: &Destination) -> bool {
    destination.kind == Kind::Topic && destination.name.starts_with(ADVISORY)
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
