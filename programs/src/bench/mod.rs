//! How many messages a second go through a broker, and how long they take.
//!
//! ```text
//! plan, shared             what is measured, and what the parts share
//! sending, receiving       the parts
//! figures                  what was measured
//! ```

mod figures;
mod plan;
mod receiving;
mod sending;
mod shared;

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use relaismq::Connection;
use tokio::{
    task::JoinSet,
    time::{Instant, timeout},
};

pub use self::plan::Plan;
use self::{figures::Figures, shared::Shared};
use crate::{arguments, crew, ending::Ending, interrupt::Interrupt, output, progress::Progress};

/// Bytes that a body has at least.
pub const SMALLEST: usize = sending::TIME;
/// Time without any message after which the rest is missing.
const PATIENCE: Duration = Duration::from_secs(10);

/// Measures, and prints what was found, however it ends.
///
/// # Errors
/// When no broker can be reached, or sending or receiving fails for good.
pub async fn run(plan: Plan) -> anyhow::Result<Ending> {
    let shared = Shared {
        progress: Progress::new("received", plan.messages),
        plan: Arc::new(plan),
        figures: Arc::new(Figures::default()),
        interrupt: Interrupt::listen()?,
        begin: Instant::now(),
    };
    let builder = shared.plan.broker.builder();
    let worker = |connection, _| measure(shared.clone(), connection);
    let measured = crew::work(builder, &shared.interrupt, &shared.progress, 1, worker).await;
    shared.progress.finish();
    show(&shared)?;
    measured?;
    Ok(shared.ending())
}

fn show(shared: &Shared) -> anyhow::Result<()> {
    let figures = &shared.figures;
    if shared.plan.broker.json {
        output::line(&figures.json(&shared.plan).to_string()).context("standard output")
    } else {
        output::line(&figures.text(&shared.plan)).context("standard output")
    }
}

impl Shared {
    fn ending(&self) -> Ending {
        match self.interrupt.ending() {
            Some(ending) => ending,
            None if self.figures.failed() > 0 => Ending::Failed,
            None if self.figures.missing(&self.plan) > 0 => Ending::Incomplete,
            None => Ending::Done,
        }
    }

    /// Until all that was sent has come, nothing comes any more, or Ctrl-C.
    async fn all_received(&self) {
        let mut received = self.figures.received();
        while *received.borrow_and_update() < self.figures.expected(&self.plan) {
            let change = timeout(PATIENCE, received.changed());
            let Some(Ok(Ok(()))) = self.interrupt.unless_asked(change).await else { return };
        }
    }
}

/// Consumers have a connection of their own, so that neither side waits for the other's socket.
async fn measure(mut shared: Shared, connection: Connection) -> anyhow::Result<()> {
    let others = shared.plan.broker.builder().connect().await?;
    let mut consumers = Vec::new();
    for _ in 0..shared.plan.consumers {
        consumers.push(receiving::open(&shared, &others).await?);
    }
    shared.progress.line(&format!("measuring over {}", shared.plan.broker.destination));
    // What came before is not measured.
    shared.begin = Instant::now();
    let mut receivers = JoinSet::new();
    for consumer in consumers {
        receivers.spawn(receiving::receive(shared.clone(), consumer));
    }
    let sent = send_all(&shared, &connection).await;
    if sent.is_ok() {
        shared.all_received().await;
    }
    receivers.shutdown().await;
    others.close().await;
    if shared.plan.deletes {
        tidy(&shared, &connection).await;
    }
    sent
}

async fn send_all(shared: &Shared, connection: &Connection) -> anyhow::Result<()> {
    let mut senders = JoinSet::new();
    for number in 1..=shared.plan.producers {
        senders.spawn(sending::send(shared.clone(), connection.clone(), number));
    }
    let mut done = Ok(());
    while let Some(ended) = senders.join_next().await {
        done = done.and(ended.context("a producer failed").flatten());
    }
    done
}

/// The queue is nobody else's. Where it cannot be deleted, it stays behind empty.
async fn tidy(shared: &Shared, connection: &Connection) {
    let Ok(queue) = arguments::destination(&shared.plan.broker.destination) else { return };
    if let Err(error) = connection.delete_destination(queue.clone()).await {
        shared.progress.line(&format!("{queue} could not be deleted: {error}"));
    }
}
