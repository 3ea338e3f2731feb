//! Clients of a test: what Java would send, one command at a time.

use relaismq_openwire::{
    Command, ConnectionId, ConnectionInfo, ConsumerId, ConsumerInfo, Destination, Message,
    MessageAck, MessageDispatch, MessageId, MessagePull, ProducerId, ProducerInfo, RemoveInfo,
    SessionId, SessionInfo, TransactionId, TransactionInfo,
};

use super::Rig;
use crate::engine::io::{Input, Link};

/// A connection.
#[derive(Clone, Debug)]
pub(crate) struct Peer {
    pub(crate) link: Link,
    pub(crate) name: String,
    pub(crate) connection: ConnectionId,
}

#[derive(Clone, Debug)]
pub(crate) struct Producer {
    pub(crate) link: Link,
    pub(crate) id: ProducerId,
    pub(crate) destination: Destination,
    pub(crate) sequence: i64,
}

#[derive(Clone, Debug)]
pub(crate) struct Consumer {
    pub(crate) link: Link,
    pub(crate) id: ConsumerId,
    pub(crate) destination: Destination,
}

/// How the broker answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Done,
    /// Class and text of the exception.
    Refused(String, String),
    /// Not yet; by this number.
    Pending(i32),
}

impl Answer {
    pub(crate) fn class(&self) -> &str {
        match self {
            Self::Refused(class, _) => class,
            other => panic!("not refused: {other:?}"),
        }
    }

    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Refused(_, text) => text,
            other => panic!("not refused: {other:?}"),
        }
    }

    pub(crate) fn command(&self) -> i32 {
        match self {
            Self::Pending(command) => *command,
            other => panic!("answered: {other:?}"),
        }
    }
}

/// What a consumer was given.
#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    /// `None` for a marker.
    pub(crate) message: Option<std::sync::Arc<Message>>,
    pub(crate) destination: Option<Destination>,
    pub(crate) counter: i32,
}

impl Delivery {
    pub(crate) fn id(&self) -> MessageId {
        self.message.as_ref().expect("a marker has no id").message_id.clone().expect("an id")
    }

    pub(crate) fn sequence(&self) -> i64 {
        self.id().broker_sequence_id
    }

