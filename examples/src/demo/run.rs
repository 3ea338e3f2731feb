//! The demonstration itself.

use std::{sync::Arc, time::Duration};

use anyhow::{Context, bail};
use relaismq::{AckMode, Connection, Event, Queue};
use tokio::{task::JoinHandle, time::Instant};

use super::{
    brokers::{Against, Brokers},
    ledger::Ledger,
    pace::{Gate, Shares},
    stores::StoreChoice,
    traffic,
};
use relaismq_programs::progress::Progress;

/// What to do.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Messages to send, all rounds together.
    pub messages: u64,
    /// Times the master is killed.
    pub rounds: u32,
    /// Where they keep messages.
    pub store: StoreChoice,
    /// Whose brokers.
    pub against: Against,
}

impl Plan {
    /// Brokers that lose what they hold when they are killed.
    pub fn expects_loss(&self) -> bool {
        self.against == Against::Relaismq && self.store == StoreChoice::Memory
    }
}

/// Longest time in which no send ends before the demonstration gives up.
const STALL: Duration = Duration::from_secs(60);
/// Longest time in which nothing arrives, after the last send, before the rest is taken for lost.
const DRAIN: Duration = Duration::from_secs(30);
/// As much if loss is expected.
const DRAIN_WITH_LOSS: Duration = Duration::from_secs(3);
const QUEUE: &str = "RELAISMQ.DEMO";

/// An empty ledger for the plan.
pub fn ledger(plan: &Plan) -> Arc<Ledger> {
    Arc::new(Ledger::new(&format!("demo-{}", std::process::id()), plan.messages))
}

/// Runs the plan; the ledger has the result.
///
/// # Errors
/// When brokers cannot be started, the client cannot connect, or nothing moves any more.
pub async fn run(
    plan: &Plan,
    brokers: &mut Brokers,
    ledger: &Arc<Ledger>,
    progress: &Progress,
) -> anyhow::Result<()> {
    progress.line("starting a master and a stand-in");
    brokers.start().await?;
    let uri = brokers.failover_uri();
    progress.line(&format!("connecting to {uri}"));
    let (sending, receiving) = (connect(&uri).await?, connect(&uri).await?);
    let watching = watch(&sending, ledger, progress);
    let consumer = receiving.consumer(Queue::new(QUEUE)).ack(AckMode::Individual).prefetch(200);
    let receiver = tokio::spawn(traffic::receive(consumer.build().await?, ledger.clone()));
    let producer = sending.producer(Queue::new(QUEUE)).build().await?;
    let (gate, permit) = Gate::closed();
    let sender = tokio::spawn(traffic::send(producer, ledger.clone(), permit, plan.messages));
    kill_rounds(plan, brokers, &gate, ledger, progress).await?;
    gate.open(plan.messages);
    sent(ledger, plan.messages, progress).await?;
    sender.await.context("the producer failed")?;
    drained(ledger, plan, progress).await;
    if receiver.is_finished() {
        bail!("the consumer ended early: {}", receiver.await?);
    }
    receiver.abort();
    watching.abort();
    sending.close().await;
    receiving.close().await;
    Ok(())
}

async fn kill_rounds(
    plan: &Plan,
    brokers: &mut Brokers,
    gate: &Gate,
    ledger: &Ledger,
    progress: &Progress,
) -> anyhow::Result<()> {
    let shares = Shares::new(plan.messages, plan.rounds);
    for round in 1..=plan.rounds {
        gate.open(shares.before_kill(round));
        sent(ledger, shares.kill_after(round), progress).await?;
        let (port, confirmed) = (brokers.master_port(), ledger.confirmed_so_far());
        let begin = Instant::now();
        ledger.killed();
        brokers.kill_master().await?;
        gate.open(shares.in_round(round));
        let rounds = plan.rounds;
        progress.line(&format!(
            "round {round} of {rounds}: kill -9 of the master on port {port} after {confirmed} confirmed messages"
        ));
        brokers.serves().await?;
        let (port, after) = (brokers.master_port(), begin.elapsed().as_secs_f64());
        progress.line(&format!("  the stand-in on port {port} serves after {after:.3} s"));
        brokers.restart_killed().await?;
        sent(ledger, shares.in_round(round), progress).await?;
        ledger.rests();
    }
    Ok(())
}

async fn connect(uri: &str) -> anyhow::Result<Connection> {
    let builder = Connection::builder(uri).request_timeout(STALL).send_timeout(STALL);
    builder.connect().await.with_context(|| format!("cannot connect to {uri}"))
}

/// Notes and shows what the client notices.
fn watch(connection: &Connection, ledger: &Arc<Ledger>, progress: &Progress) -> JoinHandle<()> {
    let mut events = connection.events();
    let (ledger, progress) = (ledger.clone(), progress.clone());
    tokio::spawn(async move {
        while let Some(event) = events.recv().await {
            match event {
                Event::Interrupted { .. } => ledger.detected(),
                Event::Resumed { .. } => progress.line(&format!("  the client {event}")),
                _ => {}
            }
            progress.state(event.to_string());
        }
    })
}

/// Waits until so many sends have ended.
async fn sent(ledger: &Ledger, sends: u64, progress: &Progress) -> anyhow::Result<()> {
    let mut tick = tokio::time::interval(Duration::from_millis(50));
    let mut last = (0, Instant::now());
    loop {
        tokio::select! {
            biased;
            () = ledger.ended(sends) => return Ok(()),
            _ = tick.tick() => {}
        }
        let ended = ledger.ended_so_far();
        progress.at(ended);
        if ended != last.0 {
            last = (ended, Instant::now());
        }
        if last.1.elapsed() > STALL {
            bail!("no send has ended for {STALL:?}: {ended} of {sends} have");
        }
    }
}

/// Waits until everything confirmed has arrived, or nothing has for a while.
async fn drained(ledger: &Ledger, plan: &Plan, progress: &Progress) {
    let patience = if plan.expects_loss() { DRAIN_WITH_LOSS } else { DRAIN };
    let mut tick = tokio::time::interval(Duration::from_millis(20));
    let mut last = (0, Instant::now());
    while ledger.outstanding() > 0 && last.1.elapsed() < patience {
        tick.tick().await;
        let received = ledger.received_so_far();
        if received != last.0 {
            last = (received, Instant::now());
        }
    }
    progress.at(plan.messages);
}
