//! The load under which brokers are killed: everything that may be lost, doubled or torn.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, Result};
use relaismq::{
    AckMode, Connection, Consumer, Delivery, Message, SendOutcome, Target, Topic,
    TransactedSession, TransactionError, options::RedeliveryPolicy,
};
use tokio::{sync::Notify, task::JoinHandle, time::timeout};

use crate::ledger::{Fate, Ledger};

/// Messages in each transaction.
pub(crate) const WHOLE: u64 = 10;
/// Two producers, one consumer.
pub(crate) const QUEUE: &str = "kill.queue";
/// One producer, two consumers.
pub(crate) const SHARED: &str = "kill.shared";
/// Filled by transactions.
pub(crate) const WHOLES: &str = "kill.transactions";
/// From here messages are moved by transactions that receive and send.
pub(crate) const SOURCE: &str = "kill.source";
/// To here.
pub(crate) const MOVED: &str = "kill.moved";
pub(crate) const TOPIC: &str = "kill.topic";
/// Longest wait for anything that has to happen.
pub(crate) const DEADLINE: Duration = Duration::from_secs(60);

/// What all tasks of one run share.
#[derive(Default)]
pub(crate) struct Load {
    pub(crate) ledger: Ledger,
    confirmed: AtomicU64,
    progress: Notify,
    stop: AtomicBool,
}

impl Load {
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
    pub(crate) async fn more(&self, count: u64) -> Result<()> {
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

    pub(crate) fn arrived(&self, delivery: &Delivery) {
        let number = |name| delivery.property::<i64>(name).map(i64::unsigned_abs);
        let stream = delivery.property::<String>("stream").unwrap_or_default();
        let number_in_stream = number("number").unwrap_or(u64::MAX);
        self.ledger.received(&stream, number_in_stream, delivery.redelivered());
        if let Some(origin) = number("origin") {
            self.ledger.moved(origin);
        }
    }

    /// Starts everything; each task has a connection of its own.
    pub(crate) async fn start(self: &Arc<Self>, url: &str) -> Result<Tasks> {
        let mut tasks = Vec::new();
        let one = || async { Ok::<_, anyhow::Error>((connect(url, None).await?, self.clone())) };
        let streams: [(Target, &str); 5] = [
            (QUEUE.into(), "kill.queue/0"),
            (QUEUE.into(), "kill.queue/1"),
            (SHARED.into(), SHARED),
            (SOURCE.into(), SOURCE),
            (Topic::new(TOPIC).into(), TOPIC),
        ];
        for (target, stream) in streams {
            let (connection, load) = one().await?;
            tasks.push(tokio::spawn(produce(connection, load, target, stream)));
        }
        for queue in [QUEUE, SHARED, SHARED] {
            let (connection, load) = one().await?;
            tasks.push(tokio::spawn(consume(connection, load, queue)));
        }
        let (connection, load) = one().await?;
        tasks.push(tokio::spawn(transact(connection, load)));
        let (connection, load) = one().await?;
        tasks.push(tokio::spawn(relay(connection, load)));
        Ok(Tasks(tasks))
    }

    pub(crate) async fn stop(&self, tasks: Tasks) -> Result<()> {
        self.stop.store(true, Ordering::Relaxed);
        for task in tasks.0 {
            timeout(DEADLINE, task).await.context("a task does not end")???;
        }
        Ok(())
    }
}

/// What runs until the load is stopped.
pub(crate) struct Tasks(Vec<JoinHandle<Result<()>>>);

pub(crate) async fn connect(url: &str, client_id: Option<&str>) -> Result<Connection> {
    let mut builder = Connection::builder(url).send_timeout(DEADLINE).request_timeout(DEADLINE);
    if let Some(client_id) = client_id {
        builder = builder.client_id(client_id);
    }
    Ok(builder.connect().await?)
}

fn numbered(stream: &str, number: u64) -> Message {
    Message::text(format!("{stream} {number}"))
        .property("stream", stream)
        .property("number", i64::try_from(number).unwrap_or(i64::MAX))
}

async fn produce(
    connection: Connection,
    load: Arc<Load>,
    target: Target,
    stream: &str,
) -> Result<()> {
    let producer = connection.producer(target).build().await?;
    let mut number = 0;
    while load.goes_on() {
        let fate = match producer.send(numbered(stream, number)).await {
            Ok(_) => Fate::Confirmed,
            Err(error) if error.outcome() == SendOutcome::Unknown => Fate::Unknown,
            Err(_) => Fate::NotSent,
        };
        load.note(stream, number, fate);
        number += 1;
    }
    connection.close().await;
    Ok(())
}

/// Takes some away while all this goes on, and acknowledges one by one.
async fn consume(connection: Connection, load: Arc<Load>, queue: &str) -> Result<()> {
    let consumer = connection.consumer(queue).prefetch(50).ack(AckMode::Individual);
    let mut consumer = consumer.build().await?;
    while load.goes_on() {
        if let Some(delivery) = consumer.receive_timeout(Duration::from_millis(100)).await? {
            load.arrived(&delivery);
            // An acknowledgement that comes too late for its link is no loss.
            drop(delivery.ack().await);
        }
    }
    consumer.close().await?;
    connection.close().await;
    Ok(())
}

/// Each transaction sends a whole number of messages.
async fn transact(connection: Connection, load: Arc<Load>) -> Result<()> {
    let session = connection.transacted_session().await?;
    let producer = session.producer(WHOLES).build().await?;
    let mut first = 0;
    while load.goes_on() {
        for number in first..first + WHOLE {
            producer.send(numbered(WHOLES, number)).await?;
        }
        end(&session, &load, WHOLES, first).await?;
        first += WHOLE;
    }
    connection.close().await;
    Ok(())
}

/// Each transaction moves a whole number of messages from one queue to another.
async fn relay(connection: Connection, load: Arc<Load>) -> Result<()> {
    let session = connection.transacted_session().await?;
    let mut patient = RedeliveryPolicy::default();
    patient.maximum_redeliveries = None;
    (patient.initial_redelivery_delay, patient.redelivery_delay) = Default::default();
    let mut consumer = session.consumer(SOURCE).redelivery(patient).prefetch(30).build().await?;
    let producer = session.producer(MOVED).build().await?;
    let mut first = 0;
    while load.goes_on() {
        let Some(origins) = whole(&mut consumer).await? else {
            session.rollback().await?;
            continue;
        };
        for (number, origin) in (first..).zip(origins) {
            producer.send(numbered(MOVED, number).property("origin", origin)).await?;
        }
        end(&session, &load, MOVED, first).await?;
        first += WHOLE;
    }
    consumer.close().await?;
    connection.close().await;
    Ok(())
}

/// The numbers of the next messages; `None` if there are not enough at the moment.
async fn whole(consumer: &mut Consumer) -> Result<Option<Vec<i64>>> {
    let mut origins = Vec::new();
    while (origins.len() as u64) < WHOLE {
        let Some(delivery) = consumer.receive_timeout(Duration::from_millis(100)).await? else {
            return Ok(None);
        };
        origins.push(delivery.property("number").context("a message without a number")?);
    }
    Ok(Some(origins))
}

async fn end(session: &TransactedSession, load: &Load, stream: &str, first: u64) -> Result<()> {
    let fate = match session.commit().await {
        Ok(()) => Fate::Confirmed,
        Err(TransactionError::InDoubt(_)) => Fate::Unknown,
        Err(_) => {
            session.rollback().await?;
            Fate::NotSent
        }
    };
    (first..first + WHOLE).for_each(|number| load.note(stream, number, fate));
    Ok(())
}
