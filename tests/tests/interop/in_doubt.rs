//! A transaction manager dies between the two phases, the broker is killed, and what comes after it decides.

use std::{path::Path, time::Duration};

use anyhow::{Result, ensure};
use relaismq_tests::{
    activemq::ActiveMq,
    java::{Java, Library, Tuning},
    process::Process,
    relais::Relais,
    server::Server,
};
use tempfile::tempdir;

const SOON: Duration = Duration::from_secs(60);

/// What the manager prints that does this.
async fn manage(broker: &Server, what: &str) -> Result<Vec<String>> {
    let java = Java::prepare(Library::Five)?;
    let mut command = java.command("relaismq.doubt.InDoubt", Tuning::QuickStart);
    command.args(["--url", &broker.url()?, "--do", what]);
    Process::start("a transaction manager", command)?.remaining_lines(SOON).await
}

async fn ours(store: &str) -> Result<Server> {
    Relais::new().store(store).start().await
}

async fn theirs(directory: &Path) -> Result<Server> {
    ActiveMq::new().directory(directory).start().await
}

/// The same happens on ActiveMQ and on our stores.
async fn decided_after_a_kill(decision: &str, expected: [&str; 3]) -> Result<()> {
    let (kaha, files, sqlite) = (tempdir()?, tempdir()?, tempdir()?);
    let file = format!("file:{}", files.path().display());
    let database = format!("sql:sqlite:{}", sqlite.path().join("broker.db").display());
    let mut broker = theirs(kaha.path()).await?;
    prepare_and_kill(&mut broker).await?;
    let mut broker = theirs(kaha.path()).await?;
    let lines = manage(&broker, decision).await?;
    ensure!(lines == expected, "ActiveMQ: {lines:?}");
    broker.stop().await?;
    for store in [file, database] {
        let mut broker = ours(&store).await?;
        prepare_and_kill(&mut broker).await?;
        // It outlives more than one of them.
        ours(&store).await?.kill().await?;
        let mut broker = ours(&store).await?;
        let lines = manage(&broker, decision).await?;
        ensure!(lines == expected, "{store}: {lines:?}");
        let after = manage(&broker, decision).await?;
        ensure!(after == ["in doubt 0", "doubt.from", "doubt.to"], "{store}: {after:?}");
        broker.stop().await?;
    }
    Ok(())
}

async fn prepare_and_kill(broker: &mut Server) -> Result<()> {
    let lines = manage(broker, "prepare").await?;
    ensure!(lines == ["prepared"], "{lines:?}");
    broker.kill().await
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs ActiveMQ and Java: run tests/run"]
async fn a_branch_in_doubt_is_committed_after_a_kill() -> Result<()> {
    decided_after_a_kill("commit", ["in doubt 1", "doubt.from other", "doubt.to new"]).await
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs ActiveMQ and Java: run tests/run"]
async fn a_branch_in_doubt_is_rolled_back_after_a_kill() -> Result<()> {
    decided_after_a_kill("rollback", ["in doubt 1", "doubt.from old other", "doubt.to"]).await
}
