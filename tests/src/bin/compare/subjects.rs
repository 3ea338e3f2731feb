//! The two clients and the three brokers.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use relaismq_tests::{
    activemq::{ActiveMq, Tls},
    artemis::Artemis,
    authority::Authority,
    load::{self, Measurement},
    relais::{self, Relais},
    server::Server,
};
use tempfile::TempDir;
use tokio::process::Command;

use crate::workloads::Workload;

/// A client and the broker it works on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Pair {
    /// Our client, or the JMS one.
    pub(crate) our_client: bool,
    pub(crate) broker: Broker,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Broker {
    ActiveMq,
    RelaisMq,
    Artemis,
}

/// (a) to (e).
pub(crate) const PAIRS: [Pair; 5] = [
    Pair { our_client: false, broker: Broker::ActiveMq },
    Pair { our_client: false, broker: Broker::RelaisMq },
    Pair { our_client: true, broker: Broker::ActiveMq },
    Pair { our_client: true, broker: Broker::RelaisMq },
    Pair { our_client: false, broker: Broker::Artemis },
];

impl Pair {
    pub(crate) const fn name(self) -> &'static str {
        match (self.our_client, self.broker) {
            (false, Broker::ActiveMq) => "(a) JMS on ActiveMQ",
            (false, Broker::RelaisMq) => "(b) JMS on RelaisMQ",
            (true, Broker::ActiveMq) => "(c) RelaisMQ on ActiveMQ",
            (true, Broker::RelaisMq) => "(d) RelaisMQ on RelaisMQ",
            (false, Broker::Artemis) => "(e) JMS on Artemis",
            (true, Broker::Artemis) => "RelaisMQ on Artemis",
        }
    }

    pub(crate) fn has_our_broker(self) -> bool {
        self.broker == Broker::RelaisMq
    }
}

/// The brokers run all the time; only one at a time has work.
#[derive(Debug)]
pub(crate) struct Subjects {
    activemq: Server,
    relaismq: Server,
    artemis: Server,
    /// Of the brokers' certificate.
    authority: Authority,
    runs: u32,
    _folders: [TempDir; 3],
}

/// KahaDB writes its index every 5 s.
pub(crate) const SETTLING: Duration = Duration::from_secs(6);
/// Longest time for one run.
pub(crate) const LIMIT: Duration = Duration::from_secs(180);

impl Subjects {
    pub(crate) async fn start() -> Result<Self> {
        let folders = [tempfile::tempdir()?, tempfile::tempdir()?, tempfile::tempdir()?];
        let [kahadb, file_store, journal] = &folders;
        let authority = Authority::new("RelaisMQ's benchmark");
        let issued = authority.issue("broker", &["127.0.0.1"]);
        let tls = Tls::new(&issued);
        let ours = Relais::new().directory(file_store.path()).listen("tcp://127.0.0.1:0");
        let ours = ours.listen("ssl://127.0.0.1:0").certificate(&issued);
        let activemq = ActiveMq::new().directory(kahadb.path()).tls(&tls).tuned_for_throughput();
        Ok(Self {
            authority,
            activemq: activemq.start().await?,
            relaismq: ours.start().await?,
            artemis: Artemis::new().directory(journal.path()).start().await?,
            runs: 0,
            _folders: folders,
        })
    }

    /// Messages per second, from the first send to the last receive.
    pub(crate) async fn measure(
        &mut self,
        pair: Pair,
        workload: &Workload,
        round: usize,
    ) -> Result<f64> {
        let broker = match pair.broker {
            Broker::ActiveMq => &self.activemq,
            Broker::RelaisMq => &self.relaismq,
            Broker::Artemis => &self.artemis,
        };
        let ca_file = self.authority.file().display().to_string();
        let url = match (workload.tls, pair.our_client) {
            (true, true) => format!("{}?tls.caFile={ca_file}", broker.url_of("ssl")?),
            (true, false) => broker.url_of("ssl")?,
            (false, _) => broker.url_of("tcp")?,
        };
        settle(SETTLING).await;
        self.runs += 1;
        let (messages, queue) =
            (workload.messages.to_string(), format!("LOAD.{round}.{}", self.runs));
        let mut arguments =
            vec!["--messages", &messages, "--size", "1024", "--destination", &queue];
        arguments.extend(workload.arguments);
        if workload.tls && !pair.our_client {
            arguments.extend(["--ca", &ca_file]);
        }
        let measured = if pair.our_client {
            ours(&program()?, &url, &arguments).await?
        } else {
            load::run(&url, &arguments, LIMIT).await?
        };
        ensure!(
            measured.received == u64::from(workload.messages),
            "{pair:?} lost messages: {measured:?}"
        );
        Ok(f64::from(workload.messages) / measured.total.as_secs_f64())
    }

    pub(crate) async fn stop(&mut self) -> Result<()> {
        self.activemq.stop().await?;
        self.relaismq.stop().await?;
        self.artemis.stop().await?;
        Ok(())
    }
}

/// What the broker that had its turn still writes is not to be measured with the next one.
pub(crate) async fn settle(time: Duration) {
    nix::unistd::sync();
    tokio::time::sleep_until(tokio::time::Instant::now() + time).await;
}

/// Our load generator.
pub(crate) async fn ours(program: &Path, url: &str, arguments: &[&str]) -> Result<Measurement> {
    let mut command = Command::new(program);
    command.args(["--url", url]).args(arguments).stderr(Stdio::inherit()).kill_on_drop(true);
    let output =
        tokio::time::timeout(LIMIT, command.output()).await.context("relais-load hangs")??;
    Measurement::read(String::from_utf8_lossy(&output.stdout).trim())
}

/// The load generator that was built beside this program.
pub(crate) fn program() -> Result<PathBuf> {
    let beside = std::env::current_exe()?.with_file_name("relais-load");
    ensure!(beside.exists(), "relais-load is missing: cargo build --release -p relaismq-tests");
    Ok(beside)
}

/// The broker program, for the footprint.
pub(crate) fn broker_program() -> Result<PathBuf> {
    relais::program()
}
