//! The broker's logic, pure: commands and store answers in, effects out. No clock, no I/O, no tokio.
//!
//! [`io`] is the whole contract. A message passes through `send` and `deliver` into a `queue` line,
//! is given by `dispatch` to a `subscription` with credit, and leaves by `ack`.
//!
//! * Clients: `commands` (who takes what on), `login`, `parting` (what the log says of both), `producers`, `consumers`, `ending`, `refuse`.
//! * Destinations: `destinations` (which there are), `routing` (they come and go), `temporary`,
//!   `durable`, `virtual_topics`, `advisory`.
//! * Messages come in: `send`, `transaction`, `deliver`; `flow` and `room` hold senders back, `load`,
//!   `backlog` and `behind` know what waits.
//! * They wait and go out: `queue`, `dispatch`, `choosing`, `band` and `groups` (whose turn it is),
//!   `pace`, `subscription`, `pull`, `browser`, `browse`, `ack` with `range`, `expiry`, `dead_letter`
//!   with `buried`.
//! * What may have been seen before a crash: `offers` (marked in the store), `suspects` (flagged).
//! * What is in memory: `account` and `memory` (how much), `away` and `tail` (what is not), `paging` and
//!   `scout` (read it again).
//! * The store: `batching`, `keeping`, `outcome`.
//! * Below all of them: `entry`, `settings`, `ids` and `slab`; `properties` is what selectors see.
//! * `tests` drives all of it in virtual time.

mod account;
mod ack;
mod advisory;
mod away;
mod backlog;
mod band;
mod batching;
mod behind;
mod browse;
mod browser;
mod buried;
mod choosing;
mod commands;
mod consumers;
mod dead_letter;
mod deliver;
mod destinations;
mod dispatch;
mod durable;
mod ending;
mod entry;
mod expiry;
mod flow;
mod groups;
mod ids;
pub mod io;
mod keeping;
mod load;
mod login;
mod memory;
mod offers;
mod outcome;
mod pace;
mod paging;
mod parting;
mod producers;
mod properties;
mod pull;
mod queue;
mod range;
mod refuse;
mod room;
mod routing;
mod scout;
mod send;
mod settings;
mod slab;
mod subscription;
mod suspects;
mod tail;
mod temporary;
#[cfg(test)]
mod tests;
mod transaction;
mod virtual_topics;

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    time::Duration,
};

use relaismq_openwire::{BrokerId, Text};

pub use self::settings::{Settings, WhenFull};
use self::{
    account::Account,
    batching::Lazy,
    buried::Buried,
    commands::Reply,
    destinations::Destinations,
    durable::Durables,
    flow::Held,
    ids::SubId,
    io::{Effect, Input, Link},
    login::Client,
    offers::Offers,
    outcome::{Outcomes, Then},
    paging::Reader,
    producers::Remembered,
    room::Room,
    slab::Slab,
    subscription::Subscription,
    suspects::Inherited,
};
use crate::model::{Batch, Now, Recovered};

/// The broker's state. One owner feeds it and carries out its effects, in order.
#[derive(Debug)]
pub struct Engine {
    settings: Settings,
    name: Text,
    url: Text,
    id: BrokerId,
    now: Now,
    effects: VecDeque<Effect>,
    clients: BTreeMap<Link, Client>,
    held: Held,
    room: Room,
    /// Whose messages are in the present batch.
    sends: Option<Link>,
    destinations: Destinations,
    subscriptions: Slab<Subscription>,
    durables: Durables,
    remembered: Remembered,
    buried: Buried,
    outcomes: Outcomes,
    /// What this input changes in the store, made durable together.
    batch: Batch,
    /// What happens once that is durable.
    then: Vec<Then>,
    lazy: Lazy,
    offers: Offers,
    /// Pages to ask the store for after that.
    wanted_pages: VecDeque<Reader>,
    /// Memory of all that is on its way to consumers.
    in_flight: Account,
    /// Memory of what was sent in transactions.
    uncommitted: Account,
    /// Memory of what is owed to clients.
    owed: Account,
    /// The memory in flight has been used up, and consumers may wait for that to change.
    starved: bool,
    /// Clients that have caught up with what they are owed.
    read_again: Vec<Link>,
    /// When pulls are over.
    pulls: BTreeSet<(Duration, SubId)>,
    next_sweep: Duration,
    last_sequence: u64,
    /// What the store held when the broker started.
    inherited: Inherited,
    stored_bytes: u64,
    /// So many there have been.
    topic_subscribers: u64,
    dispatches: u64,
    advisories: i64,
    /// The store is lost: nothing is done or said any more.
    failed: bool,
}

