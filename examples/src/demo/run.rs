//! The demonstration itself.

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use futures::StreamExt;
use relaismq::{
    AckMode, Connection, Consumer, Event, Message, Producer, Queue, SendError, SendOutcome,
};
use tokio::task::JoinHandle;

use super::{
    brokers::{Against, Brokers, StoreChoice},
    ledger::{Ledger, Outcome},
};
use crate::{
    numbering::{NUMBER_PROPERTY, Number, RUN_PROPERTY},
    progress::Progress,
};

/// What to do.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Messages to send, all rounds together.
    pub messages: u64,
    /// Times the master is killed.
    pub rounds: u32,
    /// Where brokers keep messages.
    pub store: StoreChoice,
    /// Whose brokers.
    pub against: Against,
}

/// Persistent sends that wait for their confirmation at the same time.
const WINDOW: usize = 64;
/// Longest time from the last confirmation until everything confirmed has arrived.
const DRAIN: Duration = Duration::from_secs(30);
const QUEUE: &str = "RELAISMQ.DEMO";

/// Runs the plan; the ledger has the result.
///
/// # Errors
/// When brokers cannot be started or the client cannot connect.
pub async fn run(plan: &Plan, progress: &Progress) -> anyhow::Result<Arc<Ledger>> {
    let folder = tempfile::tempdir().context("no temporary folder")?;
    let mut brokers = Brokers::start(plan.against, plan.store, folder.path()).await?;
    let uri = brokers.failover_uri();
    progress.line(&format!("connecting to {uri}"));
    let ledger = Arc::new(Ledger::new(&format!("demo-{}", std::process::id()), plan.messages));
    let sending = connect(&uri).await?;
    let receiving = connect(&uri).await?;
    let watching = watch(&sending, &ledger, progress);
    let consumer = receiving.consumer(Queue::new(QUEUE)).ack(AckMode::Individual).prefetch(200);
    let receiver = tokio::spawn(receive(consumer.build().await?, ledger.clone()));
    let producer = sending.producer(Queue::new(QUEUE)).build().await?;
    let sender = tokio::spawn(send(producer, ledger.clone(), plan.messages));
    for round in 1..=plan.rounds {
        let mark = plan.messages * u64::from(round) / u64::from(plan.rounds + 1);
        reached(&ledger, mark, progress, &sender).await;
        progress.line(&format!("kill -9 of the master on port {}", brokers.master_port()));
        ledger.killed();
        brokers.kill_master().await?;
        brokers.serves().await?;
        brokers.restart_other().await?;
    }
    sender.await.context("the producer failed")?;
    drained(&ledger, progress).await;
    receiver.abort();
    watching.abort();
    sending.close().await;
    receiving.close().await;
    Ok(ledger)
}

async fn connect(uri: &str) -> anyhow::Result<Connection> {
    Connection::builder(uri).connect().await.with_context(|| format!("cannot connect to {uri}"))
}

/// Notes and shows what the client notices.
fn watch(connection: &Connection, ledger: &Arc<Ledger>, progress: &Progress) -> JoinHandle<()> {
    let mut events = connection.events();
    let (ledger, progress) = (ledger.clone(), progress.clone());
    tokio::spawn(async move {
        while let Some(event) = events.recv().await {
            if matches!(event, Event::Interrupted { .. }) {
                ledger.detected();
            }
            progress.state(event.to_string());
        }
    })
}

/// Sends with a window of unconfirmed messages, as a service under load would.
async fn send(producer: Producer, ledger: Arc<Ledger>, messages: u64) {
    let outcomes = futures::stream::iter(0..messages).map(|number| {
        let message = Message::text(format!("message {number}"))
            .property(RUN_PROPERTY, ledger.run())
            .property(NUMBER_PROPERTY, i64::try_from(number).unwrap_or(i64::MAX));
        let producer = &producer;
        async move { (number, outcome(producer.send(message).await)) }
    });
    let mut outcomes = outcomes.buffered(WINDOW);
    while let Some((number, outcome)) = outcomes.next().await {
        ledger.sent(number, outcome);
    }
}

fn outcome<T>(sent: Result<T, SendError>) -> Outcome {
    match sent {
        Ok(_) => Outcome::Confirmed,
        Err(error) if error.outcome() == SendOutcome::Unknown => Outcome::Unknown,
        Err(_) => Outcome::NotSent,
    }
}

/// Acknowledges each message when it is in the ledger. An acknowledgement that comes too late for
/// its link is no loss: the message comes again.
async fn receive(mut consumer: Consumer, ledger: Arc<Ledger>) {
    while let Some(Ok(delivery)) = consumer.next().await {
        let number = delivery
            .property::<String>(RUN_PROPERTY)
            .zip(delivery.property::<i64>(NUMBER_PROPERTY));
        let number = number.map(|(run, number)| Number { run, number: number.unsigned_abs() });
        ledger.received(number, delivery.redelivered());
        drop(delivery.ack().await);
    }
}

/// Waits until so many sends are confirmed.
async fn reached(ledger: &Ledger, mark: u64, progress: &Progress, sender: &JoinHandle<()>) {
    let mut tick = tokio::time::interval(Duration::from_millis(5));
    while ledger.confirmed_so_far() < mark && !sender.is_finished() {
        tick.tick().await;
        progress.at(ledger.confirmed_so_far());
    }
}

/// Waits until everything confirmed has arrived, or nothing has for a while.
async fn drained(ledger: &Ledger, progress: &Progress) {
    let mut tick = tokio::time::interval(Duration::from_millis(20));
    let mut last = (0, tokio::time::Instant::now());
    while ledger.outstanding() > 0 && last.1.elapsed() < DRAIN {
        tick.tick().await;
        let received = ledger.received_so_far();
        if received != last.0 {
            last = (received, tokio::time::Instant::now());
        }
        progress.at(received);
    }
}
