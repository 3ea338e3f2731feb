//! One request on its way to the driver.

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::OwnedSemaphorePermit;

use super::mailbox::Mailbox;
use super::ticket::Reply;
use crate::proto::io::Request;

/// Which way a request goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lane {
    /// In order behind the messages sent before it; stands still while the core takes none.
    Ordered,
    /// Past them.
    Urgent,
}

/// One request on its way.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) request: Request,
    pub(super) deadline: Option<Instant>,
    pub(super) reply: Option<Reply>,
    /// Where to put what a new consumer gets.
    pub(super) mailbox: Option<Arc<Mailbox>>,
    /// Held until the answer.
    pub(super) window: Option<OwnedSemaphorePermit>,
    /// What it takes of the room for what nobody waits for.
    pub(super) bytes: usize,
}

impl Job {
    /// Until when it may wait, if nobody but the driver watches over that.
    pub(super) fn expiry(&self) -> Option<Instant> {
        self.deadline.filter(|_| self.reply.as_ref().is_some_and(Reply::is_gathered))
    }

    pub(super) fn silent(request: Request) -> Self {
        Self { request, deadline: None, reply: None, mailbox: None, window: None, bytes: 0 }
    }

    /// A message that nobody waits for: if it is lost here, nobody hears of it.
    pub(super) fn is_quiet_send(&self) -> bool {
        self.reply.is_none() && matches!(self.request, Request::Send { .. })
    }
}
