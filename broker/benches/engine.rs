//! What the engine alone takes for a message: one producer and one consumer of a queue, 1 KiB each,
//! non-persistent, acknowledged by the hundred, as clients do. No sockets, no store.
//!
//! ```text
//! cargo bench -p relaismq-broker --bench engine
//! ```
//!
//! With `queue N` behind `--` it handles N thousand messages and says nothing: for tools that count
//! instructions.
#![allow(clippy::print_stdout, reason = "printing is what it is for")]
#![allow(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
#![allow(clippy::unwrap_used, reason = "a benchmark that meets something unexpected has failed")]

use std::{
    hint::black_box,
    sync::Arc,
    time::{Duration, Instant},
};

use relaismq_broker::{
    engine::{
        Engine, Settings,
        io::{Effect, Input, Link},
    },
    model::Now,
};
use relaismq_openwire::{
    Command, ConnectionId, ConnectionInfo, ConsumerInfo, Destination, Message, MessageAck,
    MessageId, ProducerInfo, SessionInfo,
};

const ROUND: i64 = 1_000;
/// Messages in one read from a socket.
const READ: i64 = 100;
const TIME: Duration = Duration::from_secs(2);
const PRODUCER: Link = Link(1);
const CONSUMER: Link = Link(2);

/// An engine with two clients that have logged in.
struct Rig {
    engine: Engine,
    ids: [ConnectionId; 2],
    sent: i64,
    /// What the consumer has been given since its last acknowledgement.
    given: Vec<MessageId>,
}

impl Rig {
    fn new() -> Self {
        let engine = Engine::new(Settings::default(), "bench", "tcp://broker:61616", NOW);
        let ids = ["ID:producer-1-1:1", "ID:consumer-1-1:1"].map(ConnectionId::new);
        let mut rig = Self { engine, ids, sent: 0, given: Vec::new() };
        let [producer, consumer] = rig.ids.clone();
        rig.open(PRODUCER, &producer);
        rig.open(CONSUMER, &consumer);
        let producer_id = Some(producer.session(1).producer(1));
        let producer = ProducerInfo { producer_id, destination: queue(), ..Default::default() };
        let consumer_id = Some(consumer.session(1).consumer(1));
        let consumer = ConsumerInfo {
            consumer_id,
            destination: queue(),
            prefetch_size: 1000,
            ..Default::default()
        };
        rig.say(PRODUCER, vec![producer.into()]);
        rig.say(CONSUMER, vec![consumer.into()]);
        rig
    }

    fn open(&mut self, link: Link, id: &ConnectionId) {
        self.engine.handle(NOW, Input::Opened { link, peer: "127.0.0.1".to_owned() });
        let connection_id = Some(id.clone());
        let client_id = id.value.clone();
        let login = ConnectionInfo { connection_id, client_id, ..Default::default() };
        let session_id = Some(id.session(1));
        let session = SessionInfo { session_id, ..Default::default() };
        self.say(link, vec![login.into(), session.into()]);
    }

    fn say(&mut self, link: Link, commands: Vec<Command>) {
        self.engine.handle(NOW, Input::Received { link, commands });
        while let Some(effect) = self.engine.poll_effect() {
            let Effect::Send { link, command, bytes } = effect else { continue };
            if let Command::MessageDispatch(dispatch) = &black_box(command) {
                self.given.push(dispatch.message.as_ref().unwrap().message_id.clone().unwrap());
            }
            self.engine.handle(NOW, Input::Written { link, bytes });
        }
    }

    fn round(&mut self) {
        for _ in 0..ROUND / READ {
            let messages = (0..READ).map(|_| self.message()).collect();
            self.say(PRODUCER, messages);
            self.acknowledge();
        }
    }

    fn message(&mut self) -> Command {
        self.sent += 1;
        let producer = self.ids[0].session(1).producer(1);
        let mut message = Message::new_bytes(vec![0; 1024]);
        message.message_id = Some(producer.message(self.sent));
        message.producer_id = Some(producer);
        message.destination = queue();
        message.priority = 4;
        Command::Message(Arc::new(message))
    }

    fn acknowledge(&mut self) {
        assert_eq!(i64::try_from(self.given.len()).unwrap(), READ, "all is given at once");
        let ack = MessageAck {
            consumer_id: Some(self.ids[1].session(1).consumer(1)),
            destination: queue(),
            ack_type: MessageAck::STANDARD,
            first_message_id: self.given.first().cloned(),
            last_message_id: self.given.last().cloned(),
            message_count: i32::try_from(self.given.len()).unwrap(),
            ..Default::default()
        };
        self.given.clear();
        self.say(CONSUMER, vec![ack.into()]);
    }
}

const NOW: Now = Now { monotonic: Duration::ZERO, unix_ms: 1_700_000_000_000 };

fn queue() -> Option<Destination> {
    Some(Destination::queue("ORDERS.EUROPE"))
}

fn main() {
    let mut rig = Rig::new();
    let arguments: Vec<String> = std::env::args().skip(1).filter(|it| it != "--bench").collect();
    if let ["queue", rounds] = arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        return (0..rounds.parse().unwrap()).for_each(|_: u32| rig.round());
    }
    let started = Instant::now();
    while started.elapsed() < TIME {
        rig.round();
    }
    #[allow(clippy::cast_precision_loss, reason = "a rate needs no more digits")]
    let each = started.elapsed().as_secs_f64() / rig.sent as f64;
    println!("engine: {:.2} million messages/s, {:.0} ns each", 1e-6 / each, each * 1e9);
}
