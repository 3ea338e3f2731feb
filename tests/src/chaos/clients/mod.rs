//! The clients whose messages must survive, each with a connection of its own.
//!
//! ```text
//! sending      producers: patient ones and such with a deadline; in transactions
//! taking       consumers that acknowledge one by one, several at once, or by a transaction
//! relay        receives and sends in one transaction
//! subscriber   a durable subscription, now and then without its consumer
//! witness      talks to one broker only, to know who confirms when
//! sweep        takes what is left
//! ```

mod relay;
mod sending;
mod subscriber;
mod sweep;
mod taking;
mod witness;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use futures::future::BoxFuture;
use relaismq::options::RedeliveryPolicy;
use relaismq::{Connection, Delivery, Target, Topic, TransactedSession, TransactionError};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Interval, MissedTickBehavior, interval, timeout};

use self::sending::Producer;
pub(super) use self::sweep::{subscribe, sweep};
use super::cluster::Cluster;
use super::identity::{Arrival, Identity};
use super::ledger::{Fate, Ledger, MOVED, SOURCE, Settled};
use crate::random::Random;

/// How far a round is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Sending,
    Draining,
    Over,
}

/// What a client knows.
#[derive(Clone)]
struct Station {
    ledger: Arc<Ledger>,
    url: String,
    random: Random,
    phase: watch::Receiver<Phase>,
}

impl Station {
    fn sends(&self) -> bool {
        *self.phase.borrow() == Phase::Sending
    }

    fn takes(&self) -> bool {
        *self.phase.borrow() < Phase::Over
    }

    async fn connect(&self) -> Result<Connection> {
        connect(&self.url, None).await
    }

    /// A message has come; none if nobody knows it, which the ledger has noted.
    fn arrived(&self, delivery: &Delivery) -> Option<Identity> {
        self.ledger.arrived(&Arrival::of(delivery))
    }

    /// Ends what was sent and taken in a transaction; now and then by a rollback.
    async fn conclude(
        &mut self,
        session: &TransactedSession,
        sent: &[Identity],
        taken: &[Identity],
    ) -> Result<()> {
        let outcome = if self.random.once_in(8) { None } else { Some(session.commit().await) };
        let (fate, settled) = match outcome {
            Some(Ok(())) => (Fate::Confirmed, Settled::Confirmed),
            Some(Err(TransactionError::InDoubt(_))) => (Fate::Unknown, Settled::Unknown),
            Some(Err(_)) | None => {
                session.rollback().await?;
                (Fate::NotSent, Settled::Returned)
            }
        };
        sent.iter().for_each(|message| self.ledger.sent(message, fate));
        taken.iter().for_each(|message| self.ledger.settled(message, settled));
        Ok(())
    }
}

/// All clients of one round.
pub(super) struct Crew {
    ledger: Arc<Ledger>,
    phase: watch::Sender<Phase>,
    senders: Vec<JoinHandle<Result<()>>>,
    takers: Vec<JoinHandle<Result<()>>>,
}

impl Crew {
    /// Starts all of them.
    pub(super) fn board(ledger: &Arc<Ledger>, cluster: &Cluster, random: &mut Random) -> Self {
        let phase = watch::Sender::new(Phase::Sending);
        let mut station = || Station {
            ledger: Arc::clone(ledger),
            url: cluster.url(),
            random: Random::new(random.any()),
            phase: phase.subscribe(),
        };
        let producers = PRODUCERS.iter().map(|producer| tokio::spawn(producer.run(station())));
        let mut senders: Vec<_> = producers.collect();
        senders.push(tokio::spawn(sending::transactions(station())));
        for node in cluster.nodes() {
            senders.push(tokio::spawn(witness::watch(
                station(),
                node.name,
                node.port,
                node.standing(),
            )));
        }
        let takers: [BoxFuture<'static, Result<()>>; 8] = [
            Box::pin(taking::one_by_one(station(), ORDERED)),
            Box::pin(taking::one_by_one(station(), SHARED)),
            Box::pin(taking::several(station(), SHARED)),
            Box::pin(taking::in_transactions(station(), WHOLES)),
            Box::pin(relay::run(station())),
            Box::pin(taking::one_by_one(station(), TARGET)),
            Box::pin(taking::one_by_one(station(), WITNESSES)),
            Box::pin(subscriber::run(station())),
        ];
        let takers = takers.into_iter().map(tokio::spawn).collect();
        Self { ledger: Arc::clone(ledger), phase, senders, takers }
    }

