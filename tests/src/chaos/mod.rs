//! Breaks brokers, links and locks under load, round after round, and checks in each what must hold.
//!
//! ```text
//!   producers, consumers --failover:(…)--> proxy --> broker one \
//!                                          proxy --> broker two  > one store
//!   witnesses ------------------------------------> each broker /
//! ```
//! Each round has its own seed, its own messages and its own ledger: any of them can be repeated alone.
//!
//! ```text
//! mode         what differs between stores, and can only be broken there
//! cluster      the broker processes, their roles and their proxies
//! fault, blow  what can be broken, and doing it
//! damage       what can be done to a link
//! clocks       what can be done to the brokers' wall clocks
//! clients      who sends and receives meanwhile
//! identity     how a message is known again
//! ledger       what was sent, delivered and acknowledged, and what of it must not be
//! violation    what must hold
//! report       what all rounds came to
//! ```

mod blow;
mod clients;
mod clocks;
mod cluster;
mod damage;
mod fault;
mod identity;
mod ledger;
mod mode;
mod report;
mod violation;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;

use self::blow::Blow;
use self::clients::{Crew, subscribe, sweep};
pub use self::clocks::Clocks;
use self::cluster::Cluster;
pub use self::damage::Damage;
pub use self::fault::{Fault, OwnFault};
pub use self::ledger::Figures;
use self::ledger::Ledger;
pub use self::mode::{Database, Mode};
pub use self::report::{Broken, Report, Round};
pub use self::violation::{Invariant, Violation};
use crate::random::Random;
use crate::relais::Relais;

/// What to do.
#[derive(Debug, Clone)]
pub struct Chaos {
    /// Which store the brokers share.
    pub mode: Mode,
    /// How a broker is started, but for its name, port and store.
    pub broker: Relais,
    /// Two or three.
    pub brokers: usize,
    /// From which everything follows that is left to chance.
    pub seed: u64,
    /// Number of the first round; the rounds before it are left out.
    pub first: u64,
    /// How many rounds.
    pub rounds: u64,
    /// Only these faults, if any are given.
    pub only: Vec<Fault>,
    /// These faults, too.
    pub also: Vec<Fault>,
    /// The brokers' wall clocks are apart, and jump as they run.
    pub clocks: Option<Clocks>,
}

impl Chaos {
    /// Runs all rounds, or until one shows what must not be. `told` is called after each.
    ///
    /// # Errors
    /// When the brokers cannot be started at all; what goes wrong later is in the report.
    pub async fn run(&self, told: impl Fn(&Round)) -> Result<Report> {
        let how = |name: &str| {
            let broker = self.mode.broker(&self.broker, name);
            self.clocks.as_ref().map_or_else(|| broker.clone(), |it| it.broker(&broker, name))
        };
        let mut cluster = Cluster::start(self.brokers, how).await?;
        let mut report = Report::default();
        for number in self.first..self.first + self.rounds {
            let mut round = Round::new(number);
            let failed = self.round(&mut round, &mut cluster).await.err();
            told(&round);
            report.add(&round);
            if failed.is_some() || !round.violations.is_empty() {
                let last_words = cluster.last_words();
                let reason = failed.map(|error| format!("{error:#}"));
                report.broken = Some(Broken { round, reason, last_words });
                break;
            }
        }
        Ok(report)
    }

    async fn round(&self, round: &mut Round, cluster: &mut Cluster) -> Result<()> {
        let ledger = Arc::new(Ledger::new(round.number));
        let outcome = self.play(round, cluster, &ledger).await;
        round.figures = ledger.figures();
        match outcome {
            // The queues are empty: only now is it known what is missing.
            Ok(()) => round.violations = ledger.violations(),
            Err(error) => {
                round.violations.push(error.downcast::<Violation>()?);
            }
        }
        Ok(())
    }

    async fn play(
        &self,
        round: &mut Round,
        cluster: &mut Cluster,
        ledger: &Arc<Ledger>,
    ) -> Result<()> {
        let mut random = Random::of(self.seed, round.number);
        let blows = self.blows(&mut random);
        let quiet = if blows.is_empty() { MANY } else { FEW };
        cluster.recover().await?;
        subscribe(&cluster.url()).await?;
        let crew = Crew::board(ledger, cluster, &mut random);
        ledger.more(quiet, PATIENCE).await?;
        for blow in blows {
            ledger.more(blow.after, PATIENCE).await?;
            ledger.take_outage();
            ledger.fault();
            blow.strike(self, cluster).await?;
            ledger.more(FEW, PATIENCE).await?;
            round.faults.push((blow.fault, ledger.take_outage()));
        }
        crew.leave().await?;
        cluster.nobody_ended()?;
        sweep(ledger, &cluster.url()).await
    }

    /// What is broken in a round: mostly one thing or several one after the other, now and then nothing.
    fn blows(&self, random: &mut Random) -> Vec<Blow> {
        let mut all = self.mode.faults();
        all.extend(&self.also);
        all.extend(self.clocks.iter().flat_map(|_| [Fault::ClocksJump; 3]));
        let faults = if self.only.is_empty() { &all } else { &self.only };
        let count =
            if self.only.is_empty() && random.once_in(12) { 0 } else { 1 + random.below(3) };
        (0..count).filter_map(|_| Blow::draw(random, faults)).collect()
    }
}

/// Of a shared directory: so small that a broker writes checkpoints while it serves, not only at its start.
#[must_use]
pub fn small_segments(broker: Relais) -> Relais {
    broker.argument("--store-limit").argument("16MB")
}

/// Confirmed sends that show that there is service.
const FEW: u64 = 20;
/// Of a round without faults.
const MANY: u64 = 500;
/// Longest wait for service.
const PATIENCE: Duration = Duration::from_secs(30);
