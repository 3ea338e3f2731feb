//! What has been handed to the store, and what happens when it answers.

use std::collections::BTreeMap;

use relaismq_openwire::{ProducerAck, ProducerId, TransactionId};

use crate::engine::{
    io::{Link, Ticket, Token},
    state::{
        in_flight::InFlight,
        prepared::Decided,
        slab::{LineId, SubId},
        walk::WalkId,
    },
};

/// Something that waits for durability.
#[derive(Debug)]
pub(crate) enum Then {
    /// Tell whoever sent a command; failures are told in any case.
    Answer(Link, Answer),
    /// A message may be dispatched.
    Ready(LineId, u64),
    /// A message that only the store has, and its bytes, which count only if it has them.
    Spilled(LineId, u64, usize),
    /// A message of a producer: only matters if it was not stored.
    Sent(ProducerId, i64),
    /// Taken out of the store on a consumer's word: tried again if that failed.
    Removed(LineId, u64),
    /// A consumer may be sent what it was given up to a dispatch.
    Offered(SubId, u64),
    /// These are marked as given.
    Marked(LineId, u64, u64),
    /// A browser may begin.
    Browse(SubId),
    /// Taken away together with other changes: back to where it was if those failed.
    Moved(Option<SubId>, Box<InFlight>),
    /// A branch of a distributed transaction is prepared.
    Voted(Box<TransactionId>),
    /// One is committed, if there was room.
    Committed(Box<Decided>),
    /// One is rolled back.
    RolledBack(Box<Decided>),
    /// Tell whoever asked for it that it is done, with so many messages.
    Told(Token, u64),
    /// A walk may go on, which has dealt with so many more.
    Walked(WalkId, u64),
}

/// What a client hears of a command that has succeeded.
#[derive(Debug)]
pub(crate) enum Answer {
    /// A response to this command.
    Response(i32),
    /// A response with a number.
    Number(i32, i32),
    /// Its window back.
    Window(Box<ProducerAck>),
    /// Nothing.
    Silence,
}

impl From<Option<i32>> for Answer {
    fn from(answer_to: Option<i32>) -> Self {
        answer_to.map_or(Self::Silence, Self::Response)
    }
}

/// Requests on their way to the store.
#[derive(Debug, Default)]
pub(crate) struct Outcomes {
    pub(crate) last: u64,
    pub(crate) waiting: BTreeMap<Ticket, HandedOver>,
    /// Bytes of all batches in `waiting`.
    pub(crate) bytes: usize,
    /// Pages being read, and for whom.
    pub(crate) pages: BTreeMap<Ticket, Asked>,
    /// The last request that failed.
    pub(crate) failed: Ticket,
    /// What the store had been given up to here when it failed. As far as it adds, it fails as well.
    pub(crate) doomed: Ticket,
    /// Removals for which there was no room.
    pub(crate) again: Vec<(LineId, u64)>,
}

#[derive(Debug)]
pub(crate) struct HandedOver {
    pub(crate) then: Vec<Then>,
    pub(crate) bytes: usize,
    /// Whose messages are in it.
    pub(crate) sender: Option<Link>,
    /// Others wait for room, and this may make some.
    pub(crate) makes_room: bool,
}

impl Outcomes {
    pub(crate) const fn ticket(&mut self) -> Ticket {
        self.last += 1;
        Ticket(self.last)
    }

    /// The store has found no room, and may not have said so of everything that it found none for.
    pub(crate) fn are_doomed(&self) -> bool {
        self.waiting.first_key_value().is_some_and(|(ticket, _)| *ticket <= self.doomed)
    }
}

/// Who reads a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reader {
    /// A line has room again.
    Line(LineId),
    /// A line wants bodies that are away, behind this sequence.
    Away(LineId, u64),
    /// Consumers of a line look for what they want, behind this sequence.
    Scout(LineId, u64),
    /// A browser goes through a line behind this sequence.
    Browser(SubId, LineId, u64),
    /// A walk goes through a line behind this sequence.
    Walk(WalkId, LineId, u64),
}

/// A page that has been asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked {
    pub(crate) reader: Reader,
    pub(crate) after: u64,
}

impl Reader {
    pub(crate) const fn line(self) -> LineId {
        match self {
            Self::Line(line) | Self::Away(line, _) => line,
            Self::Scout(line, _) | Self::Browser(_, line, _) | Self::Walk(_, line, _) => line,
        }
    }
}
