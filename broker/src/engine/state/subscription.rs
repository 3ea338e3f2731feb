//! One consumer as the broker sees it, and its window.

use std::{
    collections::{BTreeSet, VecDeque},
    sync::Arc,
};

use relaismq_openwire::{
    ConnectionId, ConsumerId, ConsumerInfo, Destination, Message, MessageDispatch,
};

use crate::{
    engine::{
        io::Link,
        state::{account::Share, in_flight::InFlight, slab::LineId},
    },
    selectable::Selectable,
    selector::Selector,
};

/// How the consumer takes part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Queue,
    Topic,
    Durable,
    Browser,
}

#[derive(Debug)]
pub(crate) struct Subscription {
    pub(crate) id: ConsumerId,
    pub(crate) link: Link,
    pub(crate) connection: ConnectionId,
    pub(crate) info: Box<ConsumerInfo>,
    /// Of its destination.
    pub(crate) parts: Vec<Destination>,
    pub(crate) role: Role,
    pub(crate) prefetch: usize,
    pub(crate) selector: Option<Selector>,
    pub(crate) lines: BTreeSet<LineId>,
    /// Lines where something waits for it, if it has several.
    pub(crate) noted: VecDeque<LineId>,
    pub(crate) in_flight: VecDeque<InFlight>,
    /// Of what is in flight.
    pub(crate) memory: Share,
    /// The log says once that its window was closed for lack of memory.
    pub(crate) told: bool,
    /// In flight, of a topic or shown to a browser: only their number matters.
    pub(crate) counted: usize,
    /// Places beyond the prefetch: seen by the client, not acknowledged yet.
    pub(crate) extension: usize,
    /// It has asked for one message.
    pub(crate) pulls: bool,
    pub(crate) browse: Browse,
}

/// How far a browser has come.
#[derive(Debug, Default)]
pub(crate) struct Browse {
    /// Still to be shown, each with how often it was delivered.
    pub(crate) waiting: VecDeque<(Arc<Message>, i32)>,
    /// Lines with more in the store, and behind which sequence.
    pub(crate) unread: VecDeque<(LineId, u64)>,
    /// It waits for the store.
    pub(crate) reading: bool,
    /// What comes later is not shown.
    pub(crate) through: u64,
    /// Its client has been told that this was all.
    pub(crate) finished: bool,
}

impl Subscription {
    /// May be sent one more.
    pub(crate) fn has_credit(&self) -> bool {
        let open = self.in_flight.len() + self.counted;
        let wants = self.pulls || open.saturating_sub(self.extension) < self.prefetch;
        wants && (self.in_flight.is_empty() || self.memory.may_grow())
    }

    /// How many more it may be given.
    pub(crate) fn credit(&self) -> usize {
        let open = self.in_flight.len() + self.counted;
        let window = (self.prefetch + self.extension).saturating_sub(open);
        window.max(usize::from(self.pulls))
    }

    /// What it has been given last waits for the store.
    pub(crate) fn is_waiting(&self) -> bool {
        self.in_flight.back().is_some_and(|it| !it.sent)
    }

    /// Its body stays in memory when it has been sent.
    pub(crate) fn keeps(&self, bytes: usize) -> bool {
        self.memory.keeps(bytes)
    }

    /// Topic clients are believed by number. Returns how many there were.
    pub(crate) fn take_count(&mut self, count: usize) -> u64 {
        let count = count.min(self.counted);
        self.counted -= count;
        self.extension = self.extension.saturating_sub(count);
        count as u64
    }

    pub(crate) fn extend(&mut self, count: usize) {
        let open = self.in_flight.len() + self.counted;
        self.extension = self.extension.saturating_add(count).min(open);
    }

    /// Its selector matches, or it has none.
    pub(crate) fn selects(&self, message: &Message) -> bool {
        let properties = Selectable(message);
        self.selector.as_ref().is_none_or(|selector| selector.matches(&properties))
    }

    /// Also leaves out its own connection's messages if it wants that. The line of a durable
    /// subscription has done so already.
    pub(crate) fn accepts(&self, message: &Message) -> bool {
        let own = || {
            let producer = message.producer_id.as_ref();
            producer.is_some_and(|id| id.connection_id == self.connection.value)
        };
        let hides = self.info.no_local && self.role != Role::Durable;
        !(hides && own()) && self.selects(message)
    }

    /// A topic subscriber: what is addressed to others is not for it.
    pub(crate) fn wants(&self, message: &Message) -> bool {
        let addressed = message.target_consumer_id.as_ref().is_none_or(|target| *target == self.id);
        addressed && self.accepts(message)
    }

    pub(crate) fn shown(&self, message: Arc<Message>, counter: i32) -> MessageDispatch {
        MessageDispatch {
            consumer_id: Some(self.id.clone()),
            destination: message.destination.clone(),
            message: Some(message),
            redelivery_counter: counter,
            ..MessageDispatch::default()
        }
    }
}
