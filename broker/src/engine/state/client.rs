//! One client, and its open transactions.
//!
//! What the log says of it is one line when it has logged in, and one when it has gone. What the client has
//! said itself is quoted, so that it cannot look like a line of its own.

use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use relaismq_openwire::{
    ConnectionId, ConnectionInfo, ConsumerId, Destination, Message, ProducerId, ProducerInfo,
    SessionId, Text, TransactionId,
};

use crate::engine::{
    io::{Link, Parting},
    state::{
        account::Share, behind::Behind, destinations::Target, in_flight::InFlight, recent::Recent,
        refusal::Refusal, slab::SubId,
    },
};

/// What the broker knows of one connected client.
#[derive(Debug, Default)]
pub(crate) struct Client {
    /// Where it comes from.
    pub(crate) address: Text,
    /// By which address of the broker.
    pub(crate) connector: Text,
    /// The name in its certificate, if it has shown one.
    pub(crate) certificate: Option<Text>,
    /// When it came, on the monotonic clock.
    pub(crate) came: Duration,
    /// Set by the login.
    pub(crate) connection: Option<ConnectionId>,
    pub(crate) client_id: Text,
    /// Its login, without the password, until the end of the connection has been told.
    pub(crate) info: Option<ConnectionInfo>,
    /// The client reconnects by itself: its producers' sequences are remembered.
    pub(crate) fault_tolerant: bool,
    /// It has reconnected: what it sends again may be stored already.
    pub(crate) reconnected: bool,
    pub(crate) sessions: BTreeSet<SessionId>,
    pub(crate) producers: Recent<ProducerId, Producer>,
    pub(crate) consumers: BTreeMap<ConsumerId, SubId>,
    pub(crate) temporaries: BTreeSet<Destination>,
    pub(crate) transactions: BTreeMap<TransactionId, Transaction>,
    /// Bytes sent and not yet written to the socket.
    pub(crate) owed: Share,
    /// Bytes given to its consumers and not sent yet: they wait for the store.
    pub(crate) promised: usize,
    /// What it has sent that waits for room.
    pub(crate) behind: Behind,
    /// It was to be sent something, and was owed too much.
    pub(crate) refused: Cell<bool>,
    /// It had logged in and ended its connection.
    pub(crate) ended: bool,
    /// It is being closed: nothing that still comes in counts.
    pub(crate) closing: bool,
}

impl Client {
    /// It has logged in.
    pub(crate) fn log_login(&self) {
        let (client, address) = (self.client_id.as_str(), &self.address);
        tracing::info!(client, user = user(self.info.as_ref()), %address, "client logged in");
    }

    /// It may not.
    pub(crate) fn log_refused(&self, info: &ConnectionInfo, refusal: &Refusal) {
        let (client, address) = (info.client_id.as_deref().unwrap_or(""), &self.address);
        let reason = refusal.message();
        tracing::warn!(client, user = user(Some(info)), %address, reason, "login refused");
    }

    /// It has gone, if it had been there.
    pub(crate) fn log_parting(&self, parting: &Parting) {
        if self.connection.is_none() {
            return;
        }
        let (client, address) = (self.client_id.as_str(), &self.address);
        let (user, reason) = (user(self.info.as_ref()), parting.to_string());
        match parting {
            Parting::CutOff(_) => {
                tracing::warn!(client, user, %address, reason, "client gone");
            }
            _ => tracing::info!(client, user, %address, reason, "client gone"),
        }
    }
}

fn user(info: Option<&ConnectionInfo>) -> &str {
    info.and_then(|info| info.user_name.as_deref()).unwrap_or("")
}

/// A producer, and where its last message went.
#[derive(Debug)]
pub(crate) struct Producer {
    pub(crate) info: ProducerInfo,
    last: Option<(Destination, Target)>,
}

impl Producer {
    pub(crate) const fn new(info: ProducerInfo) -> Self {
        Self { info, last: None }
    }

    /// Where this destination was found the last time; it may be gone.
    pub(crate) fn target(&self, destination: &Destination) -> Option<Target> {
        self.last.as_ref().filter(|(last, _)| last == destination).map(|(_, target)| *target)
    }

    pub(crate) fn note_target(&mut self, destination: &Destination, target: Target) {
        self.last = Some((destination.clone(), target));
    }
}

/// All that are connected. A link is stated or late as ids are, see [`super::slab`].
#[derive(Debug, Default)]
pub(crate) struct Clients {
    all: BTreeMap<Link, Client>,
}

impl Clients {
    pub(crate) fn insert(&mut self, link: Link, client: Client) {
        self.all.insert(link, client);
    }

    pub(crate) fn remove(&mut self, link: Link) {
        self.all.remove(&link);
    }

    /// It is connected.
    pub(crate) fn get(&self, link: Link) -> Option<&Client> {
        let found = self.late(link);
        debug_assert!(found.is_some(), "{link:?} has gone");
        found
    }

    /// It is connected.
    pub(crate) fn get_mut(&mut self, link: Link) -> Option<&mut Client> {
        let found = self.late_mut(link);
        debug_assert!(found.is_some(), "{link:?} has gone");
        found
    }

    /// It was connected.
    pub(crate) fn late(&self, link: Link) -> Option<&Client> {
        self.all.get(&link)
    }

    /// It was connected.
    pub(crate) fn late_mut(&mut self, link: Link) -> Option<&mut Client> {
        self.all.get_mut(&link)
    }

    /// In the order in which they came.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Client> {
        self.all.values_mut()
    }

    /// In the order in which they came.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Link, &Client)> {
        self.all.iter().map(|(link, client)| (*link, client))
    }
}

#[derive(Debug, Default)]
pub(crate) struct Transaction {
    /// What was sent, and to where.
    pub(crate) sends: Vec<(Arc<Message>, Route)>,
    /// Acknowledged by consumers that have closed since.
    pub(crate) held: Vec<InFlight>,
    /// Of what was sent.
    pub(crate) memory: Share,
    /// Something was acknowledged in it, or something else explains why nothing was.
    pub(crate) acknowledged: bool,
    /// Why it can only be rolled back.
    pub(crate) broken: Option<String>,
}

impl Transaction {
    /// What two connections did in one branch.
    pub(crate) fn join(mut self, other: Self) -> Self {
        self.sends.extend(other.sends);
        self.held.extend(other.held);
        self.memory.add(other.memory.bytes());
        self.acknowledged |= other.acknowledged;
        self.broken = self.broken.or(other.broken);
        self
    }
}

/// Where a message goes, checked.
#[derive(Clone, Debug)]
pub(crate) enum Route {
    /// To its own destination, which was there when it was sent.
    Own(Target),
    /// One copy to each.
    Parts(Vec<Destination>),
}

pub(crate) fn not_started(id: &TransactionId) -> Refusal {
    let id = match id {
        TransactionId::Local(id) => id.to_string(),
        TransactionId::Xa(id) => id.to_string(),
    };
    Refusal::jms(format!("Transaction '{id}' has not been started."))
}
