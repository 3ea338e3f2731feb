//! A disk without room.

use std::{path::Path, process::Command, time::Duration};

use anyhow::{Context, Result, bail, ensure};
use relaismq::{Connection, Message, Producer, SendFailure, SendOutcome};
use relaismq_tests::relais::Relais;

const SOON: Duration = Duration::from_secs(20);

/// A small file system, unmounted when dropped.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    /// The store keeps 256 MiB in reserve, so little more than that is used up soon.
    fn mount() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let mount = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=290m", "small"])
            .arg(folder.path())
            .status()?;
        ensure!(mount.success(), "cannot mount a small file system: run this as root");
        Ok(Self(folder))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let unmounted = Command::new("umount").arg("--lazy").arg(self.path()).status();
        assert!(unmounted.is_ok_and(|status| status.success()), "the small disk stays mounted");
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs root to mount a small file system: run tests/run"]
async fn a_full_disk_refuses_new_messages_and_loses_none() -> Result<()> {
    let disk = SmallDisk::mount()?;
    let mut server = Relais::new().directory(&disk.path().join("store")).start().await?;
    let connection = Connection::builder(server.url()?).send_timeout(SOON).connect().await?;
    let producer = connection.producer("full").build().await?;
    let confirmed = fill(&producer).await?;
    ensure!(confirmed > 0, "nothing was accepted at all");
    let mut consumer = connection.consumer("full").build().await?;
    for number in 0..confirmed {
        let delivery = consumer.receive_timeout(SOON).await?;
        delivery.with_context(|| format!("message {number} of {confirmed} confirmed is lost"))?;
    }
    accepted_again(&producer).await?;
    connection.close().await;
    server.stop().await?;
    Ok(())
}

/// Sends until the broker refuses; returns how many it took.
async fn fill(producer: &Producer) -> Result<u64> {
    for confirmed in 0..10_000 {
        match producer.send(body()).await {
            Ok(_) => {}
            Err(error) => {
                let SendFailure::Refused(refusal) = error.failure() else { bail!(error) };
                ensure!(refusal.class().ends_with("ResourceAllocationException"), "{refusal}");
                ensure!(refusal.message().contains("full"), "{refusal}");
                return Ok(confirmed);
            }
        }
    }
    bail!("the disk never became full")
}

/// Space that was used comes back while the store works.
async fn accepted_again(producer: &Producer) -> Result<()> {
    let accepted = async {
        while let Err(error) = producer.send(body()).await {
            ensure!(error.outcome() == SendOutcome::Refused, "{error}");
        }
        Ok(())
    };
    tokio::time::timeout(Duration::from_secs(180), accepted).await.context("the disk stays full")?
}

fn body() -> Message {
    Message::bytes(vec![b'x'; 64 * 1024])
}
