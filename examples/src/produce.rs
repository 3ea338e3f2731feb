//! What `producer` does.

mod batch;
mod counts;
mod plan;
mod sender;

use std::{sync::Arc, time::Instant};

use anyhow::Context;
use relaismq::Connection;
use tokio::sync::{Mutex, watch};

pub use self::plan::Plan;
use self::{plan::Shared, sender::Sender};
use crate::{
    ending::Ending, interrupt::Interrupt, payload::lines_of_standard_input, progress::Progress,
};

/// Sends, and prints the summary, however it ends.
///
/// # Errors
/// When no broker can be reached, or sending fails for good.
pub async fn run(plan: Plan) -> anyhow::Result<Ending> {
    // Before anything else: from here on Ctrl-C ends the program in order.
    let interrupt = Interrupt::listen()?;
    let total = (!plan.from_lines).then(|| plan.messages.saturating_mul(plan.threads.into()));
    let shared = Shared {
        lines: plan.from_lines.then(|| Arc::new(Mutex::new(lines_of_standard_input()))),
        plan: Arc::new(plan),
        counts: Arc::default(),
        interrupt,
        progress: Progress::new("sent", total),
        failed: watch::Sender::new(false),
    };
    let begin = now();
    let sent = shared.send_all().await;
    shared.progress.finish();
    shared.counts.report(shared.plan.broker.json, begin.elapsed());
    sent?;
    Ok(match () {
        () if shared.interrupt.is_asked() => Ending::Interrupted,
        () if shared.counts.are_clean() => Ending::Done,
        () => Ending::Failed,
    })
}

impl Shared {
    async fn send_all(&self) -> anyhow::Result<()> {
        let timestamps = self.plan.timestamps;
        let builder = self.plan.broker.builder().configure(|mut options| {
            options.producers.disable_time_stamps_by_default |= !timestamps;
            options
        });
        self.progress.state("connecting");
        let Some(connected) = self.interrupt.unless_asked(builder.connect()).await else {
            return Ok(());
        };
        let connection = connected?;
        self.progress.follow(&connection);
        self.interrupt.bound(&connection);
        let done = self.send_over(&connection).await;
        connection.close().await;
        done
    }

    /// The first failure, after all senders have ended.
    async fn send_over(&self, connection: &Connection) -> anyhow::Result<()> {
        let senders: Vec<_> = (1..=self.plan.threads)
            .map(|thread| {
                let sender = Sender::new(self.clone(), connection.clone(), thread);
                tokio::spawn(sender.run())
            })
            .collect();
        let mut done = Ok(());
        for sender in senders {
            let ended = sender.await.context("a sender failed").flatten();
            done = done.and(ended);
        }
        done
    }
}

#[expect(clippy::disallowed_methods, reason = "the program shows how long it took")]
fn now() -> Instant {
    Instant::now()
}
