//! What `producer` does.
//!
//! ```text
//! plan, source, stamp      what is sent: how much, from where, with what
//! sender, batch            one sender, alone or in transactions
//! counts                   what became of it
//! ```

mod batch;
mod counts;
mod plan;
mod sender;
mod source;
mod stamp;

use std::{sync::Arc, time::Instant};

use tokio::sync::{Mutex, watch};

use self::{plan::Shared, sender::Sender};
pub use self::{
    plan::{Input, Plan},
    stamp::Stamp,
};
use crate::{crew, ending::Ending, interrupt::Interrupt, lines, progress::Progress};

/// Sends, and prints the summary, however it ends.
///
/// # Errors
/// When no broker can be reached, or sending fails for good.
pub async fn run(plan: Plan) -> anyhow::Result<Ending> {
    // Before anything else: from here on Ctrl-C ends the program in order.
    let interrupt = Interrupt::listen()?;
    let total = plan.input.is_none().then(|| plan.messages.saturating_mul(plan.threads.into()));
    let shared = Shared {
        lines: plan.input.map(|_| Arc::new(Mutex::new(lines::of_standard_input()))),
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
    let usual = if shared.counts.are_clean() { Ending::Done } else { Ending::Failed };
    Ok(shared.interrupt.ending().unwrap_or(usual))
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