    /// Ends the senders, lets the consumers take what there is, and ends them.
    pub(super) async fn leave(self) -> Result<()> {
        self.phase.send_replace(Phase::Draining);
        join(self.senders).await?;
        // What does not come within this time is waited for once more by the sweep.
        drop(timeout(DRAINING, drained(&self.ledger)).await);
        self.phase.send_replace(Phase::Over);
        join(self.takers).await
    }
}

/// Waits until all that is confirmed is consumed.
async fn drained(ledger: &Ledger) {
    let mut arrivals = ledger.arrivals();
    while ledger.outstanding("") > 0 {
        // An acknowledgement may be confirmed although nothing arrives any more.
        drop(timeout(LOOK, arrivals.changed()).await);
    }
}

async fn join(tasks: Vec<JoinHandle<Result<()>>>) -> Result<()> {
    for task in tasks {
        timeout(DEADLINE, task).await.context("a client does not end")???;
    }
    Ok(())
}

async fn connect(url: &str, client_id: Option<&str>) -> Result<Connection> {
    let builder = Connection::builder(url).connect_timeout(DEADLINE).request_timeout(DEADLINE);
    let builder = builder.send_timeout(DEADLINE);
    let builder = match client_id {
        Some(client_id) => builder.client_id(client_id),
        None => builder,
    };
    Ok(builder.connect().await?)
}

/// Rolled back messages come again at once and as often as it takes.
fn patient() -> RedeliveryPolicy {
    let mut policy = RedeliveryPolicy::default();
    policy.maximum_redeliveries = None;
    (policy.initial_redelivery_delay, policy.redelivery_delay) = Default::default();
    policy
}

/// So that a round has faults rather than messages.
fn pace() -> Interval {
    let mut pace = interval(PACE);
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    pace
}

fn topic() -> Target {
    Topic::new(TOPIC).into()
}

/// One consumer, so that order counts.
const ORDERED: &str = "chaos.ordered";
/// Several consumers and priorities.
const SHARED: &str = "chaos.shared";
/// Filled and emptied by transactions.
const WHOLES: &str = "chaos.transactions";
/// Emptied by the relay, which fills the target.
const ORIGIN: &str = "chaos.source";
const TARGET: &str = "chaos.moved";
/// What is sent to one broker only.
const WITNESSES: &str = "chaos.witnesses";
const TOPIC: &str = "chaos.topic";
const CLIENT_ID: &str = "chaos";
const SUBSCRIPTION: &str = "all";

const PRODUCERS: [Producer; 6] = [
    Producer { destination: ORDERED, stream: "ordered 1", deadline: None, priorities: false },
    Producer { destination: ORDERED, stream: "ordered 2", deadline: None, priorities: false },
    Producer { destination: SHARED, stream: "shared 1", deadline: None, priorities: true },
    Producer {
        destination: SHARED,
        stream: "shared 2",
        deadline: Some(IMPATIENT),
        priorities: true,
    },
    Producer { destination: ORIGIN, stream: SOURCE, deadline: None, priorities: false },
    Producer { destination: TOPIC, stream: "topic", deadline: Some(IMPATIENT), priorities: false },
];

/// Longest wait for anything that has to happen.
const DEADLINE: Duration = Duration::from_secs(60);
/// Shorter than most faults.
const IMPATIENT: Duration = Duration::from_millis(400);
const DRAINING: Duration = Duration::from_secs(10);
const LOOK: Duration = Duration::from_millis(50);
/// From one send to the next.
const PACE: Duration = Duration::from_millis(4);
/// How long a consumer waits before it looks whether it is to end.
const TURN: Duration = Duration::from_millis(100);
