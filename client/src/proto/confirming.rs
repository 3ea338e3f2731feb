//! Acknowledgements that somebody waits for. While the broker has not answered those of a session, the
//! next ones gather and then go together: the slower the broker, the longer the ranges.
//!
//! A broker reads in order, so the answer to the last command of a flight is the answer to all of it.
//! Only that one asks: ActiveMQ waits for its disk with every message of a range that is to be answered.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::io::{ConsumerKey, RequestId, SessionKey};

/// By session; a session without any has no entry.
#[derive(Debug, Default)]
pub(crate) struct Confirming {
    sessions: BTreeMap<SessionKey, Acks>,
    /// Whose the commands under way are.
    by_command: HashMap<i32, SessionKey>,
}

#[derive(Debug, Default)]
struct Acks {
    /// Not written.
    gathered: Gathered,
    /// Written and not answered, by the id of the command that asks. More than one only where a
    /// consumer has closed.
    flights: BTreeMap<i32, Flight>,
}

/// What goes out together.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    /// Whose acknowledgements.
    pub(crate) consumers: BTreeSet<ConsumerKey>,
    pub(crate) waiting: Vec<RequestId>,
}

/// What went out together.
#[derive(Debug, Default)]
pub(crate) struct Flight {
    pub(crate) ranges: Vec<Range>,
    pub(crate) waiting: Vec<RequestId>,
}

/// Deliveries of one consumer.
#[derive(Debug)]
pub(crate) struct Range {
    pub(crate) consumer: ConsumerKey,
    pub(crate) first: u64,
    pub(crate) last: u64,
}

impl Confirming {
    /// Something of these consumers goes with the next flight, which is waited for.
    pub(crate) fn gather(
        &mut self,
        session: SessionKey,
        consumers: impl IntoIterator<Item = ConsumerKey>,
        request: Option<RequestId>,
    ) {
        let gathered = &mut self.sessions.entry(session).or_default().gathered;
        gathered.consumers.extend(consumers);
        gathered.waiting.extend(request);
    }

    /// Waits for the flight that has this delivery. False if none has.
    pub(crate) fn join(
        &mut self,
        session: SessionKey,
        consumer: ConsumerKey,
        number: u64,
        request: Option<RequestId>,
    ) -> bool {
        let flights = self.sessions.get_mut(&session).map(|acks| acks.flights.values_mut());
        let has = |range: &Range| {
            range.consumer == consumer && (range.first..=range.last).contains(&number)
        };
        let flight = flights.into_iter().flatten().find(|flight| flight.ranges.iter().any(has));
        let Some(flight) = flight else { return false };
        flight.waiting.extend(request);
        true
    }

    /// Waits for everything that is under way. False if nothing is.
    pub(crate) fn join_last(&mut self, session: SessionKey, request: Option<RequestId>) -> bool {
        let acks = self.sessions.get_mut(&session);
        let last = acks.and_then(|acks| acks.flights.last_entry());
        let Some(mut last) = last else { return false };
        last.get_mut().waiting.extend(request);
        true
    }

    /// Nothing is waited for.
    pub(crate) fn is_empty(&self) -> bool {
        self.sessions.is_empty()
    }

    pub(crate) fn is_under_way(&self, session: SessionKey) -> bool {
        self.sessions.get(&session).is_some_and(|acks| !acks.flights.is_empty())
    }

    /// What has gathered goes now.
    pub(crate) fn take_gathered(&mut self, session: SessionKey) -> Gathered {
        let Some(acks) = self.sessions.get_mut(&session) else { return Gathered::default() };
        let gathered = std::mem::take(&mut acks.gathered);
        if acks.flights.is_empty() {
            self.sessions.remove(&session);
        }
        gathered
    }

    /// It is written, and the command with this id asks.
    pub(crate) fn written(&mut self, session: SessionKey, command_id: i32, flight: Flight) {
        self.by_command.insert(command_id, session);
        self.sessions.entry(session).or_default().flights.insert(command_id, flight);
    }

    /// The broker has answered this command. `None` if it is no acknowledgement; the session, if its
    /// next flight may go.
    pub(crate) fn answered(&mut self, command_id: i32) -> Option<(Flight, Option<SessionKey>)> {
        let session = self.by_command.remove(&command_id)?;
        let acks = self.sessions.get_mut(&session)?;
        let flight = acks.flights.remove(&command_id)?;
        let done = acks.flights.is_empty();
        let more = !acks.gathered.consumers.is_empty() || !acks.gathered.waiting.is_empty();
        if done && !more {
            self.sessions.remove(&session);
        }
        Some((flight, (done && more).then_some(session)))
    }

    /// Nobody waits for this any more; the acknowledgement itself goes on. False if it is not waited
    /// for here.
    pub(crate) fn forget(&mut self, request: RequestId) -> bool {
        self.sessions.values_mut().any(|acks| {
            let flights = acks.flights.values_mut().map(|flight| &mut flight.waiting);
            let mut lists = flights.chain([&mut acks.gathered.waiting]);
            lists.any(|list| {
                let before = list.len();
                list.retain(|other| *other != request);
                list.len() < before
            })
        })
    }

    /// The link is gone: who waited for what was not written, and for what was.
    pub(crate) fn lost(&mut self) -> (Vec<RequestId>, Vec<RequestId>) {
        let (mut unwritten, mut written) = (Vec::new(), Vec::new());
        self.by_command.clear();
        for acks in std::mem::take(&mut self.sessions).into_values() {
            unwritten.extend(acks.gathered.waiting);
            written.extend(acks.flights.into_values().flat_map(|flight| flight.waiting));
        }
        (unwritten, written)
    }
}
