//! Taking messages out of a queue, to somewhere else or to nowhere. Everything in transactions: whoever
//! kills the program or the broker finds each message in one place.
//!
//! ```text
//! plan, consent     what is to be moved, and whether somebody agrees
//! round, counts     doing it, and what became of it
//! ```

mod consent;
mod counts;
mod plan;
mod round;

use std::{
    sync::{Arc, atomic::Ordering},
    time::Instant,
};

use futures::StreamExt;
use relaismq::Connection;

pub use self::plan::{Aim, Plan};
use self::{consent::Consent, plan::Shared, round::Round};
use crate::{browse, crew, ending::Ending, interrupt::Interrupt, progress::Progress};

/// Moves, and prints the summary, however it ends.
///
/// # Errors
/// When no broker can be reached, it refuses, or nobody can be asked and nobody has agreed.
pub async fn run(plan: Plan) -> anyhow::Result<Ending> {
    let total = (plan.messages > 0).then_some(plan.messages);
    let shared = Shared {
        plan: Arc::new(plan),
        counts: Arc::default(),
        interrupt: Interrupt::listen()?,
        progress: Progress::new("moved", total),
    };
    let Some(consent) = Consent::of(&shared.plan) else { return Ok(Ending::WrongUsage) };
    let begin = now();
    let builder = shared.plan.broker.builder();
    let worker = |connection, _| shared.clone().work(connection, consent);
    let moved = crew::work(builder, &shared.interrupt, &shared.progress, 1, worker).await;
    shared.progress.finish();
    if !shared.plan.dry_run {
        shared.counts.report(shared.plan.broker.json, begin.elapsed().as_secs_f64());
    }
    moved?;
    let left = shared.counts.left.load(Ordering::Relaxed);
    let usual = if left { Ending::Incomplete } else { Ending::Done };
    Ok(shared.interrupt.ending().unwrap_or(usual))
}

impl Shared {
    async fn work(self, connection: Connection, consent: Consent) -> anyhow::Result<()> {
        if consent != Consent::Given {
            let messages = self.look(&connection, u64::MAX).await?;
            if consent == Consent::NotAsked {
                return consent::tell(&self.plan, messages);
            }
            let asking = consent::ask(&self.plan, messages);
            if !self.interrupt.unless_asked(asking).await.transpose()?.unwrap_or(false) {
                self.progress.line("nothing was touched");
                return Ok(());
            }
        }
        self.take_all(&connection).await
    }

    /// A consumer that gets nothing proves little: what was given to others and came back, or what a
    /// broker had not read from its store yet, is there nevertheless. So it is looked at the queue, too.
    async fn take_all(&self, connection: &Connection) -> anyhow::Result<()> {
        loop {
            let before = self.counts.all();
            Round::begin(self.clone(), connection).await?.run().await?;
            let most = self.plan.messages;
            let enough = most > 0 && self.counts.all() >= most;
            if enough || self.interrupt.is_asked() || self.look(connection, 1).await? == 0 {
                return Ok(());
            }
            if self.counts.all() == before {
                self.counts.left.store(true, Ordering::Relaxed);
                self.progress.line("there are more messages, which the broker does not give out: another consumer has them");
                return Ok(());
            }
        }
    }

    /// How many messages a browser sees, up to `most`.
    async fn look(&self, connection: &Connection, most: u64) -> anyhow::Result<u64> {
        let target = self.plan.broker.target()?;
        let mut browser = browse::of(connection, target, self.plan.selector.as_deref()).await?;
        let mut seen = 0;
        while seen < most {
            match self.interrupt.unless_asked(browser.next()).await.flatten() {
                Some(message) => message?,
                None => break,
            };
            seen += 1;
        }
        Ok(seen)
    }
}

#[expect(clippy::disallowed_methods, reason = "the program shows how long it took")]
fn now() -> Instant {
    Instant::now()
}
