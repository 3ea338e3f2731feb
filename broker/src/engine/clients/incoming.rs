//! What a client says, to whoever takes it on, and what it is answered.

use relaismq_openwire::{BrokerInfo, Command, Text, TransactionId, TransactionInfo};

use crate::engine::{
    Engine,
    io::{Link, Parting},
    state::{
        client::Client,
        refusal::{Refusal, Reply},
    },
};

impl Engine {
    pub(crate) fn opened(
        &mut self,
        link: Link,
        peer: &str,
        connector: Text,
        certificate: Option<Text>,
    ) {
        let (address, owed, came) = (peer.into(), self.owed.share(), self.now.monotonic);
        // Of several addresses that by which it came: whoever came over TLS is not sent elsewhere.
        let url = if connector.is_empty() { self.url.clone() } else { connector.clone() };
        let client = Client { address, connector, certificate, came, owed, ..Client::default() };
        self.clients.insert(link, client);
        let info = BrokerInfo {
            broker_id: Some(self.id.clone()),
            broker_name: Some(self.name.clone()),
            broker_url: Some(url),
            ..BrokerInfo::default()
        };
        self.send_to(link, info);
    }

    pub(crate) fn do_now(&mut self, link: Link, command: Command) {
        let Some(client) = self.clients.late(link).filter(|client| !client.closing) else { return };
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
            Command::TransactionInfo(info) => self.in_transaction(link, &info, answer_to),
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

    fn in_transaction(
        &mut self,
        link: Link,
        info: &TransactionInfo,
        answer_to: Option<i32>,
    ) -> Result<Reply, Refusal> {
        match &info.transaction_id {
            _ if info.transaction_type == TransactionInfo::RECOVER => {
                Ok(self.recover_branches(link, answer_to))
            }
            Some(id @ TransactionId::Xa(_)) => self.distributed(link, id, info, answer_to),
            _ => self.transaction(link, info, answer_to),
        }
    }
}
