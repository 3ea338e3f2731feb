//! Many subscribers, and many queues: the JMS client on ActiveMQ beside ours on our broker, each broker
//! started anew, in throughput and in the memory that the broker has taken.

use std::fmt::Write;

use anyhow::{Result, ensure};
use relaismq_tests::{
    activemq::ActiveMq,
    load::{self, Measurement},
    relais::Relais,
    server::Server,
};
use tempfile::TempDir;

use crate::{
    footprint::resident_kib,
    progress,
    report::{median, shown},
    subjects::{LIMIT, SETTLING, ours, program, settle},
};

struct Crowd {
    name: &'static str,
    messages: u32,
    /// What arrives of each message.
    copies: u32,
    arguments: &'static [&'static str],
}

const CROWDS: [Crowd; 2] = [
    Crowd {
        name: "1 topic, 1 producer, 100 subscribers, non-persistent",
        messages: 10_000,
        copies: 100,
        arguments: &[
            "--destination",
            "topic://LOAD",
            "--consumers",
            "100",
            "--persistent",
            "false",
        ],
    },
    Crowd {
        name: "500 queues, each with a producer and a consumer, persistent",
        messages: 50_000,
        copies: 1,
        arguments: &["--queues", "500", "--producers", "500", "--consumers", "500"],
    },
];

/// Messages that arrive in a second, and what the broker then has in memory, in MB.
#[derive(Clone, Copy, Debug)]
struct Found {
    rate: f64,
    memory: f64,
}

/// The table; empty if no row is wanted.
pub(crate) async fn compare(only: &str, rounds: usize) -> Result<String> {
    let mut text = String::new();
    for crowd in CROWDS.iter().filter(|crowd| crowd.name.contains(only)) {
        let (mut activemq, mut relaismq) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            activemq.push(run(crowd, false).await?);
            relaismq.push(run(crowd, true).await?);
        }
        text.push_str(&row(crowd, &activemq, &relaismq));
    }
    if !text.is_empty() {
        text.insert_str(0, HEAD);
    }
    Ok(text)
}

const HEAD: &str = "\nCrowds, each run with a broker of its own; messages received in a second, and what the broker's process has in memory after it.\n\n\
    | workload | (a) JMS on ActiveMQ | (d) RelaisMQ on RelaisMQ | (d)/(a) | MB (a) | MB (d) | (d)/(a) |\n\
    |---|---:|---:|---:|---:|---:|---:|\n";

async fn run(crowd: &Crowd, our_own: bool) -> Result<Found> {
    let folder = tempfile::tempdir()?;
    let mut broker = start(&folder, our_own).await?;
    settle(SETTLING).await;
    let messages = crowd.messages.to_string();
    let mut arguments = vec!["--messages", &messages, "--size", "1024"];
    arguments.extend(crowd.arguments);
    let url = broker.url()?;
    let measured: Measurement = match our_own {
        true => ours(&program()?, &url, &arguments).await?,
        false => load::run(&url, &arguments, LIMIT).await?,
    };
    let arrived = u64::from(crowd.messages) * u64::from(crowd.copies);
    ensure!(measured.received == arrived, "lost messages: {measured:?}");
    let memory = resident_kib(&mut broker)? as f64 / 1000.0;
    broker.stop().await?;
    let found = Found { rate: arrived as f64 / measured.total.as_secs_f64(), memory };
    progress(&format!("{} {}: {found:.0?}", crowd.name, if our_own { "(d)" } else { "(a)" }));
    Ok(found)
}

async fn start(folder: &TempDir, our_own: bool) -> Result<Server> {
    match our_own {
        true => Relais::new().directory(folder.path()).start().await,
        false => ActiveMq::new().directory(folder.path()).tuned_for_throughput().start().await,
    }
}

fn row(crowd: &Crowd, activemq: &[Found], relaismq: &[Found]) -> String {
    let figure =
        |runs: &[Found], of: fn(&Found) -> f64| median(&runs.iter().map(of).collect::<Vec<_>>());
    let [a, d] = [activemq, relaismq].map(|runs| figure(runs, |it| it.rate));
    let [a_memory, d_memory] = [activemq, relaismq].map(|runs| figure(runs, |it| it.memory));
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(
        text,
        "| {} | {} | {} | {} | {} | {} | {} |",
        crowd.name,
        shown(a, 0),
        shown(d, 0),
        shown(d / a, 2),
        shown(a_memory, 0),
        shown(d_memory, 0),
        shown(d_memory / a_memory, 2)
    );
    text
}