impl Engine {
    /// An empty broker called `name` that clients reach at `url`.
    pub fn new(settings: Settings, name: &str, url: &str, now: Now) -> Self {
        let in_flight = Account::new(settings.in_flight_bytes);
        let uncommitted = Account::new(settings.transaction_bytes);
        let owed = Account::new(settings.outbound_memory_bytes);
        let destinations = Destinations::new(settings.memory_bytes);
        Self {
            settings,
            name: name.into(),
            url: url.into(),
            id: BrokerId::new(format!("ID:{name}-{}-0:1", now.unix_ms)),
            now,
            effects: VecDeque::new(),
            clients: BTreeMap::new(),
            held: Held::default(),
            room: Room::default(),
            sends: None,
            destinations,
            subscriptions: Slab::default(),
            durables: Durables::default(),
            remembered: Remembered::default(),
            buried: Buried::default(),
            outcomes: Outcomes::default(),
            batch: Batch::default(),
            then: Vec::new(),
            lazy: Lazy::default(),
            offers: Offers::default(),
            wanted_pages: VecDeque::new(),
            in_flight,
            uncommitted,
            owed,
            starved: false,
            read_again: Vec::new(),
            pulls: BTreeSet::new(),
            next_sweep: now.monotonic + expiry::SWEEP,
            last_sequence: 0,
            inherited: Inherited::default(),
            stored_bytes: 0,
            topic_subscribers: 0,
            dispatches: 0,
            advisories: 0,
            failed: false,
        }
    }

    /// Takes over what a store holds. Before any client.
    pub fn restore(&mut self, recovered: Recovered) {
        self.last_sequence = recovered.last_sequence;
        let Recovered { last_sequence: through, offers_known, .. } = recovered;
        self.inherited = Inherited { through, offers_known };
        self.remembered.restore(recovered.producers);
        self.restore_durables(recovered.subscriptions);
        for summary in recovered.containers {
            self.restore_container(&summary);
        }
        self.flush_batch();
    }

    /// Takes something that happened.
    pub fn handle(&mut self, now: Now, input: Input) {
        if self.failed {
            return;
        }
        self.now = now;
        match input {
            Input::Opened { link, peer } => self.opened(link, &peer),
            Input::Received { link, commands } => {
                self.held.sender = Some(link);
                for command in commands {
                    self.received(link, command);
                }
                self.held.sender = None;
                if self.batch.adds() {
                    self.flush_batch();
                    self.hold_for_store(link);
                }
            }
            Input::Written { link, bytes } => self.written(link, bytes),
            Input::Closed { link, parting } => self.closed(link, &parting),
            Input::Stored { ticket } => self.stored(ticket),
            Input::StoreFailed { ticket, error, batch } => {
                self.store_failed(ticket, &error, batch);
            }
            Input::Paged { ticket, messages } => self.paged(ticket, &messages),
            Input::PageFailed { error, .. } => self.fail(&error),
        }
        self.feed_the_starved();
        self.dispatch_to_readers();
        self.let_all_in();
        self.flush_batch();
    }

    /// Does what time demands. A call too many is harmless.
    pub fn handle_timeout(&mut self, now: Now) {
        if self.failed {
            return;
        }
        self.now = now;
        self.end_pulls();
        self.sweep();
        self.end_pauses();
        self.look_for_room();
        self.feed_the_starved();
        self.dispatch_to_readers();
        self.let_all_in();
        self.flush_batch();
        if self.lazy.until.is_some_and(|until| until <= now.monotonic) {
            self.flush();
        }
    }

    /// When [`Self::handle_timeout`] must be called, on the monotonic clock.
    pub fn poll_timeout(&self) -> Option<Duration> {
        if self.failed {
            return None;
        }
        let pull = self.pulls.first().map(|(until, _)| *until);
        let room = self.room_timeout();
        let times = [pull, room, self.held.until(), self.lazy.until, Some(self.next_sweep)];
        times.into_iter().flatten().min()
    }

    /// The next thing to do.
    pub fn poll_effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// Bytes of messages that wait in memory now.
    pub fn memory_bytes(&self) -> usize {
        self.destinations.memory.bytes()
    }

    /// Bytes in memory of messages that consumers have not acknowledged.
    pub fn in_flight_bytes(&self) -> usize {
        self.in_flight.bytes()
    }
}
