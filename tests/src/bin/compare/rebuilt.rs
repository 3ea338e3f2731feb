//! This build beside another one of this repository: the same rows, alternating in one run.

use std::{
    collections::BTreeMap,
    fmt::Write,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Result, ensure};
use relaismq_tests::{
    activemq::ActiveMq,
    load::{self, Measurement},
    relais::{self, Relais},
    server::Server,
};
use tempfile::TempDir;

use crate::{
    cpu, progress,
    report::{median, shown},
    subjects::{LIMIT, PAIRS, Pair, ours, program, settle},
    workloads::{WORKLOADS, Workload},
};

/// Disks finish what was written before; KahaDB may write its index, for both builds alike.
const SETTLING: Duration = Duration::from_secs(2);

/// A build: its load generator, and its broker, which runs all the time.
struct Build {
    load: PathBuf,
    broker: Server,
    _folder: TempDir,
}

impl Build {
    async fn start(load: PathBuf, broker: &Path) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let broker = Relais::new().program(broker).directory(folder.path()).start().await?;
        Ok(Self { load, broker, _folder: folder })
    }

    async fn of(folder: &Path) -> Result<Self> {
        let programs = folder.join("target/release");
        let [load, broker] = ["relais-load", "relaismq-broker"].map(|name| programs.join(name));
        for file in [&load, &broker] {
            ensure!(file.exists(), "{} is missing: cargo build --release there", file.display());
        }
        Self::start(load, &broker).await
    }
}

/// One run: messages per second, and seconds of processor time for a million messages.
#[derive(Clone, Copy, Debug)]
struct Cost {
    rate: f64,
    broker: f64,
    clients: f64,
}

/// The runs of both builds.
#[derive(Debug, Default)]
struct Runs {
    base: Vec<Cost>,
    this: Vec<Cost>,
}

type Costs = BTreeMap<(&'static str, Pair), Runs>;

/// The table.
pub(crate) async fn compare(base: &Path, only: &str, rounds: usize) -> Result<String> {
    let mut base = Build::of(base).await?;
    let mut this = Build::start(program()?, &relais::program()?).await?;
    let folder = tempfile::tempdir()?;
    let mut activemq =
        ActiveMq::new().directory(folder.path()).tuned_for_throughput().start().await?;
    let mut costs = Costs::new();
    for workload in WORKLOADS.iter().filter(|it| it.name.contains(only) && !it.tls) {
        for round in 0..rounds {
            // A JMS client on ActiveMQ has nothing of either build.
            for pair in PAIRS.into_iter().filter(|it| it.our_client || it.has_our_broker()) {
                let runs = costs.entry((workload.name, pair)).or_default();
                let mut sides = [(&mut base, &mut runs.base), (&mut this, &mut runs.this)];
                // Who goes first takes turns, too.
                sides.rotate_left(round % 2);
                for (build, runs) in sides {
                    let broker =
                        if pair.has_our_broker() { &mut build.broker } else { &mut activemq };
                    let load = pair.our_client.then_some(build.load.as_path());
                    let cost = run(load, broker, workload).await?;
                    progress(&format!("{} {}: {cost:.2?}", workload.name, pair.name()));
                    runs.push(cost);
                }
            }
        }
    }
    activemq.stop().await?;
    base.broker.stop().await?;
    this.broker.stop().await?;
    Ok(table(&costs))
}

/// `load` is our load generator; without it the JMS one.
async fn run(load: Option<&Path>, broker: &mut Server, workload: &Workload) -> Result<Cost> {
    settle(SETTLING).await;
    let messages = workload.messages.to_string();
    // Every run empties it.
    let mut arguments = vec!["--messages", &messages, "--size", "1024", "--destination", "LOAD"];
    arguments.extend(workload.arguments);
    let url = broker.url()?;
    let before = (cpu::of_server(broker)?, cpu::of_ended_children()?);
    let measured: Measurement = match load {
        Some(program) => ours(program, &url, &arguments).await?,
        None => load::run(&url, &arguments, LIMIT).await?,
    };
    ensure!(measured.received == u64::from(workload.messages), "lost messages: {measured:?}");
    let broker = cpu::of_server(broker)?.saturating_sub(before.0);
    let clients = cpu::of_ended_children()?.saturating_sub(before.1);
    let a_million = 1e6 / f64::from(workload.messages);
    Ok(Cost {
        rate: f64::from(workload.messages) / measured.total.as_secs_f64(),
        broker: broker.as_secs_f64() * a_million,
        clients: clients.as_secs_f64() * a_million,
    })
}

fn table(costs: &Costs) -> String {
    let mut text = "| workload | pair | base, messages/s | this | ratio | CPU s for a million, broker: base | this | \
        clients: base | this | together, ratio |\n|---|---|---:|---:|---:|---:|---:|---:|---:|---:|\n"
        .to_owned();
    for ((workload, pair), runs) in costs {
        let figure = |of: fn(&Cost) -> f64| {
            let median_of = |runs: &[Cost]| median(&runs.iter().map(of).collect::<Vec<_>>());
            (median_of(&runs.base), median_of(&runs.this))
        };
        let rate = figure(|it| it.rate);
        let (broker, clients) = (figure(|it| it.broker), figure(|it| it.clients));
        let together = figure(|it| it.broker + it.clients);
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "| {workload} | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
            pair.name(),
            shown(rate.0, 0),
            shown(rate.1, 0),
            shown(rate.1 / rate.0, 2),
            shown(broker.0, 2),
            shown(broker.1, 2),
            shown(clients.0, 2),
            shown(clients.1, 2),
            shown(together.1 / together.0, 2)
        );
    }
    text
}
