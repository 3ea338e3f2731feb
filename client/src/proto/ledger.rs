//! What has been asked of the broker and is not settled: in the order of command ids, which is the
//! order to write and, after a reconnect, to write again.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    time::Instant,
};

use relaismq_openwire::{Command, Destination, MessageId};

use super::io::{ConsumerKey, Epoch, ProducerKey, RequestId, SessionKey};

/// What the answer settles.
#[derive(Clone, Debug)]
pub(crate) enum Purpose {
    /// Nothing but the request itself.
    Plain,
    /// A send of a producer.
    Send(ProducerKey),
    /// A producer exists.
    Producer(ProducerKey),
    /// A consumer exists.
    Consumer(ConsumerKey),
    /// A temporary destination exists.
    Temporary(Destination),
    /// The transaction of this number is committed.
    Commit(SessionKey, i64),
    /// A transaction is rolled back.
    Rollback,
    /// A producer or a consumer is gone.
    Removal,
    /// The connection is closed.
    Close,
}

/// One unsettled command.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) request: Option<RequestId>,
    pub(crate) command: Command,
    pub(crate) purpose: Purpose,
    /// The broker answers it; otherwise it is settled once written.
    pub(crate) answered: bool,
    /// Whoever asked only waits until it is written.
    pub(crate) hands_over: bool,
    /// Not answered, and kept all the same until the broker is known to have read it.
    pub(crate) kept: bool,
    pub(crate) written: Option<Epoch>,
    /// An earlier link has had it, too: the broker may have done it then.
    pub(crate) repeated: bool,
    pub(crate) bytes: usize,
}

/// What goes out when a link is ready.
#[derive(Debug, Default)]
pub(crate) struct Written {
    pub(crate) commands: Vec<Command>,
    /// Those that had been written on an earlier link.
    pub(crate) again: usize,
    /// Sends that waited for a link and not for more.
    pub(crate) handed_over: Vec<(RequestId, MessageId)>,
    /// Whose sends nobody keeps from here on.
    pub(crate) settled: Vec<ProducerKey>,
}

impl Entry {
    /// Of the message that is sent.
    pub(crate) fn message_id(&self) -> MessageId {
        match &self.command {
            Command::Message(message) => message.message_id.clone().unwrap_or_default(),
            _ => MessageId::default(),
        }
    }

    /// The transaction that it commits.
    pub(crate) const fn commit(&self) -> Option<(SessionKey, i64)> {
        match self.purpose {
            Purpose::Commit(session, number) => Some((session, number)),
            _ => None,
        }
    }
}

/// Unsettled commands and the deadlines of all requests.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    /// Commands numbered so far. Command ids start again at 1 when they run out; these never do.
    numbered: u64,
    entries: BTreeMap<u64, Entry>,
    by_request: HashMap<RequestId, u64>,
    deadlines: BTreeSet<(Instant, RequestId)>,
    due: HashMap<RequestId, Instant>,
    held_bytes: usize,
    /// What is kept and written on this link, in order.
    unproven: VecDeque<u64>,
}

/// Command ids that there are.
const IDS: u64 = i32::MAX as u64;

/// The id of the n-th command, counted from 1.
fn id_of(number: u64) -> i32 {
    i32::try_from((number.saturating_sub(1)) % IDS + 1).unwrap_or(1)
}

impl Ledger {
    /// A command id that is not in use on this connection.
    pub(crate) fn command_id(&mut self) -> i32 {
        self.numbered += 1;
        id_of(self.numbered)
    }

    /// The latest command with this id.
    fn number_of(&self, command_id: i32) -> Option<u64> {
        let id = u64::try_from(command_id).ok().filter(|id| (1..=IDS).contains(id))?;
        let latest = u64::try_from(id_of(self.numbered)).ok()?;
        self.numbered.checked_sub((latest + IDS - id) % IDS).filter(|number| *number > 0)
    }

    pub(crate) fn insert(&mut self, command_id: i32, entry: Entry) {
        let Some(number) = self.number_of(command_id) else { return };
        if let Some(request) = entry.request {
            self.by_request.insert(request, number);
        }
        self.held_bytes += entry.bytes;
        if entry.kept && entry.written.is_some() {
            self.unproven.push_back(number);
        }
        self.entries.insert(number, entry);
    }

