//! What `consumer` does.

mod plan;
mod receiver;

use std::{
    sync::{Arc, PoisonError, atomic::Ordering},
    time::{Duration, Instant},
};

use anyhow::Context;
use relaismq::{AckMode, Connection};
use serde_json::json;

pub use self::plan::{Plan, Subscription, Treatment};
use self::{plan::Shared, receiver::Receiver};
use crate::{
    crew, ending::Ending, interrupt::Interrupt, numbering::Tally, output, progress::Progress,
};

/// Receives, and prints the summary, however it ends.
///
/// # Errors
/// When no broker can be reached, or receiving fails for good.
pub async fn run(plan: Plan) -> anyhow::Result<Ending> {
    let total = (plan.messages > 0).then(|| plan.messages.saturating_mul(u64::from(plan.threads)));
    let shared = Shared {
        plan: Arc::new(plan),
        tally: Arc::default(),
        interrupt: Interrupt::listen()?,
        progress: Progress::new("received", total),
        gave_up: Arc::default(),
    };
    let begin = now();
    let received = shared.receive_all().await;
    shared.progress.finish();
    let tally = shared.tally.lock().unwrap_or_else(PoisonError::into_inner).clone();
    report(&shared.plan, &tally, begin.elapsed());
    received?;
    Ok(shared.ending(&tally))
}

impl Shared {
    async fn receive_all(&self) -> anyhow::Result<()> {
        let builder = self.plan.broker.builder();
        let builder = match &self.plan.client_id {
            Some(client_id) => builder.client_id(client_id.as_str()),
            None => builder,
        };
        let unsubscribes = self.plan.unsubscribe;
        let worker = |connection, thread| {
            let shared = self.clone();
            async move {
                match unsubscribes {
                    true => shared.unsubscribe(&connection, thread).await,
                    false => receive(shared, connection, thread).await,
                }
            }
        };
        crew::work(builder, &self.interrupt, &self.progress, self.plan.threads, worker).await
    }

    async fn unsubscribe(&self, connection: &Connection, thread: u32) -> anyhow::Result<()> {
        let name = self.plan.subscription(thread);
        let done = connection.unsubscribe(&name).await;
        done.with_context(|| format!("the durable subscription {name}"))?;
        self.progress.line(&format!("deleted the durable subscription {name}"));
        Ok(())
    }

    /// With a selector gaps are wanted.
    fn ending(&self, tally: &Tally) -> Ending {
        let gaps = self.plan.selector.is_none() && tally.missing() > 0;
        if let Some(ending) = self.interrupt.ending() {
            return ending;
        }
        match () {
            () if gaps || tally.unflagged_duplicates > 0 => Ending::Incomplete,
            () if self.gave_up.load(Ordering::Relaxed) && self.plan.messages > 0 => {
                Ending::TimedOut
            }
            () => Ending::Done,
        }
    }
}

fn report(plan: &Plan, tally: &Tally, elapsed: Duration) {
    let elapsed_s = elapsed.as_secs_f64();
    let Tally { received, redelivered, duplicates, .. } = *tally;
    let missing = tally.missing();
    if plan.broker.json {
        let summary = json!({ "received": received, "redelivered": redelivered,
            "duplicates": duplicates, "missing": missing, "elapsed_s": elapsed_s });
        // Whoever does not read it does not want it.
        drop(output::line(&summary.to_string()));
    }
    output::note(&format!(
        "received {received}, redelivered {redelivered}, duplicates {duplicates}, missing {missing} in \
         {elapsed_s:.3} s"
    ));
}

async fn receive(shared: Shared, connection: Connection, thread: u32) -> anyhow::Result<()> {
    let plan = shared.plan.clone();
    let target = plan.broker.target()?;
    let transacted = match plan.treatment {
        Treatment::Transacted => Some(connection.transacted_session().await?),
        _ => None,
    };
    let mut builder = match &transacted {
        Some(session) => session.consumer(target),
        None => connection.consumer(target).ack(mode(plan.treatment)),
    };
    if plan.durable.is_some() {
        builder = builder.durable(plan.subscription(thread));
    }
    if let Some(selector) = &plan.selector {
        builder = builder.selector(selector.as_str());
    }
    let Some(consumer) = shared.interrupt.unless_asked(builder.build()).await else {
        return Ok(());
    };
    Receiver::new(consumer?, transacted, shared).run().await
}

const fn mode(treatment: Treatment) -> AckMode {
    match treatment {
        Treatment::Auto | Treatment::Transacted => AckMode::Auto,
        Treatment::Client => AckMode::Client,
        Treatment::DupsOk => AckMode::DupsOk,
        Treatment::Individual => AckMode::Individual,
    }
}

#[expect(clippy::disallowed_methods, reason = "the program shows how long it took")]
fn now() -> Instant {
    Instant::now()
}
