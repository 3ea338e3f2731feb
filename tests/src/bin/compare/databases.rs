//! Brokers that keep their messages in a database: the JMS client on ActiveMQ beside ours on our broker, taking
//! turns on one database of one server. Each broker is started anew, and has done some of the work
//! before it is measured.

use anyhow::{Result, ensure};
use relaismq_examples::demo::databases::{DatabaseServer, Make};
use relaismq_tests::{
    activemq::ActiveMq,
    load::{self, Measurement},
    relais::Relais,
    server::Server,
};

use crate::{
    progress,
    report::beside,
    subjects::{LIMIT, SETTLING, ours, program, settle},
};

struct Work {
    make: Make,
    name: &'static str,
    messages: u32,
    producers: &'static str,
}

const WORK: [Work; 4] = [
    one_by_one(Make::PostgreSql, "PostgreSQL, confirmed one by one, 1 producer", 4_000, "1"),
    one_by_one(Make::PostgreSql, "PostgreSQL, confirmed one by one, 16 producers", 16_000, "16"),
    one_by_one(Make::MariaDb, "MariaDB, confirmed one by one, 1 producer", 4_000, "1"),
    one_by_one(Make::MariaDb, "MariaDB, confirmed one by one, 16 producers", 16_000, "16"),
];

const fn one_by_one(
    make: Make,
    name: &'static str,
    messages: u32,
    producers: &'static str,
) -> Work {
    Work { make, name, messages, producers }
}

/// What a broker does before it is measured, as a part of the work: Java compiles what is used often.
const WARMING_UP: u32 = 4;

/// The table; empty if no row is wanted.
pub(crate) async fn compare(only: &str, rounds: usize) -> Result<String> {
    let mut text = String::new();
    for work in WORK.iter().filter(|work| work.name.contains(only)) {
        let server = DatabaseServer::start(work.make).await?;
        let (mut activemq, mut relaismq) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            activemq.push(run(work, &server, false).await?);
            relaismq.push(run(work, &server, true).await?);
        }
        text.push_str(&beside(work.name, &activemq, &relaismq));
    }
    if !text.is_empty() {
        text.insert_str(0, HEAD);
    }
    Ok(text)
}

const HEAD: &str = "\nIn a database, the two brokers in turns on the same one (PostgreSQL 15, MariaDB 10.11, as Debian configures them); \
    persistent messages in a second.\n\n\
    | workload | (a) JMS on ActiveMQ | (d) RelaisMQ on RelaisMQ | (d)/(a) |\n\
    |---|---:|---:|---:|\n";

async fn run(work: &Work, server: &DatabaseServer, our_own: bool) -> Result<f64> {
    let mut broker = start(server, our_own).await?;
    load(work, work.messages / WARMING_UP, &broker, our_own).await?;
    settle(SETTLING).await;
    let measured = load(work, work.messages, &broker, our_own).await?;
    broker.stop().await?;
    let rate = f64::from(work.messages) / measured.total.as_secs_f64();
    progress(&format!("{} {}: {rate:.0}", work.name, if our_own { "(d)" } else { "(a)" }));
    Ok(rate)
}

async fn load(work: &Work, messages: u32, broker: &Server, our_own: bool) -> Result<Measurement> {
    let (url, count) = (broker.url()?, messages.to_string());
    let arguments = ["--messages", &count, "--size", "1024", "--producers", work.producers];
    let measured = match our_own {
        true => ours(&program()?, &url, &arguments).await?,
        false => load::run(&url, &arguments, LIMIT).await?,
    };
    ensure!(measured.received == u64::from(messages), "lost messages: {measured:?}");
    Ok(measured)
}

async fn start(server: &DatabaseServer, our_own: bool) -> Result<Server> {
    match our_own {
        true => Relais::new().store(&format!("sql:{}", server.url())).start().await,
        false => {
            let broker = ActiveMq::new().database(&server.jdbc_url(), "none");
            broker.tuned_for_throughput().start().await
        }
    }
}