    pub(crate) fn text(&self) -> String {
        match &self.message {
            Some(message) => message.body_text().expect("text").unwrap_or_default().to_string(),
            None => "(marker)".to_owned(),
        }
    }
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
        self.feed(Input::Opened { link, peer: format!("tcp://{name}") });
        let hello = self.take(link, |it| matches!(it, Command::BrokerInfo(_)).then_some(()));
        assert_eq!(hello.len(), 1, "the broker introduces itself");
        Peer { link, name: name.to_owned(), connection: ConnectionId::new(format!("ID:{name}:1")) }
    }

    /// A client that has logged in and opened session 1.
    pub(crate) fn connect(&mut self, name: &str) -> Peer {
        let peer = self.open(name);
        assert_eq!(self.request(&peer, peer.info()), Answer::Done);
        self.open_session(&peer);
        peer
    }

    /// A client behind a failover transport, for the first time.
    pub(crate) fn connect_failover(&mut self, name: &str) -> Peer {
        let peer = self.open(name);
        let info = ConnectionInfo { fault_tolerant: true, ..peer.info() };
        assert_eq!(self.request(&peer, info), Answer::Done);
        self.open_session(&peer);
        peer
    }

    /// The same connection on a new socket.
    pub(crate) fn reconnect(&mut self, old: &Peer) -> Peer {
        let peer = self.open(&old.name);
        let info = ConnectionInfo { fault_tolerant: true, failover_reconnect: true, ..peer.info() };
        assert_eq!(self.request(&peer, info), Answer::Done);
        self.open_session(&peer);
        peer
    }

    fn open_session(&mut self, peer: &Peer) {
        let session_id = Some(peer.session());
        self.tell(peer.link, SessionInfo { session_id, ..SessionInfo::default() });
    }

    /// The socket breaks.
    pub(crate) fn cut(&mut self, peer: &Peer) {
        self.inboxes.remove(&peer.link);
        self.feed(Input::Closed { link: peer.link });
    }

    /// Sends a command and looks for its response.
    pub(crate) fn request(&mut self, peer: &Peer, command: impl Into<Command>) -> Answer {
        self.request_on(peer.link, command)
    }

    pub(crate) fn request_on(&mut self, link: Link, command: impl Into<Command>) -> Answer {
        self.last_command += 1;
        let number = self.last_command;
        let mut command = command.into();
        command.set_request(number, true);
        self.feed(Input::Received { link, commands: vec![command] });
        self.answer_to(link, number)
    }

    /// The response to a command, if it has come.
    pub(crate) fn answer_to(&mut self, link: Link, number: i32) -> Answer {
        let mut answers = self.take(link, |command| match command {
            Command::Response(it) if it.correlation_id == number => Some(Answer::Done),
            Command::ExceptionResponse(it) if it.correlation_id == number => {
                Some(refused(it.exception.as_ref()))
            }
            _ => None,
        });
        assert!(answers.len() <= 1, "one response to one command: {answers:?}");
        answers.pop_front().unwrap_or(Answer::Pending(number))
    }

    /// Sends a command that wants no response.
    pub(crate) fn tell(&mut self, link: Link, command: impl Into<Command>) {
        self.last_command += 1;
        let mut command = command.into();
        command.set_request(self.last_command, false);
        self.feed(Input::Received { link, commands: vec![command] });
    }

    /// Failures of commands that wanted no response.
    pub(crate) fn errors(&mut self, link: Link) -> Vec<Answer> {
        let errors = self.take(link, |command| match command {
            Command::ConnectionError(it) => Some(refused(it.exception.as_ref())),
            _ => None,
        });
        errors.into()
    }

    pub(crate) fn producer(&mut self, peer: &Peer, destination: Destination) -> Producer {
        self.producer_with(peer, destination, |_| ())
    }

    pub(crate) fn producer_with(
        &mut self,
        peer: &Peer,
        destination: Destination,
        change: impl FnOnce(&mut ProducerInfo),
    ) -> Producer {
        self.last_command += 1;
        let id = peer.session().producer(i64::from(self.last_command));
        self.producer_again(peer, id, destination, change)
    }

    /// A producer with an id of before.
    pub(crate) fn producer_again(
        &mut self,
        peer: &Peer,
        id: ProducerId,
        destination: Destination,
        change: impl FnOnce(&mut ProducerInfo),
    ) -> Producer {
        let mut info = ProducerInfo {
            producer_id: Some(id.clone()),
            destination: Some(destination.clone()),
            ..ProducerInfo::default()
        };
        change(&mut info);
        assert_eq!(self.request(peer, info), Answer::Done);
        Producer { link: peer.link, id, destination, sequence: 0 }
    }

    pub(crate) fn consumer(&mut self, peer: &Peer, destination: Destination) -> Consumer {
        self.consumer_with(peer, destination, |_| ())
    }

    pub(crate) fn consumer_with(
        &mut self,
        peer: &Peer,
        destination: Destination,
        change: impl FnOnce(&mut ConsumerInfo),
    ) -> Consumer {
        self.last_command += 1;
        let id = peer.session().consumer(i64::from(self.last_command));
        let consumer = Consumer { link: peer.link, id, destination };
        let mut info = consumer.info();
        change(&mut info);
        assert_eq!(self.request(peer, info), Answer::Done);
        consumer
    }

    /// A consumer that is expected to be refused.
    pub(crate) fn refused_consumer(
        &mut self,
        peer: &Peer,
        destination: Destination,
        change: impl FnOnce(&mut ConsumerInfo),
    ) -> Answer {
        self.last_command += 1;
        let id = peer.session().consumer(i64::from(self.last_command));
        let mut info = Consumer { link: peer.link, id, destination }.info();
        change(&mut info);
        self.request(peer, info)
    }

    /// Sends a persistent message and waits for its confirmation.
    pub(crate) fn send(&mut self, producer: &mut Producer, text: &str) -> MessageId {
        let (answer, id) = self.send_with(producer, text, |_| ());
        assert_eq!(answer, Answer::Done);
        id
    }

    pub(crate) fn send_with(
        &mut self,
        producer: &mut Producer,
        text: &str,
        change: impl FnOnce(&mut Message),
    ) -> (Answer, MessageId) {
        let message = producer.message(text, change);
        let id = message.message_id.clone().expect("just set");
        (self.request_on(producer.link, message), id)
    }

    /// Sends a non-persistent message one-way, as Java does.
    pub(crate) fn fire(&mut self, producer: &mut Producer, text: &str) -> MessageId {
        let message = producer.message(text, |message| message.persistent = false);
        let id = message.message_id.clone().expect("just set");
        self.tell(producer.link, message);
        id
    }

    /// Sends in a transaction, one-way.
    pub(crate) fn enlist(&mut self, producer: &mut Producer, text: &str, within: &TransactionId) {
        let within = Some(within.clone());
        let message = producer.message(text, |message| message.transaction_id = within);
        self.tell(producer.link, message);
    }

    /// What this consumer has been given since the last call.
    pub(crate) fn deliveries(&mut self, consumer: &Consumer) -> Vec<Delivery> {
        let of_consumer = self.take(consumer.link, |command| match command {
            Command::MessageDispatch(dispatch)
                if dispatch.consumer_id.as_ref() == Some(&consumer.id) =>
            {
                Some(Delivery::new(dispatch))
            }
            _ => None,
        });
        of_consumer.into()
    }

    pub(crate) fn texts(&mut self, consumer: &Consumer) -> Vec<String> {
        self.deliveries(consumer).iter().map(Delivery::text).collect()
    }

    /// An acknowledgement of a range, with a response.
    pub(crate) fn ack(&mut self, consumer: &Consumer, kind: i8, range: &[Delivery]) -> Answer {
        self.request_on(consumer.link, consumer.ack(kind, range))
    }

    /// Consumed, all of it.
    pub(crate) fn consume(&mut self, consumer: &Consumer, range: &[Delivery]) {
        assert_eq!(self.ack(consumer, MessageAck::STANDARD, range), Answer::Done);
    }

    pub(crate) fn ack_in(
        &mut self,
        consumer: &Consumer,
        kind: i8,
        range: &[Delivery],
        within: &TransactionId,
    ) -> Answer {
        let transaction_id = Some(within.clone());
        let ack = MessageAck { transaction_id, ..consumer.ack(kind, range) };
        self.request_on(consumer.link, ack)
    }

    pub(crate) fn close(&mut self, consumer: &Consumer, last_delivered: i64) -> Answer {
        self.remove(consumer.link, consumer.id.clone(), last_delivered)
    }

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

    pub(crate) fn begin(&mut self, peer: &Peer) -> TransactionId {
        self.last_command += 1;
        let id = peer.connection.transaction(i64::from(self.last_command));
        self.tell(peer.link, transaction(peer, &id, TransactionInfo::BEGIN));
        id
    }

    pub(crate) fn commit(&mut self, peer: &Peer, id: &TransactionId) -> Answer {
        self.request(peer, transaction(peer, id, TransactionInfo::COMMIT_ONE_PHASE))
    }

    pub(crate) fn roll_back(&mut self, peer: &Peer, id: &TransactionId) -> Answer {
        self.request(peer, transaction(peer, id, TransactionInfo::ROLLBACK))
    }

    pub(crate) fn pull(&mut self, consumer: &Consumer, timeout: i64) {
        let pull = MessagePull {
            consumer_id: Some(consumer.id.clone()),
            destination: Some(consumer.destination.clone()),
            timeout,
            ..MessagePull::default()
        };
        assert_eq!(self.request_on(consumer.link, pull), Answer::Done);
    }
}

