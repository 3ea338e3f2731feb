//! ActiveMQ's own lock of a shared directory and ours exclude each other, on one file.

use std::{path::Path, time::Duration};

use anyhow::{Result, ensure};
use relaismq_tests::{
    activemq::ActiveMq,
    java::{Java, Library, Tuning},
    process::Process,
    relais::Relais,
    server::START_DEADLINE,
};
use tempfile::tempdir;

/// Longest wait for what should take a moment.
const SOON: Duration = Duration::from_secs(20);

/// ActiveMQ's `SharedFileLocker` on this directory.
fn locker(directory: &Path) -> Result<Process> {
    let java = Java::prepare(Library::Five)?;
    let mut command = java.command("relaismq.activemq.LockerMain", Tuning::QuickStart);
    command.arg("--data").arg(directory);
    Process::start("ActiveMQ's locker", command)
}

async fn says(process: &mut Process, words: &str) -> Result<()> {
    let line = process.line(START_DEADLINE).await?;
    ensure!(line.starts_with(words), "{line} instead of {words}");
    Ok(())
}

/// Looks after its lock, as a broker does, again and again.
async fn keeps_it(process: &mut Process) -> Result<()> {
    for _ in 0..10 {
        says(process, "kept").await?;
    }
    Ok(())
}

#[tokio::test]
#[ignore = "needs ActiveMQ and Java: run tests/run"]
async fn our_broker_waits_for_activemqs_lock_without_disturbing_it_and_takes_over() -> Result<()> {
    let directory = tempdir()?;
    let broker = Relais::new().directory(directory.path());
    broker.start().await?.stop().await?;
    let mut java = locker(directory.path())?;
    says(&mut java, "ready").await?;
    let mut ours = broker.start().await?;
    ensure!(!ours.is_ready(), "two have one lock");
    // We try ten times a second.
    keeps_it(&mut java).await?;
    keeps_it(&mut java).await?;
    java.kill().await?;
    ours.until_ready(SOON).await?;
    ensure!(ours.stop().await?.code() == Some(0));
    Ok(())
}

#[tokio::test]
#[ignore = "needs ActiveMQ and Java: run tests/run"]
async fn activemqs_lock_waits_for_our_broker_without_disturbing_it_and_is_had_when_that_is_killed()
-> Result<()> {
    let directory = tempdir()?;
    let broker = Relais::new().directory(directory.path());
    let mut ours = broker.start().await?;
    ensure!(ours.is_ready());
    let mut java = locker(directory.path())?;
    says(&mut java, "waiting").await?;
    // A second broker of ours waits, too, and none of the three is in another one's way.
    let other = broker.clone().name("other").start().await?;
    ensure!(!other.is_ready());
    drop(other);
    ours.kill().await?;
    says(&mut java, "ready").await?;
    let mut again = broker.start().await?;
    ensure!(!again.is_ready(), "two have one lock");
    keeps_it(&mut java).await?;
    java.kill().await?;
    again.until_ready(SOON).await?;
    ensure!(again.stop().await?.code() == Some(0));
    Ok(())
}

/// It would be waited for as long as it runs, to no end.
#[tokio::test]
#[ignore = "needs ActiveMQ and Java: run tests/run"]
async fn a_directory_in_which_an_activemq_runs_is_refused_at_once_and_that_runs_on() -> Result<()> {
    let directory = tempdir()?;
    let mut activemq = ActiveMq::new().directory(directory.path()).start().await?;
    let refused = Relais::new().directory(directory.path()).start().await.unwrap_err();
    let said = format!("{refused:#}");
    ensure!(said.contains("KahaDB") && said.contains("drain the queues"), "{said}");
    let queue = relaismq::Connection::builder(activemq.url()?).connect().await?;
    queue.producer("orders").build().await?.send("still there").await?;
    queue.close().await;
    activemq.stop().await?;
    Ok(())
}
