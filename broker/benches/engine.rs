//! What the engine alone takes for a message: one producer and one consumer of a queue, 1 KiB each,
//! acknowledged by the hundred, as clients do. No sockets; the store says yes to everything.
//!
//! ```text
//! cargo bench -p relaismq-broker --bench engine
//! ```
//!
//! With `fast N`, `persistent N` or `transactions N` behind `--` it handles N thousand messages and says
//! nothing: for tools that count instructions.
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
    MessageId, ProducerInfo, SessionInfo, TransactionInfo,
};
use tikv_jemallocator::Jemalloc;

/// As the broker has it.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

const ROUND: i64 = 1_000;
/// Messages in one read from a socket.
const READ: i64 = 100;
const TIME: Duration = Duration::from_secs(2);
const PRODUCER: Link = Link(1);
const CONSUMER: Link = Link(2);

/// How the messages are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Traffic {
    /// Non-persistent.
    Fast,
    Persistent,
    /// Persistent, each read a transaction.
    Transactions,
}

const ALL: [(&str, Traffic); 3] = [
    ("fast", Traffic::Fast),
    ("persistent", Traffic::Persistent),
    ("transactions", Traffic::Transactions),
];

/// An engine with two clients that have logged in.
struct Rig {
    engine: Engine,
    ids: [ConnectionId; 2],
    traffic: Traffic,
    sent: i64,
    transactions: i64,
    /// What the consumer has been given since its last acknowledgement.
    given: Vec<MessageId>,
}

impl Rig {
    fn new(traffic: Traffic) -> Self {
        let engine = Engine::new(Settings::default(), "bench", "tcp://broker:61616", NOW);
        let ids = ["ID:producer-1-1:1", "ID:consumer-1-1:1"].map(ConnectionId::new);
        let (sent, transactions, given) = (0, 0, Vec::new());
        let mut rig = Self { engine, ids, traffic, sent, transactions, given };
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
        self.engine.handle(
            NOW,
            Input::Opened {
                link,
                peer: "127.0.0.1".to_owned(),
                connector: "tcp://127.0.0.1:61616".into(),
                certificate: None,
            },
        );
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
            match effect {
                Effect::Send { link, command, bytes } => {
                    self.note(&black_box(command));
                    self.engine.handle(NOW, Input::Written { link, bytes });
                }
                Effect::Store { ticket, batch, .. } => {
                    drop(black_box(batch));
                    self.engine.handle(NOW, Input::Stored { ticket });
                }
                _ => {}
            }
        }
    }

    fn note(&mut self, command: &Command) {
        if let Command::MessageDispatch(dispatch) = command {
            self.given.push(dispatch.message.as_ref().unwrap().message_id.clone().unwrap());
        }
    }

    fn round(&mut self) {
        for _ in 0..ROUND / READ {
            let mut commands: Vec<_> = (0..READ).map(|_| self.message()).collect();
            if self.traffic == Traffic::Transactions {
                commands.insert(0, self.about_transaction(TransactionInfo::BEGIN));
                commands.push(self.about_transaction(TransactionInfo::COMMIT_ONE_PHASE));
                self.transactions += 1;
            }
            self.say(PRODUCER, commands);
            self.acknowledge();
        }
    }

    fn about_transaction(&self, transaction_type: i8) -> Command {
        let connection_id = Some(self.ids[0].clone());
        let transaction_id = Some(self.ids[0].transaction(self.transactions));
        TransactionInfo { connection_id, transaction_id, transaction_type, ..Default::default() }
            .into()
    }

    fn message(&mut self) -> Command {
        self.sent += 1;
        let producer = self.ids[0].session(1).producer(1);
        let mut message = Message::new_bytes(vec![0; 1024]);
        message.message_id = Some(producer.message(self.sent));
        message.producer_id = Some(producer);
        message.destination = queue();
        message.priority = 4;
        message.persistent = self.traffic != Traffic::Fast;
        if self.traffic == Traffic::Transactions {
            message.transaction_id = Some(self.ids[0].transaction(self.transactions));
        }
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
    let arguments: Vec<String> = std::env::args().skip(1).filter(|it| it != "--bench").collect();
    if let [name, rounds] = &arguments[..] {
        let (_, traffic) = ALL.into_iter().find(|(known, _)| known == name).unwrap();
        let mut rig = Rig::new(traffic);
        return (0..rounds.parse().unwrap()).for_each(|_: u32| rig.round());
    }
    for (name, traffic) in ALL {
        let mut rig = Rig::new(traffic);
        let started = Instant::now();
        while started.elapsed() < TIME {
            rig.round();
        }
        #[allow(clippy::cast_precision_loss, reason = "a rate needs no more digits")]
        let each = started.elapsed().as_secs_f64() / rig.sent as f64;
        println!("{name}: {:.2} million messages/s, {:.0} ns each", 1e-6 / each, each * 1e9);
    }
}
