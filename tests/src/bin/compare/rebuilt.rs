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

/// By row and pair: runs of the base, and of this build.
type Costs = BTreeMap<(usize, Pair), [Vec<Cost>; 2]>;

/// The table.
pub(crate) async fn compare(base: &Path, only: &str, rounds: usize) -> Result<String> {
    let mut builds = [Build::of(base).await?, Build::start(program()?, &relais::program()?).await?];
    let folder = tempfile::tempdir()?;
    let mut activemq =
        ActiveMq::new().directory(folder.path()).tuned_for_throughput().start().await?;
    let mut costs = Costs::new();
    let rows = WORKLOADS.iter().enumerate();
    for (row, workload) in rows.filter(|(_, it)| it.name.contains(only) && !it.tls) {
        for round in 0..rounds {
            // A JMS client on ActiveMQ has nothing of either build.
            for pair in PAIRS.into_iter().filter(|it| it.our_client || it.our_broker) {
                // Who goes first takes turns too.
                for side in [round % 2, 1 - round % 2] {
                    settle(SETTLING).await;
                    let Build { load, broker, .. } = &mut builds[side];
                    let broker = if pair.our_broker { broker } else { &mut activemq };
                    let queue = format!("LOAD.{row}.{round}.{side}.{}", pair.our_client);
                    let cost =
                        run(pair.our_client.then_some(load.as_path()), broker, workload, &queue)
                            .await?;
                    let who = ["base", "this"][side];
                    progress(&format!("{} {} {who}: {cost:.2?}", workload.name, pair.name()));
                    costs.entry((row, pair)).or_default()[side].push(cost);
                }
            }
        }
    }
    activemq.stop().await?;
    for build in &mut builds {
        build.broker.stop().await?;
    }
    Ok(table(&costs))
}

/// `load` is our load generator; without it the JMS one.
async fn run(
    load: Option<&Path>,
    broker: &mut Server,
    workload: &Workload,
    queue: &str,
) -> Result<Cost> {
    let messages = workload.messages.to_string();
    let mut arguments = vec!["--messages", &messages, "--size", "1024", "--destination", queue];
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
    for ((row, pair), sides) in costs {
        let figure = |of: fn(&Cost) -> f64| {
            sides.each_ref().map(|runs| median(&runs.iter().map(of).collect::<Vec<_>>()))
        };
        let (rate, broker, clients) =
            (figure(|it| it.rate), figure(|it| it.broker), figure(|it| it.clients));
        let together = figure(|it| it.broker + it.clients);
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
            WORKLOADS[*row].name,
            pair.name(),
            shown(rate[0], 0),
            shown(rate[1], 0),
            shown(rate[1] / rate[0], 2),
            shown(broker[0], 2),
            shown(broker[1], 2),
            shown(clients[0], 2),
            shown(clients[1], 2),
            shown(together[1] / together[0], 2)
        );
    }
    text
}
