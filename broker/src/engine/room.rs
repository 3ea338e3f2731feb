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

use std::{
    collections::{BTreeSet, VecDeque},
    ops::Bound,
    time::Duration,
};

use relaismq_openwire::{Command, Destination, Message};

use super::{
    Engine,
    destinations::Target,
    ids::SubId,
    io::{Link, Ticket},
    load::Load,
    outcome::{Answer, Then},
    refuse::Refusal,
    settings::WhenFull,
};
use crate::{
    model::{Batch, Change, Container},
    store::StoreError,
};

/// What waits for room.
#[derive(Debug, Default)]
pub(crate) struct Room {
    /// Batches that found none, in order.
    refused: VecDeque<Refused>,
    /// The first of them is being tried again.
    trying: Option<Ticket>,
    /// Clients of which commands wait.
    links: BTreeSet<Link>,
    /// Who of them had its turn.
    last: Link,
    /// What waits of each client, in bytes.
    load: Load,
    /// Clients that are not read from.
    paused: BTreeSet<Link>,
    /// Clients of which less waits than before.
    relieved: Vec<Link>,
    /// When to look again.
    again: Option<Duration>,
    /// The log says that senders wait.
    told: bool,
}

/// A batch that found no room.
#[derive(Debug)]
struct Refused {
    sender: Link,
    batch: Batch,
    then: Vec<Then>,
}

/// Room may appear without our doing.
const AGAIN: Duration = Duration::from_millis(500);

impl Room {
    /// Whose turn it is to try whether there is room for it.
    fn next(&mut self) -> Option<Link> {
        let behind = (Bound::Excluded(self.last), Bound::Unbounded);
        let next = self.links.range(behind).next().or_else(|| self.links.first()).copied();
        self.last = next.unwrap_or(self.last);
        next
    }

    /// What waits for batches that found no room.
    pub(super) fn waiting(&mut self) -> impl Iterator<Item = &mut Vec<Then>> {
        self.refused.iter_mut().map(|refused| &mut refused.then)
    }
}

impl Engine {
    /// Something that this client has sent waits for room.
    pub fn waits_for_room(&self, link: Link) -> bool {
        self.room.load.has(link)
    }

