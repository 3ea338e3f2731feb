//! Connections: login, takeover, the end.

use std::collections::{BTreeMap, HashMap};

use relaismq_openwire::{
    Command, ConnectionControl, ConnectionId, ConnectionInfo, ConsumerId, Destination, ProducerId,
    RemoveInfo, Text, TransactionId,
};

use super::{
    Engine, Reply, advisory, io::Link, producers::Producer, refuse::Refusal, subscription::SubId,
    transaction::Transaction,
};

/// What the broker knows of one connected client.
#[derive(Debug)]
pub(crate) struct Client {
    /// Set by the login.
    pub(crate) connection: Option<ConnectionId>,
    pub(crate) client_id: Text,
    pub(crate) info: Option<ConnectionInfo>,
    /// The client reconnects by itself: its producers' sequences are remembered.
    pub(crate) fault_tolerant: bool,
    /// It has reconnected: what it sends again may be stored already.
    pub(crate) reconnected: bool,
    pub(crate) producers: HashMap<ProducerId, Producer>,
    pub(crate) consumers: BTreeMap<ConsumerId, SubId>,
    pub(crate) temporaries: Vec<Destination>,
    pub(crate) transactions: BTreeMap<TransactionId, Transaction>,
    /// Bytes sent and not yet written to the socket.
    pub(crate) owed: usize,
}

impl Client {
    pub(crate) fn new() -> Self {
        Self {
            connection: None,
            client_id: Text::default(),
            info: None,
            fault_tolerant: false,
            reconnected: false,
            producers: HashMap::new(),
            consumers: BTreeMap::new(),
            temporaries: Vec::new(),
            transactions: BTreeMap::new(),
            owed: 0,
        }
    }
}

impl Engine {
    /// Only what leads to a login is accepted.
    pub(super) fn before_login(&mut self, link: Link, command: Command) -> Result<Reply, Refusal> {
        match command {
            Command::ConnectionInfo(info) => self.log_in(link, &info),
            Command::ConnectionControl(control) => self.connection_control(link, &control),
            Command::ShutdownInfo(_) => {
                self.close(link, "the client says goodbye");
                Ok(Reply::Later)
            }
            Command::KeepAliveInfo(_) | Command::BrokerInfo(_) => Ok(Reply::Later),
            other => {
                self.close(link, "commands before the login");
                Err(Refusal::state(format!("{} before ConnectionInfo", other.name())))
            }
        }
    }

    fn log_in(&mut self, link: Link, info: &ConnectionInfo) -> Result<Reply, Refusal> {
        let checked = self.check_login(info);
        let (connection, client_id) = match checked {
            Ok(checked) => checked,
            Err(refusal) => {
                self.refuse(
                    link,
                    Some(info.command_id).filter(|_| info.response_required),
                    &refusal,
                );
                self.close(link, refusal.message());
                return Ok(Reply::Later);
            }
        };
        self.take_over(link, &connection);
        let Some(client) = self.clients.get_mut(&link) else { return Ok(Reply::Later) };
        client.connection = Some(connection);
        client.client_id = client_id;
        client.fault_tolerant |= info.fault_tolerant;
        client.reconnected = info.failover_reconnect;
        client.info = Some(ConnectionInfo { password: None, ..info.clone() });
        if info.response_required {
            self.respond(link, Some(info.command_id));
        }
        if info.manageable {
            self.send_to(link, ConnectionControl::default());
        }
        self.advise_connection(link, true);
        Ok(Reply::Later)
    }

    /// The place for authentication.
    fn check_login(&self, info: &ConnectionInfo) -> Result<(ConnectionId, Text), Refusal> {
        let connection = info.connection_id.clone();
        let connection = connection.ok_or_else(|| Refusal::state("a connection needs an id"))?;
        let client_id = info.client_id.clone().filter(|id| !id.is_empty());
        let client_id =
            client_id.ok_or_else(|| Refusal::client_id("a connection needs a client id"))?;
        let taken = self.clients.values().any(|other| {
            other.client_id == client_id
                && other.connection.as_ref().is_some_and(|id| *id != connection)
        });
        if taken {
            let message = format!("Broker: {} - Client: {client_id} already connected", self.name);
            return Err(Refusal::client_id(message));
        }
        Ok((connection, client_id))
    }

    /// The same connection on a new socket: the old one is a leftover.
    fn take_over(&mut self, link: Link, connection: &ConnectionId) {
        let old = self.clients.iter().find(|(other, client)| {
            **other != link && client.connection.as_ref() == Some(connection)
        });
        if let Some(old) = old.map(|(old, _)| *old) {
            self.close(old, "its connection was taken over by a newer socket");
            self.closed(old);
        }
    }

    /// The same login again changes nothing.
    pub(super) fn login_again(&self, link: Link, info: &ConnectionInfo) -> Result<Reply, Refusal> {
        let client = self.clients.get(&link);
        if client.is_some_and(|client| client.connection == info.connection_id) {
            return Ok(Reply::Done);
        }
        Err(Refusal::state("this socket has a connection already"))
    }

    pub(super) fn connection_control(
        &mut self,
        link: Link,
        control: &ConnectionControl,
    ) -> Result<Reply, Refusal> {
        if let Some(client) = self.clients.get_mut(&link) {
            client.fault_tolerant |= control.fault_tolerant;
        }
        Ok(Reply::Done)
    }

    pub(super) fn remove(&mut self, link: Link, info: &RemoveInfo) -> Result<Reply, Refusal> {
        let last = info.last_delivered_sequence_id;
        match info.object_id.as_deref() {
            Some(Command::ConnectionId(_)) => self.end_connection(link, last),
            Some(Command::SessionId(session)) => {
                let consumers = self.clients.get(&link).map(|client| {
                    let of_session = client.consumers.keys().filter(|id| id.session() == *session);
                    of_session.cloned().collect::<Vec<_>>()
                });
                for id in consumers.unwrap_or_default() {
                    self.close_consumer(link, &id, last);
                }
                self.close_producers(link, |id| id.session() == *session);
            }
            Some(Command::ConsumerId(id)) => {
                if !self.close_consumer(link, id, last) {
                    return Err(Refusal::state(format!("there is no consumer {id}")));
                }
            }
            Some(Command::ProducerId(id)) => self.close_producers(link, |other| other == id),
            _ => return Err(Refusal::state("nothing that can be removed")),
        }
        Ok(Reply::Done)
    }

    /// The socket is gone.
    pub(super) fn closed(&mut self, link: Link) {
        self.end_connection(link, RemoveInfo::DELIVERED_UNKNOWN);
        self.forget_pauses(link);
        self.clients.remove(&link);
    }

    /// Consumers first, then what the connection made, then what it left open.
    fn end_connection(&mut self, link: Link, last_delivered: i64) {
        let Some(client) = self.clients.get(&link) else { return };
        for id in client.consumers.keys().cloned().collect::<Vec<_>>() {
            self.close_consumer(link, &id, last_delivered);
        }
        self.close_producers(link, |_| true);
        self.roll_back_all(link);
        let temporaries = self.clients.get_mut(&link).map(|it| std::mem::take(&mut it.temporaries));
        for temporary in temporaries.unwrap_or_default() {
            self.remove_destination(&temporary);
            self.advise_destination(&temporary, advisory::Change::Gone);
        }
        self.advise_connection(link, false);
        if let Some(client) = self.clients.get_mut(&link) {
            client.connection = None;
            client.client_id = Text::default();
        }
    }
}
