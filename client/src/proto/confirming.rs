//! Acknowledgements that somebody waits for. While the broker has not answered those of a session, the
//! next ones gather and then go together: the slower the broker, the longer the ranges.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::io::{ConsumerKey, Failure, RequestId, SessionKey};

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
    /// Written and not answered, by command id.
    ranges: BTreeMap<i32, Range>,
    /// Who waits for all of the ranges, and the first failure among those answered.
    whole: Vec<RequestId>,
    failure: Option<Failure>,
}

/// What goes out together.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    /// Whose acknowledgements.
    pub(crate) consumers: BTreeSet<ConsumerKey>,
    /// Who waits for one delivery of a consumer.
    pub(crate) single: Vec<(ConsumerKey, u64, RequestId)>,
    /// Who waits for everything that goes.
    pub(crate) whole: Vec<RequestId>,
}

impl Gathered {
    fn is_empty(&self) -> bool {
        self.consumers.is_empty() && self.whole.is_empty()
    }
}

/// Deliveries of one consumer that one command acknowledges.
#[derive(Debug)]
pub(crate) struct Range {
    pub(crate) consumer: ConsumerKey,
    pub(crate) first: u64,
    pub(crate) last: u64,
    pub(crate) waiting: Vec<RequestId>,
}

/// What an answer brings.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) session: SessionKey,
    pub(crate) range: Range,
    /// Who waited for the last range as well, and for all before it.
    pub(crate) whole: Vec<RequestId>,
    /// What all of them together came to.
    pub(crate) failure: Option<Failure>,
    /// The next ones can go.
    pub(crate) next: bool,
}

impl Confirming {
    /// Waits for one delivery to be acknowledged with the next ones that go.
    pub(crate) fn gather_one(
        &mut self,
        session: SessionKey,
        consumer: ConsumerKey,
        number: u64,
        request: Option<RequestId>,
    ) {
        let gathered = &mut self.sessions.entry(session).or_default().gathered;
        gathered.consumers.insert(consumer);
        gathered.single.extend(request.map(|request| (consumer, number, request)));
    }

    /// Waits for everything that goes next, some of it by these consumers.
    pub(crate) fn gather_all(
        &mut self,
        session: SessionKey,
        consumers: impl IntoIterator<Item = ConsumerKey>,
        request: Option<RequestId>,
    ) {
        let gathered = &mut self.sessions.entry(session).or_default().gathered;
        gathered.consumers.extend(consumers);
        gathered.whole.extend(request);
    }

    /// Waits for one delivery whose acknowledgement is under way. False if it is not.
    pub(crate) fn join_one(
        &mut self,
        session: SessionKey,
        consumer: ConsumerKey,
        number: u64,
        request: Option<RequestId>,
    ) -> bool {
        let ranges = self.sessions.get_mut(&session).map(|acks| acks.ranges.values_mut());
        let covers = |range: &&mut Range| {
            range.consumer == consumer && (range.first..=range.last).contains(&number)
        };
        let Some(range) = ranges.into_iter().flatten().find(covers) else { return false };
        range.waiting.extend(request);
        true
    }

    /// Waits for everything that is under way. False if nothing is.
    pub(crate) fn join_all(&mut self, session: SessionKey, request: Option<RequestId>) -> bool {
        let acks = self.sessions.get_mut(&session).filter(|acks| !acks.ranges.is_empty());
        let Some(acks) = acks else { return false };
        acks.whole.extend(request);
        true
    }

    pub(crate) fn is_under_way(&self, session: SessionKey) -> bool {
        self.sessions.get(&session).is_some_and(|acks| !acks.ranges.is_empty())
    }

    /// What has gathered goes now.
    pub(crate) fn take_gathered(&mut self, session: SessionKey) -> Gathered {
        let Some(acks) = self.sessions.get_mut(&session) else { return Gathered::default() };
        let gathered = std::mem::take(&mut acks.gathered);
        if acks.ranges.is_empty() {
            self.sessions.remove(&session);
        }
        gathered
    }

    /// A range is written under this id.
    pub(crate) fn written(&mut self, session: SessionKey, command_id: i32, range: Range) {
        self.by_command.insert(command_id, session);
        self.sessions.entry(session).or_default().ranges.insert(command_id, range);
    }

    /// Waits for all that was written.
    pub(crate) fn wait_for_written(&mut self, session: SessionKey, requests: Vec<RequestId>) {
        self.sessions.entry(session).or_default().whole.extend(requests);
    }

    /// The broker has answered this command. `None` if it is no acknowledgement.
    pub(crate) fn answered(
        &mut self,
        command_id: i32,
        outcome: &Result<(), Failure>,
    ) -> Option<Answered> {
        let session = self.by_command.remove(&command_id)?;
        let acks = self.sessions.get_mut(&session)?;
        let range = acks.ranges.remove(&command_id)?;
        if let Err(failure) = outcome {
            acks.failure.get_or_insert_with(|| failure.clone());
        }
        let mut answered =
            Answered { session, range, whole: Vec::new(), failure: None, next: false };
        if acks.ranges.is_empty() {
            answered.whole = std::mem::take(&mut acks.whole);
            answered.failure = acks.failure.take();
            answered.next = !acks.gathered.is_empty();
            if !answered.next {
                self.sessions.remove(&session);
            }
        }
        Some(answered)
    }

    /// Nobody waits for this any more; the acknowledgement itself goes on. False if it is not waited
    /// for here.
    pub(crate) fn forget(&mut self, request: RequestId) -> bool {
        let mut found = false;
        let mut leave = |list: &mut Vec<RequestId>| {
            let before = list.len();
            list.retain(|other| *other != request);
            found |= list.len() < before;
        };
        for acks in self.sessions.values_mut() {
            leave(&mut acks.whole);
            leave(&mut acks.gathered.whole);
            acks.ranges.values_mut().for_each(|range| leave(&mut range.waiting));
        }
        for acks in self.sessions.values_mut() {
            let before = acks.gathered.single.len();
            acks.gathered.single.retain(|(_, _, other)| *other != request);
            found |= acks.gathered.single.len() < before;
        }
        found
    }

    /// The link is gone: who waited for what was not written, and for what was.
    pub(crate) fn lost(&mut self) -> (Vec<RequestId>, Vec<RequestId>) {
        let (mut unwritten, mut written) = (Vec::new(), Vec::new());
        self.by_command.clear();
        for acks in std::mem::take(&mut self.sessions).into_values() {
            unwritten.extend(acks.gathered.single.into_iter().map(|(_, _, request)| request));
            unwritten.extend(acks.gathered.whole);
            written.extend(acks.ranges.into_values().flat_map(|range| range.waiting));
            written.extend(acks.whole);
        }
        (unwritten, written)
    }

    /// A consumer is gone, and with it what it had not written: who waited for that.
    pub(crate) fn lost_consumer(
        &mut self,
        session: SessionKey,
        consumer: ConsumerKey,
    ) -> Vec<RequestId> {
        let Some(acks) = self.sessions.get_mut(&session) else { return Vec::new() };
        acks.gathered.consumers.remove(&consumer);
        let of_it = |entry: &mut (ConsumerKey, u64, RequestId)| entry.0 == consumer;
        acks.gathered.single.extract_if(.., of_it).map(|(_, _, request)| request).collect()
    }
}
