//! Twenty producers and fifty consumers on five queues, each with a connection of its own.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use futures::future::try_join_all;
use relaismq::options::TlsOptions;
use relaismq::{AckError, AckMode, Connection, Consumer, SendOutcome, Statistics};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::SOON;
use crate::ledger::{Fate, Ledger};
use crate::ways::Ways;

const PRODUCERS: usize = 20;
const CONSUMERS: usize = 50;
const QUEUES: usize = 5;
/// Messages of all producers that may be on their way to a consumer.
const ON_THE_WAY: usize = 500;

/// How far the work is to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Until {
    GoOn,
    NothingNew,
    End,
}

pub(crate) struct Clients {
    ledger: Arc<Ledger>,
    until: watch::Sender<Until>,
    producers: Vec<JoinHandle<Result<Statistics>>>,
    consumers: Vec<JoinHandle<Result<Statistics>>>,
}

impl Clients {
    pub(crate) async fn start(ways: &Ways, ledger: &Arc<Ledger>) -> Result<Self> {
        let until = watch::Sender::new(Until::GoOn);
        let room = Arc::new(Semaphore::new(ON_THE_WAY));
        let connecting = (0..PRODUCERS + CONSUMERS).map(|number| connect(ways, number));
        let mut connections = try_join_all(connecting).await?.into_iter();
        let one = || (Arc::clone(ledger), Arc::clone(&room), until.subscribe());
        let producers = connections.by_ref().take(PRODUCERS).enumerate();
        let producers = producers.map(|(number, it)| tokio::spawn(produce(number, it, one())));
        let producers = producers.collect();
        let consumers = connections.enumerate();
        let consumers = consumers.map(|(number, it)| tokio::spawn(consume(number, it, one())));
        let consumers = consumers.collect();
        Ok(Self { ledger: Arc::clone(ledger), until, producers, consumers })
    }

    /// Lets everything that was sent arrive, and closes all connections. What they have seen.
    pub(crate) async fn stop(self) -> Result<String> {
        self.until.send_replace(Until::NothingNew);
        let mut all = Vec::new();
        for producer in self.producers {
            all.push(timeout(SOON, producer).await.context("a producer does not end")???);
        }
        if all.iter().any(|it| it.confirmed > 0) {
            self.ledger.complete().await?;
        }
        self.until.send_replace(Until::End);
        for consumer in self.consumers {
            all.push(timeout(SOON, consumer).await.context("a consumer does not end")???);
        }
        let sum = |read: fn(&Statistics) -> u64| all.iter().map(read).sum::<u64>();
        Ok(format!(
            "{} attempts, {} interruptions, {} reconnects, {} replays, {} duplicates, {} stale \
             acknowledgements",
            sum(|it| it.attempts),
            sum(|it| it.interruptions),
            sum(|it| it.reconnects),
            sum(|it| it.replays),
            sum(|it| it.duplicates),
            sum(|it| it.stale_acks),
        ))
    }
}

type Shared = (Arc<Ledger>, Arc<Semaphore>, watch::Receiver<Until>);

async fn connect(ways: &Ways, number: usize) -> Result<Connection> {
    let mut builder =
        Connection::builder(ways.url(number)).connect_timeout(SOON).send_timeout(SOON);
    if let Some(ca_file) = ways.ca_file(number) {
        builder = builder.tls(TlsOptions::new().ca_file(ca_file));
    }
    Ok(builder.connect().await?)
}

async fn produce(
    number: usize,
    connection: Connection,
    (ledger, room, until): Shared,
) -> Result<Statistics> {
    let producer = connection.producer(queue(number)).build().await?;
    let mut sent = 0_u64;
    while *until.borrow() == Until::GoOn {
        // Given back by whoever receives it first; a limit, so that what was lost holds nobody up.
        if let Ok(place) = timeout(Duration::from_secs(1), room.acquire()).await {
            place?.forget();
        }
        let text = format!("{number}-{sent}");
        sent += 1;
        let fate = match producer.send(text.as_str()).await {
            Ok(_) => Fate::Confirmed,
            Err(error) => match error.outcome() {
                SendOutcome::Unknown => Fate::Unknown,
                SendOutcome::NotSent => Fate::NotSent,
                SendOutcome::Refused => return Err(error.into()),
            },
        };
        ledger.sent(&text, fate);
    }
    connection.close().await;
    Ok(connection.statistics().await)
}

async fn consume(
    number: usize,
    connection: Connection,
    (ledger, room, mut until): Shared,
) -> Result<Statistics> {
    let modes = [AckMode::Individual, AckMode::Auto, AckMode::Client, AckMode::DupsOk];
    let mode = modes[number % modes.len()];
    let mut consumer = connection.consumer(queue(number)).ack(mode).prefetch(20).build().await?;
    let by_hand = matches!(mode, AckMode::Individual | AckMode::Client);
    loop {
        tokio::select! {
            ended = until.wait_for(|until| *until == Until::End) => {
                ended?;
                break;
            }
            done = take(&mut consumer, by_hand, &ledger, &room) => done?,
        }
    }
    connection.close().await;
    Ok(connection.statistics().await)
}

async fn take(
    consumer: &mut Consumer,
    by_hand: bool,
    ledger: &Ledger,
    room: &Semaphore,
) -> Result<()> {
    let delivery = consumer.receive().await?;
    ledger.received(&delivery.text()?, delivery.redelivered());
    room.add_permits(1);
    if by_hand {
        match delivery.ack().await {
            Ok(()) | Err(AckError::StaleDelivery | AckError::Unknown(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

fn queue(number: usize) -> String {
    format!("faults.{}", number % QUEUES)
}
