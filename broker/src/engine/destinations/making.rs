//! Destinations come to be, and consumers hear of what their destinations cover.

use relaismq_openwire::{Destination, destination::Kind};

use crate::{
    engine::{
        Engine,
        destinations::advisory::Event,
        state::{
            destinations::{Target, Topic, is_advisory, matches},
            fits,
            line::Line,
            members::Member,
            refusal::Refusal,
            slab::{LineId, SubId},
            subscription::Role,
            tally::Tally,
        },
    },
    model::{Change, Container},
};

impl Engine {
    /// Whether a message may be sent to this single destination.
    pub(crate) fn check_target(&self, target: &Destination) -> Result<(), Refusal> {
        if target.is_pattern() {
            let message = format!("{target} is a pattern: messages are sent to one destination");
            return Err(Refusal::destination(message));
        }
        if target.kind.is_temporary() && !self.destinations.exists(target) {
            return Err(Refusal::gone(target.to_string()));
        }
        Ok(())
    }

    /// Makes the destination if it is new; a temporary one is made by its owner only. True if that
    /// changes the store.
    pub(crate) fn ensure_destination(
        &mut self,
        destination: &Destination,
    ) -> Result<bool, Refusal> {
        if self.destinations.exists(destination) || destination.kind.is_temporary() {
            return Ok(false);
        }
        self.make_destination(destination)
    }

    /// True if that changes the store.
    pub(crate) fn make_destination(&mut self, destination: &Destination) -> Result<bool, Refusal> {
        if !destination.kind.is_temporary() {
            fits::check_destination(&self.limits, destination)?;
        }
        let limit = self.settings.destinations;
        // The broker's own must not be missing when they are needed; but clients can make them too.
        let own = is_advisory(destination)
            || *destination == Destination::queue(self.settings.dead_letter_queue.as_str());
        let most = if own { limit.saturating_mul(2) } else { limit };
        if self.destinations.by_name.len() >= most {
            return Err(Refusal::limit(format!("the broker may have {limit} destinations")));
        }
        let mut stored = destination.kind == Kind::Queue;
        if destination.kind.is_queue() {
            if stored {
                self.work.change(Change::PutQueue(destination.name.to_string()));
            }
            self.make_queue(destination, stored);
        } else {
            stored = self.make_topic(destination);
        }
        if !is_advisory(destination) {
            self.advise_destination(destination, Event::New);
        }
        Ok(stored)
    }

    pub(crate) fn make_queue(&mut self, destination: &Destination, stored: bool) -> LineId {
        let container = stored.then(|| Container::Queue(destination.name.clone()));
        let prioritized = stored && self.settings.prioritized.has(&destination.name);
        let line = Line { prioritized, ..Line::new(container) };
        let line = self.destinations.add_line(line);
        self.destinations.by_name.insert(destination.clone(), Target::Queue(line));
        for sub in self.expecting(destination, Role::Queue) {
            self.attach(sub, line);
        }
        if let Some(topic) = self.topic_of(destination) {
            topic.queues.push((destination.clone(), line));
        }
        line
    }

    /// And the queues by which consumers of patterns take part in it. True if that changes the store.
    fn make_topic(&mut self, destination: &Destination) -> bool {
        let topic = Topic {
            subscribers: self.expecting(destination, Role::Topic),
            durables: self.durables.lines_for(destination),
            queues: self.queues_of(destination),
            tally: Tally::default(),
        };
        let topic = self.destinations.topics.insert(topic);
        self.destinations.by_name.insert(destination.clone(), Target::Topic(topic));
        let queues = self.new_queues_for(destination);
        self.make_each(queues)
    }

    /// Consumers that have waited for this destination.
    fn expecting(&self, destination: &Destination, role: Role) -> Vec<SubId> {
        let waits = |sub: &&SubId| {
            self.subscriptions.get(**sub).is_some_and(|it| {
                it.role == role && it.parts.iter().any(|part| matches(part, destination))
            })
        };
        self.destinations.expectant.iter().filter(waits).copied().collect()
    }

    /// The line of a queue, made if it is new.
    pub(crate) fn queue(&mut self, destination: &Destination) -> Option<LineId> {
        self.ensure_destination(destination).ok()?;
        match self.destinations.find(destination)? {
            Target::Queue(line) => Some(line),
            Target::Topic(_) => None,
        }
    }

    /// Without a place for one more destination a virtual topic remains an ordinary one.
    fn make_each(&mut self, queues: impl IntoIterator<Item = Destination>) -> bool {
        let mut stored = false;
        for queue in queues {
            stored |= self.ensure_destination(&queue).unwrap_or(false);
        }
        stored
    }

    /// Makes a consumer hear of everything that its destination covers. True if that changes the
    /// store.
    pub(crate) fn listen(&mut self, sub: SubId) -> bool {
        let parts = self.subscriptions.get(sub).map(|it| it.parts.clone()).unwrap_or_default();
        let queues: Vec<_> = parts.iter().flat_map(|it| self.new_queues_under(it)).collect();
        let stored = self.make_each(queues);
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
        stored
    }

    /// Joins the consumers of a queue.
    fn attach(&mut self, sub: SubId, line: LineId) {
        let Some(subscription) = self.subscriptions.get_mut(sub) else { return };
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

    /// Becomes the only consumer of a line that has chosen its messages already.
    pub(crate) fn join_alone(&mut self, sub: SubId, line: LineId) {
        if let Some(subscription) = self.subscriptions.get_mut(sub) {
            subscription.lines.insert(line);
        }
        let (priority, exclusive, choosy) = (0, false, false);
        if let Some(line) = self.destinations.line_mut(line) {
            let (looked, scouted, noted) = (0, 0, false);
            line.join(Member { sub, priority, exclusive, choosy, looked, scouted, noted });
        }
    }
}
