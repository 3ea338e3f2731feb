//! The broker's logic, pure: commands and store answers in, effects out. No clock, no I/O, no tokio.
//!
//! [`io`] is the whole contract, `settings` are the bounds. Folders use those below them only:
//!
//! * `clients`: what clients say, from login to the end.
//! * `work`: what a step did goes to the store, and what follows from its answer.
//! * `giving`: lines give messages to consumers.
//! * `questions`: what is asked, and done, for whoever looks after the broker.
//! * `messages`: they are sent, committed, acknowledged, or dead.
//! * `destinations`: they come and go, and tell of it.
//! * `lines`: where messages wait.
//! * `effects`: whatever leaves the engine.
//! * `state`: what the engine knows.
//!
//! A message comes in by `clients::incoming`, `messages::send` and `messages::deliver`, enters a line in
//! `lines::arriving`, is given out by `giving::dispatch`, and leaves by `messages::acknowledge`. What a step
//! did on the way is gathered in `state::work`. `tests` drives all of it in virtual time.

mod clients;
mod destinations;
mod effects;
mod giving;
pub mod io;
mod lines;
mod messages;
mod questions;
mod settings;
mod state;
#[cfg(test)]
mod tests;
mod work;

use std::{collections::VecDeque, time::Duration};

use relaismq_openwire::{BrokerId, Text};

pub use self::settings::{Settings, WhenFull};
use self::{
    io::{Effect, Input},
    messages::dead_letter::SWEEP,
    state::{
        account::Account,
        buried::Buried,
        client::Clients,
        destinations::Destinations,
        durables::Durables,
        entry::Inherited,
        outcomes::Outcomes,
        prepared::Prepared,
        remembered::Remembered,
        room::{Held, Room},
        slab::{Slab, SubId},
        subscription::Subscription,
        tally::Tally,
        timers::{Timer, Timers},
        walk::Walks,
        work::Work,
    },
};
use crate::model::{Now, Recovered, StoreLimits};

/// The broker's state. One owner feeds it and carries out its effects, in order.
#[derive(Debug)]
pub struct Engine {
    settings: Settings,
    name: Text,
    url: Text,
    id: BrokerId,
    now: Now,
    effects: VecDeque<Effect>,
    clients: Clients,
    held: Held,
    room: Room,
    destinations: Destinations,
    subscriptions: Slab<SubId, Subscription>,
    durables: Durables,
    remembered: Remembered,
    buried: Buried,
    outcomes: Outcomes,
    /// What this step did.
    work: Work,
    timers: Timers,
    /// Memory of all that is on its way to consumers.
    in_flight: Account,
    /// Distributed transactions in doubt.
    prepared: Prepared,
    /// Memory of what was sent in transactions.
    uncommitted: Account,
    /// Memory of what is owed to clients.
    owed: Account,
    /// The memory in flight has been used up, and consumers may wait for that to change.
    starved: bool,
    last_sequence: u64,
    /// Of queues and topics, also of those that are gone.
    tally: Tally,
    walks: Walks,
    /// Messages that were sent without a client.
    own_messages: i64,
    /// What the store held when the broker started.
    inherited: Inherited,
    /// What fits into the store.
    limits: StoreLimits,
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
        let mut timers = Timers::default();
        timers.set(Timer::Sweep, now.monotonic + SWEEP);
        Self {
            settings,
            name: name.into(),
            url: url.into(),
            id: BrokerId::new(format!("ID:{name}-{}-0:1", now.unix_ms)),
            now,
            effects: VecDeque::new(),
            clients: Clients::default(),
            held: Held::default(),
            room: Room::default(),
            destinations,
            subscriptions: Slab::default(),
            durables: Durables::default(),
            remembered: Remembered::default(),
            buried: Buried::default(),
            outcomes: Outcomes::default(),
            work: Work::default(),
            timers,
            in_flight,
            prepared: Prepared::default(),
            uncommitted,
            owed,
            starved: false,
            last_sequence: 0,
            tally: Tally::default(),
            walks: Walks::default(),
            own_messages: 0,
            inherited: Inherited::default(),
            limits: StoreLimits::default(),
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
        self.limits = recovered.limits;
        let Recovered { last_sequence: through, offers_known, .. } = recovered;
        self.inherited = Inherited { through, offers_known };
        self.remembered.restore(recovered.producers);
        self.restore_durables(recovered.subscriptions);
        for summary in recovered.containers {
            self.restore_container(&summary);
        }
        for (name, bytes) in recovered.marks {
            self.restore_branch(&name, &bytes);
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
            Input::Ask { token, question } => {
                if !self.asked(token, question) {
                    return;
                }
            }
            Input::Opened { link, peer, connector, certificate } => {
                self.opened(link, &peer, connector, certificate);
            }
            Input::Received { link, commands } => {
                self.work.from = Some(link);
                for command in commands {
                    self.received(link, command);
                }
                self.give_out();
                self.work.from = None;
                if self.work.batch.adds() {
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
        self.end_step();
    }

    /// Does what time demands. A call too many is harmless.
    pub fn handle_timeout(&mut self, now: Now) {
        if self.failed {
            return;
        }
        self.now = now;
        while let Some(timer) = self.timers.take_over(now.monotonic) {
            match timer {
                Timer::Pull(sub) => self.end_pull(sub),
                Timer::Sweep => self.sweep(),
                Timer::Pause(line) => self.end_pause(line),
                Timer::Room => self.look_for_room(),
                Timer::Lazy => self.flush(),
            }
        }
        self.end_step();
    }

    /// Who may go on because of what happened does, and the store is told what has changed.
    fn end_step(&mut self) {
        self.give_out();
        self.feed_the_starved();
        self.give_out();
        self.let_all_in();
        self.flush_batch();
    }

    /// When [`Self::handle_timeout`] must be called, on the monotonic clock.
    pub fn poll_timeout(&self) -> Option<Duration> {
        if self.failed {
            return None;
        }
        self.timers.next()
    }

    /// The next thing to do.
    pub fn poll_effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }
}