impl Producer {
    pub(crate) fn message(&mut self, text: &str, change: impl FnOnce(&mut Message)) -> Message {
        self.sequence += 1;
        let mut message = Message {
            producer_id: Some(self.id.clone()),
            destination: Some(self.destination.clone()),
            message_id: Some(self.id.message(self.sequence)),
            persistent: true,
            priority: 4,
            timestamp: super::START,
            ..Message::new_text(text).expect("a short text")
        };
        change(&mut message);
        message
    }
}

impl Consumer {
    pub(crate) fn info(&self) -> ConsumerInfo {
        ConsumerInfo {
            consumer_id: Some(self.id.clone()),
            destination: Some(self.destination.clone()),
            prefetch_size: 1000,
            ..ConsumerInfo::default()
        }
    }

    pub(crate) fn ack(&self, ack_type: i8, range: &[Delivery]) -> MessageAck {
        MessageAck {
            destination: Some(self.destination.clone()),
            consumer_id: Some(self.id.clone()),
            ack_type,
            first_message_id: range.first().map(Delivery::id),
            last_message_id: range.last().map(Delivery::id),
            message_count: i32::try_from(range.len()).expect("few"),
            ..MessageAck::default()
        }
    }
}

impl Delivery {
    fn new(dispatch: &MessageDispatch) -> Self {
        Self {
            message: dispatch.message.clone(),
            destination: dispatch.destination.clone(),
            counter: dispatch.redelivery_counter,
        }
    }
}

pub(crate) fn transaction(
    peer: &Peer,
    id: &TransactionId,
    transaction_type: i8,
) -> TransactionInfo {
    TransactionInfo {
        connection_id: Some(peer.connection.clone()),
        transaction_id: Some(id.clone()),
        transaction_type,
        ..TransactionInfo::default()
    }
}

fn refused(exception: Option<&relaismq_openwire::Throwable>) -> Answer {
    let exception = exception.expect("an exception says which");
    let text = |it: &Option<relaismq_openwire::Text>| it.as_deref().unwrap_or_default().to_owned();
    Answer::Refused(text(&exception.class), text(&exception.message))
}
