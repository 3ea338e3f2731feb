//! What has found no room in the store keeps its place, and is tried again in order.

use std::time::Duration;

use crate::{
    engine::{
        Engine,
        io::{Link, Ticket},
        settings::WhenFull,
        state::{outcomes::Then, room::Postponed, timers::Timer},
    },
    model::{Batch, Change, Container, StoreError},
};

/// Room may appear without our doing.
pub(crate) const AGAIN: Duration = Duration::from_millis(500);

impl Engine {
    /// More waits of a client.
    pub(crate) fn burden(&mut self, link: Link, bytes: usize) {
        self.room.load.add(link, bytes);
        if self.room.load.is_too_much(link) && self.clients.late(link).is_some() {
            self.room.paused.insert(link);
            self.hold_for_room(link);
        }
    }

    pub(crate) fn relieve(&mut self, link: Link, bytes: usize) {
        self.room.load.take(link, bytes);
        self.room.relieved.push(link);
    }

    /// Says once that senders wait, for what, and what can be done.
    pub(crate) fn tell(&mut self, reason: &str, first: &str) {
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
    pub(crate) fn keep_for_later(
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
        let refused = Postponed { sender, batch, then };
        if again {
            self.room.refused.push_front(refused);
        } else {
            self.room.refused.push_back(refused);
        }
        self.timers.set(Timer::Room, self.now.monotonic + AGAIN);
        None
    }

    /// Tries the first batch again that found no room.
    pub(crate) fn try_again(&mut self) {
        if self.room.trying.is_some() {
            return;
        }
        if let Some(Postponed { sender, batch, then }) = self.room.refused.pop_front() {
            self.relieve(sender, batch.weight());
            self.room.trying = self.store(batch, then, Some(sender));
        }
    }

    /// A batch has been kept that perhaps has made room, or found some after all.
    pub(crate) fn look_again(&mut self, ticket: Ticket, makes_room: bool) {
        let again = self.room.trying.take_if(|trying| *trying == ticket).is_some();
        if again || makes_room {
            self.try_again();
        }
    }

    /// A client has gone, and with it what it has said that waits.
    pub(crate) fn forget_unsaid(&mut self, link: Link) {
        self.room.links.remove(&link);
        self.room.paused.remove(&link);
        while let Some(command) = self.clients.get_mut(link).and_then(|it| it.behind.pop()) {
            self.room.load.take(link, command.footprint());
        }
    }
}

/// Where its first message was to go.
fn first_of(batch: &Batch) -> String {
    let place = |change: &Change| match change {
        Change::Publish { topic, .. } => Some(format!("topic://{topic}")),
        Change::Add { container: Container::Queue(name), .. } => Some(format!("queue://{name}")),
        Change::Add { container: Container::Subscription(key), .. } => {
            Some(format!("the durable subscription {} of {}", key.name, key.client_id))
        }
        Change::Add { container: Container::Subscriber(_), .. } => {
            Some("a topic subscriber that is behind".to_owned())
        }
        _ => None,
    };
    batch.changes.iter().find_map(place).unwrap_or_default()
}
