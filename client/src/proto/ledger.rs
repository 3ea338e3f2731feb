//! What has been asked of the broker and is not settled: in the order of command ids, which is the
//! order to write and, after a reconnect, to write again.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    time::Instant,
};

use relaismq_openwire::{Command, Destination, MessageId};

use super::io::{ConsumerKey, Epoch, ProducerKey, RequestId, SessionKey};

/// What the answer settles.
#[derive(Clone, Debug)]
pub(crate) enum Purpose {
    /// Nothing but the request itself.
    Plain,
    /// A send.
    Send(MessageId),
    /// A producer exists.
    Producer(ProducerKey),
    /// A consumer exists.
    Consumer(ConsumerKey),
    /// A temporary destination exists.
    Temporary(Destination),
    /// A transaction is committed.
    Commit(SessionKey),
    /// A transaction is rolled back.
    Rollback(SessionKey),
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
    pub(crate) written: Option<Epoch>,
    pub(crate) bytes: usize,
}

/// What goes out when a link is ready.
#[derive(Debug, Default)]
pub(crate) struct Written {
    pub(crate) commands: Vec<Command>,
    /// Those that had been written on an earlier link.
    pub(crate) again: usize,
    /// Unconfirmed sends that waited for a link.
    pub(crate) handed_over: Vec<(Option<RequestId>, MessageId)>,
}

/// Unsettled commands and the deadlines of all requests.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    next_command: i32,
    entries: BTreeMap<i32, Entry>,
    by_request: HashMap<RequestId, i32>,
    deadlines: BTreeSet<(Instant, RequestId)>,
    due: HashMap<RequestId, Instant>,
    held_bytes: usize,
}

impl Ledger {
    /// A command id that was not used before on this connection.
    pub(crate) fn command_id(&mut self) -> i32 {
        self.next_command = self.next_command.checked_add(1).unwrap_or(1);
        self.next_command
    }

    pub(crate) fn insert(&mut self, command_id: i32, entry: Entry) {
        if let Some(request) = entry.request {
            self.by_request.insert(request, command_id);
        }
        self.held_bytes += entry.bytes;
        self.entries.insert(command_id, entry);
    }

    pub(crate) fn remove(&mut self, command_id: i32) -> Option<Entry> {
        let entry = self.entries.remove(&command_id)?;
        if let Some(request) = entry.request {
            self.by_request.remove(&request);
        }
        self.held_bytes -= entry.bytes;
        Some(entry)
    }

    pub(crate) fn remove_request(&mut self, request: RequestId) -> Option<Entry> {
        let command_id = self.by_request.get(&request).copied()?;
        self.remove(command_id)
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
        for (id, entry) in &mut self.entries {
            if entry.written != Some(epoch) {
                written.again += usize::from(entry.written.is_some());
                entry.written = Some(epoch);
                written.commands.push(entry.command.clone());
                if !entry.answered {
                    settled.push(*id);
                }
            }
        }
        for entry in settled.into_iter().filter_map(|id| self.remove(id)).collect::<Vec<_>>() {
            if let Purpose::Send(message_id) = entry.purpose {
                written.handed_over.push((entry.request, message_id));
            }
        }
        written
    }

    /// Takes out entries, in order.
    pub(crate) fn extract(&mut self, mut which: impl FnMut(&Entry) -> bool) -> Vec<Entry> {
        let ids: Vec<i32> =
            self.entries.iter().filter(|(_, entry)| which(entry)).map(|(id, _)| *id).collect();
        ids.into_iter().filter_map(|id| self.remove(id)).collect()
    }

    pub(crate) fn set_deadline(&mut self, request: RequestId, deadline: Instant) {
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
