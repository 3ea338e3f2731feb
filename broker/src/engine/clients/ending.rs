//! Producers, consumers, sessions and connections end.

use relaismq_openwire::{Command, ConsumerId, RemoveInfo, SessionId, Text, TransactionId};

use crate::engine::{
    Engine,
    destinations::advisory::Event,
    io::{Effect, Link, Parting},
    state::{
        in_flight::InFlight,
        refusal::{Refusal, Reply},
        slab::SubId,
        subscription::{Role, Subscription},
        timers::Timer,
    },
};

impl Engine {
    pub(crate) fn remove(&mut self, link: Link, info: &RemoveInfo) -> Result<Reply, Refusal> {
        let last = info.last_delivered_sequence_id;
        match info.object_id.as_deref() {
            Some(Command::ConnectionId(_)) => self.end_connection(link, last, &Parting::Orderly),
            Some(Command::SessionId(id)) => self.end_session(link, id, last)?,
            Some(Command::ConsumerId(id)) => self.end_consumer(link, id, last)?,
            Some(Command::ProducerId(id)) => {
                if self.close_producers(link, |other| other == id) == 0 {
                    return Err(Refusal::order(format!("there is no producer {id}")));
                }
            }
            _ => return Err(Refusal::order("nothing that can be removed")),
        }
        Ok(Reply::Done)
    }

    fn end_consumer(&mut self, link: Link, id: &ConsumerId, last: i64) -> Result<(), Refusal> {
        let client = self.clients.get(link);
        if !client.is_some_and(|client| client.consumers.contains_key(id)) {
            return Err(Refusal::order(format!("there is no consumer {id}")));
        }
        self.close_consumers(link, last, |other| other == id);
        Ok(())
    }

    fn end_session(&mut self, link: Link, id: &SessionId, last: i64) -> Result<(), Refusal> {
        let client = self.clients.get_mut(link);
        if !client.is_some_and(|client| client.sessions.remove(id)) {
            return Err(Refusal::order(format!("there is no session {id}")));
        }
        self.close_consumers(link, last, |other| other.session() == *id);
        self.close_producers(link, |other| other.session() == *id);
        Ok(())
    }

    /// The socket is gone.
    pub(crate) fn closed(&mut self, link: Link, parting: &Parting) {
        if self.clients.late(link).is_none() {
            return;
        }
        self.end_connection(link, RemoveInfo::DELIVERED_UNKNOWN, parting);
        self.forget_unsaid(link);
        self.clients.remove(link);
        self.held.forget(link);
        self.forget_unanswered(link);
    }

    /// Ends the connection and its socket. What is queued for the client is still written.
    pub(crate) fn close(&mut self, link: Link, parting: &Parting) {
        if self.clients.get(link).is_none_or(|client| client.closing) {
            return;
        }
        self.end_connection(link, RemoveInfo::DELIVERED_UNKNOWN, parting);
        if let Some(client) = self.clients.get_mut(link) {
            client.closing = true;
        }
        self.effects.push_back(Effect::Close { link, reason: parting.to_string() });
    }

    /// Consumers first, then what it left open, then what it made. Nothing is dispatched before all
    /// consumers are gone, or they would pass their messages to each other.
    fn end_connection(&mut self, link: Link, last_delivered: i64, parting: &Parting) {
        if let Some(client) = self.clients.get(link) {
            client.log_parting(parting);
        }
        self.close_consumers(link, last_delivered, |_| true);
        self.close_producers(link, |_| true);
        self.roll_back_all(link);
        let temporaries = self.clients.get_mut(link).map(|it| std::mem::take(&mut it.temporaries));
        for temporary in temporaries.unwrap_or_default() {
            self.remove_destination(&temporary);
            self.advise_destination(&temporary, Event::Gone);
        }
        self.advise_connection_gone(link);
        if let Some(client) = self.clients.get_mut(link) {
            client.ended |= client.connection.take().is_some();
            client.client_id = Text::default();
            client.sessions.clear();
        }
    }

    /// Their lines may have got something back, and others may get more of them now.
    fn close_consumers(
        &mut self,
        link: Link,
        last_delivered: i64,
        which: impl Fn(&ConsumerId) -> bool,
    ) {
        let Some(client) = self.clients.get_mut(link) else { return };
        let ids: Vec<ConsumerId> =
            client.consumers.keys().filter(|id| which(id)).cloned().collect();
        let gone: Vec<SubId> = ids.iter().filter_map(|id| client.consumers.remove(id)).collect();
        for sub in gone {
            if let Some(subscription) = self.subscriptions.remove(sub) {
                self.detach(sub, subscription, last_delivered);
            }
        }
    }

    fn detach(&mut self, sub: SubId, mut subscription: Subscription, last_delivered: i64) {
        self.timers.stop(Timer::Pull(sub));
        for line in &subscription.lines {
            if let Some(line) = self.destinations.line_mut(*line) {
                line.leave(sub);
            }
        }
        let back = subscription.give_back(last_delivered);
        self.keep_no_promise(subscription.link, &back);
        match subscription.role {
            Role::Topic => {
                self.unlisten(sub, &subscription.parts);
                for line in &subscription.lines {
                    self.drop_backlog(*line);
                }
            }
            Role::Queue => {
                self.destinations.expectant.retain(|other| *other != sub);
                self.return_to_lines(subscription.link, back);
            }
            Role::Durable => {
                self.durables.deactivate(sub);
                self.return_to_lines(subscription.link, back);
            }
            Role::Browser => {}
        }
        subscription.lines.iter().for_each(|line| self.work.ready(*line));
        self.advise_consumer_gone(&subscription);
    }

    /// What belongs to an open transaction waits for its outcome; the rest goes back in its place.
    fn return_to_lines(&mut self, link: Link, back: Vec<InFlight>) {
        for mut it in back {
            let id = it.transaction.clone();
            match id.and_then(|id| self.held_in(link, &id)) {
                Some(held) => {
                    it.entry.let_go();
                    held.push(it);
                }
                None => self.put_back(it),
            }
        }
    }

    /// Where an open or prepared transaction has what consumers left behind.
    fn held_in(&mut self, link: Link, id: &TransactionId) -> Option<&mut Vec<InFlight>> {
        if self.prepared.has(id) {
            return self.prepared.get_mut(id).map(|branch| &mut branch.held);
        }
        let open = self.clients.get_mut(link)?.transactions.get_mut(id)?;
        Some(&mut open.held)
    }
}
