//! What a client says, to whoever takes it on, and what it is answered.

use relaismq_openwire::{BrokerInfo, Command, MessageDispatch, Response};

use super::{
    Engine,
    io::{Effect, Link, Parting},
    login::Client,
    refuse::Refusal,
};

/// How a command is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    /// At once.
    Done,
    /// By whoever took it on.
    Later,
}

impl Engine {
    pub(super) fn opened(&mut self, link: Link, peer: &str) {
        let (address, owed) = (peer.into(), self.owed.share());
        self.clients.insert(link, Client { address, owed, ..Client::default() });
        let info = BrokerInfo {
            broker_id: Some(self.id.clone()),
            broker_name: Some(self.name.clone()),
            broker_url: Some(self.url.clone()),
            ..BrokerInfo::default()
        };
        self.send_to(link, info);
    }

    pub(super) fn received(&mut self, link: Link, command: Command) {
        if self.has_to_wait(link, &command) {
            self.wait(link, command);
        } else {
            self.do_now(link, command);
        }
    }

    pub(super) fn do_now(&mut self, link: Link, command: Command) {
        let Some(client) = self.clients.get(&link).filter(|client| !client.closing) else { return };
        let logged_in = client.connection.is_some();
        let answer_to = command.command_id().filter(|_| command.response_required());
        let outcome = if logged_in {
            self.act(link, command, answer_to)
        } else {
            self.before_login(link, command)
        };
        match outcome {
            Ok(Reply::Done) => self.respond(link, answer_to),
            Ok(Reply::Later) => {}
            Err(refusal) => self.refuse(link, answer_to, &refusal),
        }
    }

    /// Messages and acknowledgements answer for themselves, once durable.
    fn act(
        &mut self,
        link: Link,
        command: Command,
        answer_to: Option<i32>,
    ) -> Result<Reply, Refusal> {
        match command {
            Command::Message(message) => self.send(link, message, answer_to),
            Command::MessageAck(ack) => self.acknowledge(link, &ack, answer_to),
            Command::TransactionInfo(info) => self.transaction(link, &info, answer_to),
            Command::MessagePull(pull) => self.pull(link, &pull),
            Command::ConnectionInfo(info) => self.login_again(link, &info),
            Command::SessionInfo(info) => self.open_session(link, &info),
            Command::ProducerInfo(info) => self.open_producer(link, &info),
            Command::ConsumerInfo(info) => self.open_consumer(link, info),
            Command::ConsumerControl(control) => Ok(self.control_consumer(link, &control)),
            Command::DestinationInfo(info) => self.change_destination(link, &info),
            Command::RemoveSubscriptionInfo(info) => self.unsubscribe(link, &info),
            Command::RemoveInfo(info) => self.remove(link, &info),
            Command::ConnectionControl(control) => Ok(self.connection_control(link, &control)),
            Command::ShutdownInfo(_) => {
                self.close(link, &Parting::Orderly);
                Ok(Reply::Later)
            }
            // Never acted upon, whatever they say.
            _ => Ok(Reply::Done),
        }
    }

    pub(super) fn respond(&mut self, link: Link, answer_to: Option<i32>) {
        if let Some(correlation_id) = answer_to {
            self.send_to(link, Response { correlation_id, ..Response::default() });
        }
    }

    pub(super) fn send_to(&mut self, link: Link, command: impl Into<Command>) {
        let command = command.into();
        let bytes = command.footprint();
        self.send_weighed(link, command, bytes);
    }

    /// A message of which it is known what it takes in memory.
    pub(super) fn send_message(&mut self, link: Link, dispatch: MessageDispatch, bytes: usize) {
        self.send_weighed(link, dispatch.into(), bytes + size_of::<Command>());
    }

    fn send_weighed(&mut self, link: Link, command: Command, bytes: usize) {
        if let Some(client) = self.clients.get_mut(&link).filter(|client| !client.closing) {
            client.owed.add(bytes);
            self.effects.push_back(Effect::Send { link, command, bytes });
        }
    }

    /// A slow reader has caught up.
    pub(super) fn written(&mut self, link: Link, bytes: usize) {
        self.lighten(link, |client| client.owed.take(bytes));
    }

    /// A client is owed less than before, perhaps so much less that its consumers may have more.
    pub(super) fn lighten(&mut self, link: Link, less: impl FnOnce(&mut Client)) {
        let Some(client) = self.clients.get_mut(&link) else { return };
        less(client);
        if client.owed.bytes() == 0 {
            self.remembered.told(client);
        }
        if client.refused.replace(false) && self.reads(link) {
            self.read_again.push(link);
        }
    }

    /// Clients that did not read and do again are given what has waited for them.
    pub(super) fn dispatch_to_readers(&mut self) {
        while let Some(link) = self.read_again.pop() {
            self.dispatch_to_link(link);
        }
    }
}
