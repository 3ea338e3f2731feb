//! What `producer` does.

mod batch;
mod counts;
mod plan;
mod sender;

use std::{sync::Arc, time::Instant};

use tokio::sync::{Mutex, watch};

pub use self::plan::Plan;
use self::{plan::Shared, sender::Sender};
use crate::{
    crew, ending::Ending, interrupt::Interrupt, payload::lines_of_standard_input,
    progress::Progress,
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
        let worker = |connection, thread| Sender::new(self.clone(), connection, thread).run();
        crew::work(builder, &self.interrupt, &self.progress, self.plan.threads, worker).await
    }
}

#[expect(clippy::disallowed_methods, reason = "the program shows how long it took")]
fn now() -> Instant {
    Instant::now()
}
