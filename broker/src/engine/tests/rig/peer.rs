//! Connections: sockets, logins, failover.

use relaismq_openwire::{
    Command, ConnectionId, ConnectionInfo, RemoveInfo, SessionId, SessionInfo,
};

use super::{Answer, Rig};
use crate::engine::io::{Input, Link, Parting};

/// A client's connection.
#[derive(Clone, Debug)]
pub(crate) struct Peer {
    pub(crate) link: Link,
    pub(crate) name: String,
    pub(crate) connection: ConnectionId,
}

impl Peer {
    pub(crate) fn session(&self) -> SessionId {
        self.connection.session(1)
    }

    pub(crate) fn info(&self) -> ConnectionInfo {
        ConnectionInfo {
            connection_id: Some(self.connection.clone()),
            client_id: Some(self.name.as_str().into()),
            client_master: true,
            ..ConnectionInfo::default()
        }
    }
}

impl Rig {
    /// A socket without login.
    pub(crate) fn open(&mut self, name: &str) -> Peer {
        self.last_link += 1;
        let link = Link(self.last_link);
        self.feed(Input::Opened {
            link,
            peer: format!("tcp://{name}"),
            connector: "tcp://broker:61616".into(),
            certificate: None,
        });
        let hello = self.take(link, |it| matches!(it, Command::BrokerInfo(_)).then_some(()));
        assert_eq!(hello.len(), 1, "the broker introduces itself");
        Peer { link, name: name.to_owned(), connection: ConnectionId::new(format!("ID:{name}:1")) }
    }

    /// A client that has logged in and opened session 1.
    pub(crate) fn connect(&mut self, name: &str) -> Peer {
        self.log_in(name, |_| ())
    }

    /// A client behind a failover transport, for the first time.
    pub(crate) fn connect_failover(&mut self, name: &str) -> Peer {
        self.log_in(name, |info| info.fault_tolerant = true)
    }

    /// The same connection on a new socket.
    pub(crate) fn reconnect(&mut self, old: &Peer) -> Peer {
        self.log_in(&old.name, |info| {
            info.fault_tolerant = true;
            info.failover_reconnect = true;
        })
    }

    fn log_in(&mut self, name: &str, change: impl FnOnce(&mut ConnectionInfo)) -> Peer {
        let peer = self.open(name);
        let mut info = peer.info();
        change(&mut info);
        assert_eq!(self.request(&peer, info), Answer::Done);
        let session_id = Some(peer.session());
        self.tell(peer.link, SessionInfo { session_id, ..SessionInfo::default() });
        peer
    }

    /// The socket breaks.
    pub(crate) fn cut(&mut self, peer: &Peer) {
        self.inboxes.remove(&peer.link);
        self.feed(Input::Closed { link: peer.link, parting: Parting::Lost("cut".into()) });
    }

    /// Closes a consumer, producer, session or connection, with the last message that it has seen.
    pub(crate) fn remove(
        &mut self,
        link: Link,
        id: impl Into<Command>,
        last_delivered_sequence_id: i64,
    ) -> Answer {
        let object_id = Some(Box::new(id.into()));
        let info = RemoveInfo { object_id, last_delivered_sequence_id, ..RemoveInfo::default() };
        self.request_on(link, info)
    }
}
