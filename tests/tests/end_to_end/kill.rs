//! SIGKILL at random moments, a hundred times, under load; then the ledger is checked.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use relaismq::{AckMode, Connection, Delivery, Message, SendOutcome, Topic, TransactionError};
use relaismq_tests::{ports, relais::Relais};
use tokio::{sync::Notify, task::JoinHandle, time::timeout};

use crate::ledger::{Fate, Ledger};

const KILLS: u64 = 100;
const PRODUCERS: u64 = 3;
/// Messages in each transaction.
const WHOLE: u64 = 5;
const QUEUE: &str = "kill.queue";
const WHOLES: &str = "kill.transactions";
const TOPIC: &str = "kill.topic";
/// Longest wait for anything that has to happen.
const DEADLINE: Duration = Duration::from_secs(60);
/// Nothing more comes after so long.
const QUIET: Duration = Duration::from_secs(2);

/// What all tasks share.
#[derive(Default)]
struct Shared {
    ledger: Ledger,
    confirmed: AtomicU64,
    progress: Notify,
    stop: AtomicBool,
}

impl Shared {
    fn goes_on(&self) -> bool {
        !self.stop.load(Ordering::Relaxed)
    }

    fn note(&self, stream: &str, number: u64, fate: Fate) {
        self.ledger.sent(stream, number, fate);
        if fate == Fate::Confirmed {
            self.confirmed.fetch_add(1, Ordering::Relaxed);
            self.progress.notify_waiters();
        }
    }

