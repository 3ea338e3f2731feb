//! A transaction manager dies between the two phases, the broker is killed, and what comes after it decides.

use std::{path::Path, time::Duration};

use anyhow::{Result, ensure};
use relaismq_examples::demo::databases::{DatabaseServer, Make};
use relaismq_tests::{
    activemq::ActiveMq,
    group::Group,
    java::{Java, Library, Tuning},
    process::Process,
    relais::Relais,
    server::Server,
};
use tempfile::tempdir;

const SOON: Duration = Duration::from_secs(60);

/// What the manager prints that does this.
async fn manage(url: &str, what: &str) -> Result<Vec<String>> {
    let java = Java::prepare(Library::Five)?;
    let mut command = java.command("relaismq.doubt.InDoubt", Tuning::QuickStart);
    command.args(["--url", url, "--do", what]);
    Process::start("a transaction manager", command)?.remaining_lines(SOON).await
}

async fn ours(store: &str) -> Result<Server> {
    let mut server = Relais::new().store(store).start().await?;
    // In a database, the lease of the one before that was killed.
    server.until_ready(SOON).await?;
    Ok(server)
}

async fn theirs(directory: &Path) -> Result<Server> {
    ActiveMq::new().directory(directory).start().await
}

const NOTHING: [&str; 3] = ["in doubt 0", "doubt.from", "doubt.to"];

async fn on_activemq(decision: &str, expected: [&str; 3]) -> Result<()> {
    let kaha = tempdir()?;
    let mut broker = theirs(kaha.path()).await?;
    prepare_and_kill(&mut broker).await?;
    let mut broker = theirs(kaha.path()).await?;
    let lines = manage(&broker.url()?, decision).await?;
    ensure!(lines == expected, "ActiveMQ: {lines:?}");
    broker.stop().await?;
    Ok(())
}

async fn on_our_store(store: &str, decision: &str, expected: [&str; 3]) -> Result<()> {
    let mut broker = ours(store).await?;
    prepare_and_kill(&mut broker).await?;
    // It outlives more than one of them.
    ours(store).await?.kill().await?;
    let mut broker = ours(store).await?;
    let lines = manage(&broker.url()?, decision).await?;
    ensure!(lines == expected, "{store}: {lines:?}");
    let after = manage(&broker.url()?, decision).await?;
    ensure!(after == NOTHING, "{store}: {after:?}");
    broker.stop().await?;
    Ok(())
}

/// The same happens on ActiveMQ and on our stores.
async fn decided_after_a_kill(decision: &str, expected: [&str; 3]) -> Result<()> {
    on_activemq(decision, expected).await?;
    let (files, sqlite) = (tempdir()?, tempdir()?);
    let file = format!("file:{}", files.path().display());
    let database = format!("sql:sqlite:{}", sqlite.path().join("broker.db").display());
    on_our_store(&file, decision, expected).await?;
    on_our_store(&database, decision, expected).await?;
    for make in [Make::PostgreSql, Make::MariaDb] {
        let mut database = DatabaseServer::start(make).await?;
        on_our_store(&format!("sql:{}", database.url()), decision, expected).await?;
        database.stop().await?;
    }
    Ok(())
}

async fn prepare_and_kill(broker: &mut Server) -> Result<()> {
    let lines = manage(&broker.url()?, "prepare").await?;
    ensure!(lines == ["prepared"], "{lines:?}");
    broker.kill().await
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs ActiveMQ, PostgreSQL, MariaDB and Java: run tests/run"]
async fn a_branch_in_doubt_is_committed_after_a_kill() -> Result<()> {
    decided_after_a_kill("commit", ["in doubt 1", "doubt.from other", "doubt.to new"]).await
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs ActiveMQ, PostgreSQL, MariaDB and Java: run tests/run"]
async fn a_branch_in_doubt_is_rolled_back_after_a_kill() -> Result<()> {
    decided_after_a_kill("rollback", ["in doubt 1", "doubt.from old other", "doubt.to"]).await
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs ActiveMQ and Java: run tests/run"]
async fn a_branch_in_doubt_goes_to_the_broker_that_takes_over() -> Result<()> {
    let mut brokers = Group::start(3).await?;
    let url = brokers.url("?randomize=false");
    brokers.master().await?;
    let lines = manage(&url, "prepare").await?;
    ensure!(lines == ["prepared"], "{lines:?}");
    for expected in [["in doubt 1", "doubt.from other", "doubt.to new"], NOTHING] {
        let master = brokers.master().await?;
        brokers.kill(master).await?;
        let lines = manage(&url, "commit").await?;
        ensure!(lines == expected, "{lines:?}");
        brokers.begin(master).await?;
    }
    brokers.stop_all().await
}
