//! Senders wait for room.
//!
//! When the store has no room, nothing that was sent is dropped, and nobody is told no: as with
//! ActiveMQ, a sender gets its response when there is room. Consumers go on and make some.
//!
//! * What was on its way to the store keeps its place in its queue, and is tried again in order.
//! * What is sent then waits undone, and with it whatever its session says later. Other sessions of
//!   the connection go on, so that a consumer is not held up by a producer beside it. A client of which
//!   much waits is not read from.
//! * A client that goes takes with it what it has not been answered. What the store has been asked to
//!   keep stays, if nobody waited for the answer, or if the client may come back and send it again.
//!
//! With [`WhenFull::Refuse`] senders are told no at once.

use relaismq_openwire::{Command, Destination, Message};

use crate::engine::{
    Engine,
    effects::retrying::AGAIN,
    io::Link,
    settings::WhenFull,
    state::{destinations::Target, slab::SubId, timers::Timer},
};

impl Engine {
    /// Something that this client has sent waits for room.
    pub fn waits_for_room(&self, link: Link) -> bool {
        self.room.load.has(link)
    }

    /// It has to wait, for room or for what its session has sent before.
    pub(crate) fn has_to_wait(&self, link: Link, command: &Command) -> bool {
        let Some(client) = self.clients.get(&link) else { return false };
        client.behind.is_before(command) || self.finds_no_room(link, command)
    }

    fn finds_no_room(&self, link: Link, command: &Command) -> bool {
        let Command::Message(message) = command else { return false };
        if self.settings.when_full == WhenFull::Refuse {
            return false;
        }
        let client = self.clients.get(&link);
        let known = message.producer_id.as_ref().zip(client);
        let producer = known.and_then(|(id, client)| client.producers.get(id));
        let fixed = producer.and_then(|it| it.destination.as_ref());
        let Some(destination) = message.destination.as_ref().or(fixed) else { return false };
        match destination.is_composite() {
            false => self.is_no_room_at(link, message, destination),
            true => destination.parts().iter().any(|it| self.is_no_room_at(link, message, it)),
        }
    }

    fn is_no_room_at(&self, link: Link, message: &Message, destination: &Destination) -> bool {
        match self.destinations.find(destination) {
            Some(Target::Queue(id)) => {
                let Some(line) = self.destinations.line(id) else { return false };
                if line.container.is_none() {
                    return self.is_too_full(id) && !self.can_be_held_back(link, id);
                }
                let spills = line.tail.exists || line.memory.bytes() >= self.room_in(id);
                (message.persistent || spills) && self.is_full()
            }
            Some(Target::Topic(id)) => {
                self.is_full()
                    && self.destinations.topic(id).is_some_and(|topic| {
                        let kept = message.persistent && !topic.durables.is_empty();
                        kept || topic.subscribers.iter().any(|it| self.spills(*it))
                    })
            }
            None => message.persistent && destination.kind.is_queue() && self.is_full(),
        }
    }

    /// What is published to this subscriber goes to the store.
    fn spills(&self, sub: SubId) -> bool {
        let subscription = self.subscriptions.get(sub.0);
        let mut lines = subscription.into_iter().flat_map(|it| &it.lines);
        lines.any(|id| self.destinations.line(*id).is_some_and(|line| line.tail.exists))
    }

    /// A command waits.
    pub(crate) fn wait(&mut self, link: Link, command: Command) {
        let Some(client) = self.clients.get_mut(&link) else { return };
        let to = match &command {
            Command::Message(message) => message.destination.as_ref().map(ToString::to_string),
            _ => None,
        };
        let bytes = command.footprint();
        client.behind.push(command);
        self.room.links.insert(link);
        self.burden(link, bytes);
        self.timers.begin(Timer::Room, self.now.monotonic + AGAIN);
        let reason = match self.settings.store_bytes {
            Some(limit) => format!("the limit of {limit} bytes is reached"),
            None => "memory and store are full".to_owned(),
        };
        self.tell(&reason, &to.unwrap_or_default());
    }

    /// Looks whether there is room, though nothing has happened here.
    pub(crate) fn look_for_room(&mut self) {
        self.try_again();
        let waits = self.room.is_wanted();
        let links: Vec<Link> = self.room.links.iter().copied().collect();
        links.into_iter().for_each(|link| self.let_in(link));
        let waits = waits || !self.room.links.is_empty();
        if waits {
            self.timers.set(Timer::Room, self.now.monotonic + AGAIN);
        } else if std::mem::take(&mut self.room.told) {
            tracing::info!("there is room again: nobody waits for it any more");
        }
    }

    /// After everything else: who waits for room goes on if there is some.
    pub(crate) fn let_all_in(&mut self) {
        while !self.is_full()
            && let Some(link) = self.room.next()
        {
            self.let_in(link);
            if self.room.links.contains(&link) {
                break;
            }
        }
        while let Some(link) = self.room.relieved.pop() {
            if self.room.load.is_little(link) && self.room.paused.remove(&link) {
                self.let_go_of_room(link);
            }
        }
    }

    /// Does what a client has waited for, as far as there is room.
    fn let_in(&mut self, link: Link) {
        while let Some(client) = self.clients.get(&link)
            && let Some(command) = client.behind.first()
        {
            if self.finds_no_room(link, command) {
                return;
            }
            let command = self.clients.get_mut(&link).and_then(|client| client.behind.pop());
            if let Some(command) = command {
                self.relieve(link, command.footprint());
                self.do_now(link, command);
            }
        }
        self.room.links.remove(&link);
        self.flush_batch();
    }

    pub(crate) fn received(&mut self, link: Link, command: Command) {
        if self.has_to_wait(link, &command) {
            self.wait(link, command);
        } else {
            self.do_now(link, command);
        }
    }
}