    /// The broker has read everything up to this command. Takes out what was only kept for that.
    pub(crate) fn read_up_to(&mut self, command_id: i32) -> Vec<Entry> {
        let Some(last) = self.number_of(command_id) else { return Vec::new() };
        let mut read = Vec::new();
        while let Some(number) = self.unproven.front().copied().filter(|number| *number <= last) {
            self.unproven.pop_front();
            read.extend(self.remove(number));
        }
        read
    }

    /// It cannot be written at all.
    pub(crate) fn remove_kept(&mut self, command_id: i32) -> Option<Entry> {
        let number = self.number_of(command_id)?;
        self.entries.get(&number).filter(|entry| entry.kept)?;
        self.unproven.retain(|other| *other != number);
        self.remove(number)
    }

    /// Takes out what was written on this link under this id.
    pub(crate) fn answered(&mut self, command_id: i32, epoch: Epoch) -> Option<Entry> {
        let number = self.number_of(command_id)?;
        self.entries.get(&number).filter(|entry| entry.written == Some(epoch))?;
        self.remove(number)
    }

    fn remove(&mut self, number: u64) -> Option<Entry> {
        let entry = self.entries.remove(&number)?;
        if let Some(request) = entry.request {
            self.by_request.remove(&request);
        }
        self.held_bytes -= entry.bytes;
        Some(entry)
    }

    pub(crate) fn of_request(&self, request: RequestId) -> Option<&Entry> {
        self.entries.get(self.by_request.get(&request)?)
    }

    pub(crate) fn remove_request(&mut self, request: RequestId) -> Option<Entry> {
        let number = self.by_request.get(&request).copied()?;
        self.remove(number)
    }

    /// Nobody waits any more, but the broker's answer still matters.
    pub(crate) fn detach(&mut self, request: RequestId) {
        let number = self.by_request.remove(&request);
        if let Some(entry) = number.and_then(|number| self.entries.get_mut(&number)) {
            entry.request = None;
        }
    }

    /// Everything that is not settled.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Bytes of messages that wait for a broker's answer, or for a broker.
    pub(crate) const fn held_bytes(&self) -> usize {
        self.held_bytes
    }

    /// All that must be written on the link `epoch`, in order; marks it written and settles what is
    /// never answered.
    pub(crate) fn write_all(&mut self, epoch: Epoch) -> Written {
        let mut written = Written::default();
        let mut settled = Vec::new();
        self.unproven.clear();
        for (id, entry) in &mut self.entries {
            if entry.written != Some(epoch) {
                entry.repeated |= entry.written.is_some();
                written.again += usize::from(entry.repeated);
                entry.written = Some(epoch);
                written.commands.push(entry.command.clone());
                if entry.hands_over
                    && matches!(entry.purpose, Purpose::Send(_))
                    && let Some(request) = entry.request.take()
                {
                    self.by_request.remove(&request);
                    written.handed_over.push((request, entry.message_id()));
                }
                if entry.kept {
                    self.unproven.push_back(*id);
                } else if !entry.answered {
                    settled.push(*id);
                }
            }
        }
        for id in settled {
            if let Some(Purpose::Send(producer)) = self.remove(id).map(|it| it.purpose) {
                written.settled.push(producer);
            }
        }
        written
    }

    pub(crate) fn any(&self, which: impl FnMut(&Entry) -> bool) -> bool {
        self.entries.values().any(which)
    }

    /// Takes out entries, in order.
    pub(crate) fn extract(&mut self, mut which: impl FnMut(&Entry) -> bool) -> Vec<Entry> {
        let numbers: Vec<u64> =
            self.entries.iter().filter(|(_, entry)| which(entry)).map(|(it, _)| *it).collect();
        numbers.into_iter().filter_map(|number| self.remove(number)).collect()
    }

    /// In place of an earlier deadline of the request.
    pub(crate) fn set_deadline(&mut self, request: RequestId, deadline: Instant) {
        self.clear_deadline(request);
        self.deadlines.insert((deadline, request));
        self.due.insert(request, deadline);
    }

    /// The request is answered: its deadline is void.
    pub(crate) fn clear_deadline(&mut self, request: RequestId) {
        if let Some(deadline) = self.due.remove(&request) {
            self.deadlines.remove(&(deadline, request));
        }
    }

    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        self.deadlines.first().map(|(deadline, _)| *deadline)
    }

    /// The next request whose time is over.
    pub(crate) fn overdue(&mut self, now: Instant) -> Option<RequestId> {
        let (deadline, request) = self.deadlines.first().copied()?;
        if deadline > now {
            return None;
        }
        self.deadlines.remove(&(deadline, request));
        self.due.remove(&request);
        Some(request)
    }
}
