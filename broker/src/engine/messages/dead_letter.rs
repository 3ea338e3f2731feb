//! Where messages go that nobody will take, and those whose time is over.

use std::{sync::Arc, time::Duration};

use relaismq_openwire::{Command, Destination, Message, Value};

use crate::engine::{
    Engine,
    destinations::advisory::about,
    state::{
        buried::Cause,
        destinations::is_advisory,
        entry::Entry,
        in_flight::InFlight,
        outcomes::Then,
        slab::{LineId, SubId},
        timers::Timer,
    },
};

/// How often queues are looked through. ActiveMQ's `expireMessagesPeriod`.
pub(crate) const SWEEP: Duration = Duration::from_secs(30);

impl Engine {
    /// Moves a copy to the dead letter queue; true if something was kept there. Non-persistent
    /// messages are dropped, as in ActiveMQ (`processNonPersistent` is off there by default); so is
    /// what is a dead letter already.
    pub(crate) fn dead_letter(&mut self, message: &Message, cause: &Cause, held: bool) -> bool {
        if matches!(cause, Cause::Expired) {
            self.advise_expired(message);
        }
        let queue = Destination::queue(self.settings.dead_letter_queue.as_str());
        let dropped = !message.persistent || message.destination.as_ref() == Some(&queue);
        if dropped || !self.buried.note(message) {
            return false;
        }
        let mut copy = message.clone();
        let text = match cause {
            Cause::Poison(text) => text.clone(),
            // As Java prints the exception that ActiveMQ makes for it.
            Cause::Expired => {
                format!("java.lang.Throwable: Message Expired. Expiration:{}", copy.expiration)
            }
        };
        copy.original_destination = copy.destination.replace(queue.clone());
        copy.original_transaction_id = copy.transaction_id.take().or(copy.original_transaction_id);
        copy.group_first_for_consumer = false;
        let expiration = std::mem::take(&mut copy.expiration);
        let notes = [
            ("dlqDeliveryFailureCause", Value::Text(text.into())),
            ("originalExpiration", Value::Long(expiration)),
        ];
        for (name, value) in notes {
            // Properties that cannot be read are left as they are.
            drop(copy.set_property(name, value));
        }
        self.deliver_dead(&queue, copy, held);
        self.advise_dead(message);
        true
    }

    /// Monitors of Java applications listen for these two; ActiveMQ sends them without being asked.
    fn advise_expired(&mut self, message: &Message) {
        let Some(destination) = message.destination.as_ref().filter(|it| !is_advisory(it)) else {
            return;
        };
        let id = message.message_id.as_ref().map(ToString::to_string).unwrap_or_default();
        // So spelled in the protocol.
        let id = ("orignalMessageId", Value::Text(id.into()));
        self.advise(&about("Expired", destination), |_| (without_body(message), Some(id)));
    }

    fn advise_dead(&mut self, message: &Message) {
        if let Some(destination) = &message.destination {
            self.advise(&about("MessageDLQd", destination), |_| (without_body(message), None));
        }
    }

    /// A dead letter, without further checks.
    pub(crate) fn deliver_dead(&mut self, queue: &Destination, message: Message, held: bool) {
        if let Some(line) = self.queue(queue) {
            let mut arrival = self.arrival(Arc::new(message), held);
            self.enter(line, &mut arrival);
        }
    }

    /// Takes a message from its consumer or line for good. It leaves there, and arrives at the dead
    /// letter queue, together or not at all. True if that changes the store.
    pub(crate) fn bury(&mut self, sub: Option<SubId>, it: InFlight, cause: &Cause) -> bool {
        let Some(message) = it.entry.message().cloned() else {
            self.doom(it, cause.clone());
            return false;
        };
        let removed = self.unkeep(it.line, &it.entry);
        self.note_left(it.line);
        if matches!(cause, Cause::Expired) {
            self.note_expired(it.line);
        }
        let moved = self.dead_letter(&message, cause, false);
        if moved {
            self.work.later(Then::Moved(sub, Box::new(it)));
        } else if removed {
            self.work.later(Then::Removed(it.line, it.entry.sequence));
        }
        moved || removed
    }

    /// Takes an expired entry out of its line.
    pub(crate) fn expire(&mut self, id: LineId, index: usize) {
        if let Some(entry) = self.destinations.take(id, index) {
            self.bury(None, InFlight::never(id, entry), &Cause::Expired);
        }
    }

    /// To be buried when its body has been read.
    pub(crate) fn doom(&mut self, it: InFlight, cause: Cause) {
        if let Some(line) = self.destinations.line_mut(it.line) {
            line.doomed.insert(it.entry.sequence, cause);
        }
        self.work.ready(it.line);
        self.put_back(it);
    }

    pub(crate) fn sweep(&mut self) {
        self.timers.set(Timer::Sweep, self.now.monotonic + SWEEP);
        self.remove_again();
        let now = self.now.unix_ms;
        for id in self.destinations.lines() {
            let Some(line) = self.destinations.line(id) else { continue };
            let old = |(_, it): &(usize, &Entry)| it.is_ready() && it.is_expired(now);
            let expired = line.pending.iter().enumerate().filter(old).map(|(index, _)| index);
            let expired: Vec<usize> = expired.collect();
            for (gone, index) in expired.into_iter().enumerate() {
                self.expire(id, index - gone);
            }
            self.read_on(id);
        }
    }
}

/// What an advisory tells of a message.
fn without_body(message: &Message) -> Command {
    Message { content: None, compressed: false, ..message.clone() }.into()
}