    /// It has to wait, for room or for what its session has sent before.
    pub(super) fn has_to_wait(&self, link: Link, command: &Command) -> bool {
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

    /// The store is known to have no room.
    pub(super) fn is_full(&self) -> bool {
        let limit = self.settings.store_bytes;
        self.waits_for_the_store() || limit.is_some_and(|limit| self.stored_bytes >= limit)
    }

    /// Batches have found no room.
    pub(super) fn waits_for_the_store(&self) -> bool {
        !self.room.refused.is_empty() || self.room.trying.is_some()
    }

    /// A command waits.
    pub(super) fn wait(&mut self, link: Link, command: Command) {
        let Some(client) = self.clients.get_mut(&link) else { return };
        let to = match &command {
            Command::Message(message) => message.destination.as_ref().map(ToString::to_string),
            _ => None,
        };
        let bytes = command.footprint();
        client.behind.push(command);
        self.room.links.insert(link);
        self.burden(link, bytes);
        self.room.again.get_or_insert(self.now.monotonic + AGAIN);
        let reason = match self.settings.store_bytes {
            Some(limit) => format!("the limit of {limit} bytes is reached"),
            None => "memory and store are full".to_owned(),
        };
        self.tell(&reason, &to.unwrap_or_default());
    }

    /// More waits of a client.
    fn burden(&mut self, link: Link, bytes: usize) {
        self.room.load.add(link, bytes);
        if self.room.load.is_too_much(link) && self.clients.contains_key(&link) {
            self.room.paused.insert(link);
            self.hold_for_room(link);
        }
    }

    fn relieve(&mut self, link: Link, bytes: usize) {
        self.room.load.take(link, bytes);
        self.room.relieved.push(link);
    }

    /// Says once that senders wait, for what, and what can be done.
    fn tell(&mut self, reason: &str, first: &str) {
        if !std::mem::replace(&mut self.room.told, true) {
            tracing::warn!(
                %first,
                "no room for more messages: {reason}. Senders wait until there is some: let \
                 consumers take messages, delete queues that nobody reads, or give the store more \
                 disk or a higher limit"
            );
        }
    }

    /// A batch found no room. Senders' will be tried again; of others it returns what waits for it.
    pub(super) fn keep_for_later(
        &mut self,
        ticket: Ticket,
        sender: Option<Link>,
        batch: Batch,
        then: Vec<Then>,
        error: &StoreError,
    ) -> Option<Vec<Then>> {
        let again = self.room.trying.take_if(|trying| *trying == ticket).is_some();
        let Some(sender) = sender.filter(|_| self.settings.when_full == WhenFull::Wait) else {
            return Some(then);
        };
        self.tell(&error.to_string(), &first_of(&batch));
        self.burden(sender, batch.weight());
        let refused = Refused { sender, batch, then };
        if again {
            self.room.refused.push_front(refused);
        } else {
            self.room.refused.push_back(refused);
        }
        self.room.again = Some(self.now.monotonic + AGAIN);
        None
    }

    /// Tries the first batch again that found no room.
    pub(super) fn try_again(&mut self) {
        if self.room.trying.is_some() {
            return;
        }
        if let Some(Refused { sender, batch, then }) = self.room.refused.pop_front() {
            self.relieve(sender, batch.weight());
            self.room.trying = self.store(batch, then, Some(sender));
        }
    }

    /// A batch has been kept that perhaps has made room, or found some after all.
    pub(super) fn look_again(&mut self, ticket: Ticket, makes_room: bool) {
        let again = self.room.trying.take_if(|trying| *trying == ticket).is_some();
        if again || makes_room {
            self.try_again();
        }
    }

    /// When to look again.
    pub(super) fn room_timeout(&self) -> Option<Duration> {
        self.room.again
    }

    /// Looks whether there is room, though nothing has happened here.
    pub(super) fn look_for_room(&mut self) {
        if self.room.again.is_none_or(|again| again > self.now.monotonic) {
            return;
        }
        self.try_again();
        let waits = self.waits_for_the_store();
        let links: Vec<Link> = self.room.links.iter().copied().collect();
        links.into_iter().for_each(|link| self.let_in(link));
        let waits = waits || !self.room.links.is_empty();
        self.room.again = waits.then(|| self.now.monotonic + AGAIN);
        if !waits && std::mem::take(&mut self.room.told) {
            tracing::info!("there is room again: nobody waits for it any more");
        }
    }

    /// After everything else: who waits for room goes on if there is some.
    pub(super) fn let_all_in(&mut self) {
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

    /// A client has gone, and with it what it has said that waits.
    pub(super) fn forget_unsaid(&mut self, link: Link) {
        self.room.links.remove(&link);
        self.room.paused.remove(&link);
        while let Some(command) = self.clients.get_mut(&link).and_then(|it| it.behind.pop()) {
            self.room.load.take(link, command.footprint());
        }
    }

    /// And with it what the store has found no room for.
    pub(super) fn forget_unanswered(&mut self, link: Link) {
        // What wanted no answer counts as sent; what a client may send again has its place.
        let stays = |it: &Then| matches!(it, Then::Answer(_, Answer::Silence) | Then::Sent(..));
        let goes = |it: &Refused| it.sender == link && !it.then.iter().any(stays);
        let (gone, kept): (VecDeque<_>, VecDeque<_>) =
            std::mem::take(&mut self.room.refused).into_iter().partition(goes);
        self.room.refused = kept;
        for refused in gone {
            self.room.load.take(link, refused.batch.weight());
            self.unwind(refused.then, &Refusal::resources("the sender has gone"));
        }
    }
}

/// Where its first message was to go.
fn first_of(batch: &Batch) -> String {
    let container = batch.changes.iter().find_map(|change| match change {
        Change::Add { container, .. } => Some(container),
        _ => None,
    });
    match container {
        Some(Container::Queue(name)) => format!("queue://{name}"),
        Some(Container::Subscription(key)) => {
            format!("the durable subscription {} of {}", key.name, key.client_id)
        }
        Some(Container::Subscriber(_)) => "a topic subscriber that is behind".to_owned(),
        None => String::new(),
    }
}
