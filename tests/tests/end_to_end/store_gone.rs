//! The folder is moved or deleted under a master with a slave: nobody serves an empty store where one
//! was, unless the operator says so.

use std::{path::Path, process::Command, time::Duration};

use anyhow::{Context, Result, ensure};
use relaismq::Connection;
use relaismq_tests::{relais::Relais, server::Server};

use crate::startup::{SOON, run};

/// The master looks every 5 s.
const NOTICED: Duration = Duration::from_secs(15);

/// A master with one confirmed message, and its slave.
async fn pair(folder: &Path) -> Result<(Server, Server)> {
    let broker = Relais::new().directory(folder);
    let master = broker.clone().name("first").start().await?;
    let slave = broker.name("second").start().await?;
    ensure!(master.is_ready() && !slave.is_ready());
    let connection = Connection::builder(master.url()?).send_timeout(SOON).connect().await?;
    connection.producer("orders").build().await?.send("kept").await?;
    connection.close().await;
    Ok((master, slave))
}

async fn ends_with(server: &mut Server, words: &str) -> Result<()> {
    let status = server.process().wait(NOTICED).await?;
    ensure!(status.code() == Some(1), "{status}");
    let said = server.process().failure("its last words").to_string();
    ensure!(said.contains(words), "{words} is not in {said}");
    Ok(())
}

async fn refused(folder: &Path, more: &[&str]) -> Result<String> {
    let store = format!("file:{}", folder.display());
    let arguments = [&["--store", &store, "--listen", "tcp://127.0.0.1:0"], more].concat();
    let output = run(&arguments).await?;
    ensure!(output.status.code() == Some(1), "{}", output.status);
    Ok(String::from_utf8(output.stderr)?)
}

async fn has_the_message(folder: &Path) -> Result<()> {
    let mut server = Relais::new().directory(folder).start().await?;
    let connection = Connection::builder(server.url()?).connect().await?;
    let mut consumer = connection.consumer("orders").build().await?;
    let kept = consumer.receive_timeout(SOON).await?.context("a confirmed message is lost")?;
    ensure!(kept.text()? == "kept");
    connection.close().await;
    server.stop().await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn when_the_folder_is_moved_away_master_and_slave_end_and_nobody_serves_an_empty_store()
-> Result<()> {
    let parent = tempfile::tempdir()?;
    let (folder, elsewhere) = (parent.path().join("data"), parent.path().join("elsewhere"));
    let (mut master, mut slave) = pair(&folder).await?;
    std::fs::rename(&folder, &elsewhere)?;
    ends_with(&mut slave, "has gone while this broker waited").await?;
    ends_with(&mut master, "exclusive lock").await?;
    ensure!(!folder.exists(), "somebody made it again");
    has_the_message(&elsewhere).await
}

#[tokio::test(flavor = "multi_thread")]
async fn when_the_store_is_deleted_master_and_slave_end_and_it_takes_a_word_to_begin_anew()
-> Result<()> {
    let folder = tempfile::tempdir()?;
    let (mut master, mut slave) = pair(folder.path()).await?;
    std::fs::remove_dir_all(folder.path().join("messages"))?;
    ends_with(&mut master, "moved or deleted").await?;
    ends_with(&mut slave, "is gone").await?;
    let said = refused(folder.path(), &[]).await?;
    ensure!(said.contains("--create-store") && said.contains("is gone"), "{said}");
    let broker = Relais::new().directory(folder.path());
    let mut server = broker.clone().argument("--create-store").start().await?;
    ensure!(server.is_ready());
    server.stop().await?;
    // Now there is one again.
    let mut server = broker.start().await?;
    server.stop().await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn when_another_store_takes_its_place_the_slave_that_waited_refuses_it() -> Result<()> {
    let (folder, other) = (tempfile::tempdir()?, tempfile::tempdir()?);
    Relais::new().directory(other.path()).start().await?.stop().await?;
    let (mut master, mut slave) = pair(folder.path()).await?;
    let (here, away) = (folder.path().join("messages"), folder.path().join("away"));
    std::fs::rename(&here, &away)?;
    std::fs::rename(other.path().join("messages"), &here)?;
    ends_with(&mut master, "another folder is in its place").await?;
    ends_with(&mut slave, "not the store that was there").await?;
    std::fs::remove_dir_all(&here)?;
    std::fs::rename(&away, &here)?;
    has_the_message(folder.path()).await
}

/// A folder that is mounted, as a share of a network is; unmounted when dropped.
struct Mounted(tempfile::TempDir);

impl Mounted {
    fn mount(folder: &Path) -> Result<Self> {
        let point = tempfile::tempdir()?;
        let mount = Command::new("mount").arg("--bind").args([folder, point.path()]).status()?;
        ensure!(mount.success(), "cannot mount a folder: run this as root");
        Ok(Self(point))
    }

    fn unmount(&self) -> bool {
        let unmount = Command::new("umount").arg("--lazy").arg(self.0.path()).status();
        unmount.is_ok_and(|status| status.success())
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        // A test may have done it.
        self.unmount();
    }
}

/// What is left is an empty folder: neither is the old one, and nobody begins anew there.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs root to mount a folder: run tests/run"]
async fn when_the_share_goes_master_and_slave_end_and_when_it_is_back_a_pair_serves() -> Result<()>
{
    let share = tempfile::tempdir()?;
    let mounted = Mounted::mount(share.path())?;
    let folder = mounted.0.path().join("data");
    let (mut master, mut slave) = pair(&folder).await?;
    ensure!(mounted.unmount(), "the share stays mounted");
    ends_with(&mut slave, "has gone while this broker waited").await?;
    ends_with(&mut master, "exclusive lock").await?;
    ensure!(!folder.exists(), "somebody made it again");
    let mounted = Mounted::mount(share.path())?;
    let broker = Relais::new().directory(&mounted.0.path().join("data"));
    let mut master = broker.clone().name("first").start().await?;
    let mut slave = broker.name("second").start().await?;
    master.kill().await?;
    slave.until_ready(SOON).await?;
    slave.stop().await?;
    has_the_message(&mounted.0.path().join("data")).await
}

#[tokio::test]
async fn a_store_of_an_earlier_release_is_refused_with_what_to_do() -> Result<()> {
    let folder = tempfile::tempdir()?;
    std::fs::create_dir(folder.path().join("store"))?;
    std::fs::write(folder.path().join("store/version"), "3")?;
    let said = refused(folder.path(), &["--create-store"]).await?;
    ensure!(said.contains("earlier release") && said.contains("Drain"), "{said}");
    Ok(())
}