    /// Waits until so many more are confirmed.
    async fn more(&self, count: u64) -> Result<()> {
        let goal = self.confirmed.load(Ordering::Relaxed) + count;
        let reached = async {
            loop {
                let progress = self.progress.notified();
                if self.confirmed.load(Ordering::Relaxed) >= goal {
                    return;
                }
                progress.await;
            }
        };
        timeout(DEADLINE, reached).await.context("nothing is confirmed any more")
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_confirmed_is_lost_and_no_transaction_is_torn_by_a_hundred_kills() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let broker = Relais::new().port(ports::free()?).directory(folder.path());
    let mut server = broker.start().await?;
    let url = format!("failover:({})?maxReconnectDelay=100", server.url()?);
    let shared = Arc::new(Shared::default());
    subscribe(&url).await?;
    let tasks = start_all(&url, &shared).await?;
    let mut random = Random(20_261_124);
    for _ in 0..KILLS {
        shared.more(random.below(60) + 1).await?;
        server.kill().await?;
        server = broker.start().await?;
    }
    shared.stop.store(true, Ordering::Relaxed);
    for task in tasks {
        timeout(DEADLINE, task).await.context("a task does not end")???;
    }
    drain(&url, &shared).await?;
    server.stop().await?;
    show(&shared.ledger.summary());
    shared.ledger.check(WHOLE)
}

/// The durable subscription exists before anything is published.
async fn subscribe(url: &str) -> Result<()> {
    let connection = connect(url, Some("killed")).await?;
    drop(connection.consumer(Topic::new(TOPIC)).durable("all").build().await?);
    connection.close().await;
    Ok(())
}

async fn connect(url: &str, client_id: Option<&str>) -> Result<Connection> {
    let mut builder = Connection::builder(url).send_timeout(DEADLINE).request_timeout(DEADLINE);
    if let Some(client_id) = client_id {
        builder = builder.client_id(client_id);
    }
    Ok(builder.connect().await?)
}

async fn start_all(url: &str, shared: &Arc<Shared>) -> Result<Vec<JoinHandle<Result<()>>>> {
    let mut tasks = Vec::new();
    for number in 0..PRODUCERS {
        let (connection, shared) = (connect(url, None).await?, shared.clone());
        tasks.push(tokio::spawn(produce(connection, shared, format!("{QUEUE}/{number}"), false)));
    }
    let connection = connect(url, None).await?;
    tasks.push(tokio::spawn(produce(connection, shared.clone(), format!("{TOPIC}/0"), true)));
    let connection = connect(url, None).await?;
    tasks.push(tokio::spawn(transact(connection, shared.clone())));
    let connection = connect(url, None).await?;
    tasks.push(tokio::spawn(consume(connection, shared.clone())));
    Ok(tasks)
}

fn numbered(stream: &str, number: u64) -> Message {
    Message::text(format!("{stream} {number}"))
        .property("stream", stream)
        .property("number", i64::try_from(number).unwrap_or(i64::MAX))
}

async fn produce(
    connection: Connection,
    shared: Arc<Shared>,
    stream: String,
    topic: bool,
) -> Result<()> {
    let producer = if topic {
        connection.producer(Topic::new(TOPIC)).build().await?
    } else {
        connection.producer(QUEUE).build().await?
    };
    let mut number = 0;
    while shared.goes_on() {
        let fate = match producer.send(numbered(&stream, number)).await {
            Ok(_) => Fate::Confirmed,
            Err(error) if error.outcome() == SendOutcome::Unknown => Fate::Unknown,
            Err(_) => Fate::NotSent,
        };
        shared.note(&stream, number, fate);
        number += 1;
    }
    connection.close().await;
    Ok(())
}

/// Each transaction moves a whole number of messages.
async fn transact(connection: Connection, shared: Arc<Shared>) -> Result<()> {
    let session = connection.transacted_session().await?;
    let producer = session.producer(WHOLES).build().await?;
    let mut first = 0;
    while shared.goes_on() {
        for number in first..first + WHOLE {
            producer.send(numbered(WHOLES, number)).await?;
        }
        let fate = match session.commit().await {
            Ok(()) => Fate::Confirmed,
            Err(TransactionError::InDoubt) => Fate::Unknown,
            Err(_) => {
                session.rollback().await?;
                Fate::NotSent
            }
        };
        (first..first + WHOLE).for_each(|number| shared.note(WHOLES, number, fate));
        first += WHOLE;
    }
    connection.close().await;
    Ok(())
}

/// Takes some away while all this goes on, and acknowledges one by one.
async fn consume(connection: Connection, shared: Arc<Shared>) -> Result<()> {
    let mut consumer =
        connection.consumer(QUEUE).prefetch(50).ack(AckMode::Individual).build().await?;
    while shared.goes_on() {
        if let Some(delivery) = consumer.receive_timeout(Duration::from_millis(100)).await? {
            arrived(&shared, &delivery);
            // An acknowledgement that comes too late for its link is no loss.
            drop(delivery.ack().await);
        }
    }
    consumer.close().await?;
    connection.close().await;
    Ok(())
}

fn arrived(shared: &Shared, delivery: &Delivery) {
    let stream = delivery.property::<String>("stream").unwrap_or_default();
    let number = delivery.property::<i64>("number").unwrap_or_default().unsigned_abs();
    shared.ledger.received(&stream, number, delivery.redelivered());
}

/// A fresh client takes what is left everywhere.
async fn drain(url: &str, shared: &Shared) -> Result<()> {
    let connection = connect(url, Some("killed")).await?;
    let topic = connection.consumer(Topic::new(TOPIC)).durable("all");
    for builder in [connection.consumer(QUEUE), connection.consumer(WHOLES), topic] {
        let mut consumer = builder.build().await?;
        while let Some(delivery) = consumer.receive_timeout(QUIET).await? {
            arrived(shared, &delivery);
        }
        consumer.close().await?;
    }
    connection.close().await;
    ensure!(shared.confirmed.load(Ordering::Relaxed) >= KILLS);
    Ok(())
}

#[expect(clippy::print_stdout, reason = "shown when the test fails or is asked to speak")]
fn show(text: &str) {
    println!("{text}");
}

/// SplitMix64: the same moments in every run, as far as the load lets them be.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (mixed ^ mixed >> 27) % bound
    }
}
