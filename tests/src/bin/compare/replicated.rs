//! Three of our brokers that replicate, on one machine and one disk, beside one ActiveMQ with KahaDB, taking turns.
//! Ours write everything three times.
#![expect(clippy::indexing_slicing, reason = "of JSON: what is missing is null")]

use anyhow::{Result, ensure};
use relaismq_tests::{
    activemq::ActiveMq,
    group::Group,
    load::{self, Measurement},
    server::Server,
};
use tempfile::TempDir;

use crate::{
    progress,
    report::beside,
    subjects::{LIMIT, SETTLING, ours, program, settle},
};

struct Work {
    name: &'static str,
    messages: u32,
    arguments: &'static [&'static str],
}

const WORK: [Work; 2] = [
    Work {
        name: "replicated, confirmed one by one, 16 producers",
        messages: 16_000,
        arguments: &["--persistent", "true", "--producers", "16"],
    },
    Work {
        name: "replicated, asynchronous",
        messages: 30_000,
        arguments: &["--persistent", "true", "--async", "true"],
    },
];

/// What a broker does before it is measured, as a part of the work: Java compiles what is used often.
const WARMING_UP: u32 = 2;
const BROKERS: usize = 3;

/// The table; empty if no row is wanted.
pub(crate) async fn compare(only: &str, rounds: usize) -> Result<String> {
    let mut text = String::new();
    for work in WORK.iter().filter(|work| work.name.contains(only)) {
        let (mut activemq, mut relaismq) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            activemq.push(theirs(work).await?);
            relaismq.push(our_own(work).await?);
        }
        text.push_str(&beside(work.name, &activemq, &relaismq));
    }
    if !text.is_empty() {
        text.insert_str(0, HEAD);
    }
    Ok(text)
}

const HEAD: &str = "\nThree brokers that replicate, all on this machine, beside one ActiveMQ on KahaDB, in turns; persistent messages in a second.\n\n\
    | workload | (a) JMS on one ActiveMQ | (d) RelaisMQ on three RelaisMQ | (d)/(a) |\n\
    |---|---:|---:|---:|\n";

async fn theirs(work: &Work) -> Result<f64> {
    let folder = TempDir::new()?;
    let broker = ActiveMq::new().directory(folder.path()).tuned_for_throughput();
    let mut broker = broker.start().await?;
    let url = broker.url()?;
    run(work, work.messages / WARMING_UP, &url, false).await?;
    settle(SETTLING).await;
    let rate = run(work, work.messages, &url, false).await?;
    broker.stop().await?;
    progress(&format!("{} (a): {rate:.0}", work.name));
    Ok(rate)
}

async fn our_own(work: &Work) -> Result<f64> {
    let mut group = Group::start(BROKERS).await?;
    group.until("all are there", |it| it["quorum"]["present"] == BROKERS).await?;
    let url = group.url("");
    run(work, work.messages / WARMING_UP, &url, true).await?;
    settle(SETTLING).await;
    let rate = run(work, work.messages, &url, true).await?;
    let memory = memory(&mut group).await?;
    group.stop_all().await?;
    progress(&format!("{} (d): {rate:.0}, at most {memory:?} MiB", work.name));
    Ok(rate)
}

async fn run(work: &Work, messages: u32, url: &str, our_own: bool) -> Result<f64> {
    let count = messages.to_string();
    let mut arguments = vec!["--messages", &count, "--size", "1024"];
    arguments.extend(work.arguments);
    let measured: Measurement = match our_own {
        true => ours(&program()?, url, &arguments).await?,
        false => load::run(url, &arguments, LIMIT).await?,
    };
    ensure!(measured.received == u64::from(messages), "lost messages: {measured:?}");
    Ok(f64::from(messages) / measured.total.as_secs_f64())
}

/// The largest that each broker has had, in MiB.
pub(crate) async fn memory(group: &mut Group) -> Result<Vec<u64>> {
    let all = 0..group.count();
    all.map(|n| group.server(n).map(Server::process)?.largest_memory()).collect()
}
