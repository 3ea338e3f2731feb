//! Connections: login and takeover.

use relaismq_openwire::{Command, ConnectionControl, ConnectionId, ConnectionInfo, Text};

use crate::engine::{
    Engine,
    io::{Effect, Link, Parting},
    state::refusal::{Refusal, Reply},
};

/// The session that every connection has from the beginning; Java uses it for advisories.
const OWN_SESSION: i64 = -1;

impl Engine {
    /// Only what leads to a login is accepted.
    pub(crate) fn before_login(&mut self, link: Link, command: Command) -> Result<Reply, Refusal> {
        match command {
            Command::ConnectionInfo(info) => self.log_in(link, &self.proven(link, &info)),
            Command::ConnectionControl(control) => Ok(self.connection_control(link, &control)),
            Command::ShutdownInfo(_) => {
                self.close(link, &Parting::Orderly);
                Ok(Reply::Later)
            }
            Command::RemoveInfo(_) if self.clients.get(link).is_some_and(|it| it.ended) => {
                Ok(Reply::Done)
            }
            Command::KeepAliveInfo(_) | Command::BrokerInfo(_) => Ok(Reply::Later),
            other => {
                let refusal = Refusal::order(format!("{} before ConnectionInfo", other.name()));
                let answer_to = other.command_id().filter(|_| other.response_required());
                self.refuse(link, answer_to, &refusal);
                self.close(link, &Parting::CutOff(refusal.message().to_owned()));
                Ok(Reply::Later)
            }
        }
    }

    /// Whoever has shown a certificate has proven that name, and no other one.
    fn proven(&self, link: Link, info: &ConnectionInfo) -> ConnectionInfo {
        let certificate = self.clients.get(link).and_then(|it| it.certificate.clone());
        let user_name = certificate.or_else(|| info.user_name.clone());
        ConnectionInfo { user_name, ..info.clone() }
    }

    fn log_in(&mut self, link: Link, info: &ConnectionInfo) -> Result<Reply, Refusal> {
        let answer_to = Some(info.command_id).filter(|_| info.response_required);
        let (connection, client_id) = match self.check_login(link, info) {
            Ok(checked) => checked,
            Err(refusal) => {
                self.refuse(link, answer_to, &refusal);
                if let Some(client) = self.clients.get(link) {
                    client.log_refused(info, &refusal);
                }
                self.close(link, &Parting::CutOff(refusal.message().to_owned()));
                return Ok(Reply::Later);
            }
        };
        self.take_over(link, &connection);
        let Some(client) = self.clients.get_mut(link) else { return Ok(Reply::Later) };
        client.sessions.insert(connection.session(OWN_SESSION));
        client.connection = Some(connection);
        client.client_id = client_id;
        client.fault_tolerant |= info.fault_tolerant;
        client.reconnected = info.failover_reconnect;
        let client_ip = Some(client.address.clone());
        client.info = Some(ConnectionInfo { password: None, client_ip, ..info.clone() });
        client.log_login();
        self.effects.push_back(Effect::Admit { link });
        self.respond(link, answer_to);
        if info.manageable {
            self.send_to(link, ConnectionControl::default());
        }
        self.advise_connection(link);
        Ok(Reply::Later)
    }

    /// The place for authentication.
    fn check_login(
        &self,
        link: Link,
        info: &ConnectionInfo,
    ) -> Result<(ConnectionId, Text), Refusal> {
        let connection = info.connection_id.clone().filter(|id| id.value.is_some());
        let connection = connection.ok_or_else(|| Refusal::order("a connection needs an id"))?;
        let client_id = info.client_id.clone().filter(|id| !id.is_empty());
        let client_id =
            client_id.ok_or_else(|| Refusal::client_id("a connection needs a client id"))?;
        let owner = self.clients.iter().find(|(other, client)| {
            let same_connection = client.connection.as_ref() == Some(&connection);
            let user = client.info.as_ref().and_then(|info| info.user_name.as_ref());
            let foreign = !same_connection || user != info.user_name.as_ref();
            let named = same_connection || client.client_id == client_id;
            *other != link && client.connection.is_some() && named && foreign
        });
        if let Some((_, owner)) = owner {
            let (broker, address) = (&self.name, &owner.address);
            let message =
                format!("Broker: {broker} - Client: {client_id} already connected from {address}");
            return Err(Refusal::client_id(message));
        }
        Ok((connection, client_id))
    }

    /// The same connection on a new socket: the old one is a leftover.
    fn take_over(&mut self, link: Link, connection: &ConnectionId) {
        let old = self.clients.iter().find(|(other, client)| {
            *other != link && client.connection.as_ref() == Some(connection)
        });
        if let Some(old) = old.map(|(old, _)| old) {
            let reason = "its connection was taken over by a newer socket";
            self.close(old, &Parting::CutOff(reason.to_owned()));
        }
    }

    /// The same login again changes nothing.
    pub(crate) fn login_again(&self, link: Link, info: &ConnectionInfo) -> Result<Reply, Refusal> {
        let client = self.clients.get(link);
        if client.is_some_and(|client| client.connection == info.connection_id) {
            return Ok(Reply::Done);
        }
        Err(Refusal::order("this socket has a connection already"))
    }

    pub(crate) fn connection_control(&mut self, link: Link, control: &ConnectionControl) -> Reply {
        if let Some(client) = self.clients.get_mut(link) {
            client.fault_tolerant |= control.fault_tolerant;
        }
        Reply::Done
    }
}
