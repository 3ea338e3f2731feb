//! A disk without room.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};
use relaismq::{AckMode, Connection, Message, Producer, SendFailure, SendOutcome};
use relaismq_tests::{relais::Relais, server::Server};
use tokio::{sync::mpsc, time::timeout};

const SOON: Duration = Duration::from_secs(20);

/// A small file system, unmounted when dropped.
pub(crate) struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    pub(crate) fn mount(megabytes: u32) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let mount = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={megabytes}m"), "small"])
            .arg(folder.path())
            .status()?;
        ensure!(mount.success(), "cannot mount a small file system: run this as root");
        Ok(Self(folder))
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let unmounted = Command::new("umount").arg("--lazy").arg(self.path()).status();
        assert!(unmounted.is_ok_and(|status| status.success()), "the small disk stays mounted");
    }
}

/// A broker that kept 256 MiB in reserve accepted nothing on the first of these disks, and nothing
/// more on the second after it had been filled and drained.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs root to mount a small file system: run tests/run"]
async fn small_disks_are_filled_and_drained_again_and_again() -> Result<()> {
    for megabytes in [200, 300] {
        let disk = SmallDisk::mount(megabytes)?;
        let filled = fill_and_drain(&disk.path().join("store"), &[]).await;
        let least = filled.with_context(|| format!("on {megabytes} MB"))?;
        // Half of the disk at least is for messages.
        ensure!(least * BODY > u64::from(megabytes) << 19, "{least} messages on {megabytes} MB");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_at_its_limit_is_filled_and_drained_again_and_again() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let store = folder.path().join("store");
    let least = fill_and_drain(&store, &["--store-limit", "20MB"]).await?;
    ensure!(least * BODY > 10 << 20, "{least} messages in 20 MB");
    Ok(())
}

/// As with ActiveMQ: whoever sends has its answer when there is room.
#[tokio::test(flavor = "multi_thread")]
async fn a_sender_waits_for_room_and_loses_nothing() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let broker = Relais::new().directory(&folder.path().join("store"));
    let mut server = broker.argument("--store-limit").argument("20MB").start().await?;
    let connection = Connection::builder(server.url()?).connect().await?;
    let producer = connection.producer("full").build().await?;
    let (confirmed, mut confirmations) = mpsc::unbounded_channel();
    let sending = tokio::spawn(async move {
        for number in 0..ABOVE_THE_LIMIT {
            producer.send(body().property("number", number)).await?;
            confirmed.send(number)?;
        }
        anyhow::Ok(())
    });
    let mut last = 0;
    while let Ok(confirmed) = timeout(QUIET, confirmations.recv()).await {
        last = confirmed.context("there is room for everything")?;
    }
    ensure!(last > 0 && last < ABOVE_THE_LIMIT - 1, "it waits after {last}");
    let mut consumer = connection.consumer("full").build().await?;
    for number in 0..ABOVE_THE_LIMIT {
        let delivery = consumer.receive_timeout(SOON).await?;
        let delivery = delivery.with_context(|| format!("{number} is lost"))?;
        ensure!(delivery.property("number") == Some(number), "not in order: {number}");
    }
    sending.await??;
    connection.close().await;
    server.stop().await?;
    Ok(())
}

/// Others have filled the disk to the last byte.
pub(crate) fn fill_up(folder: &Path) -> Result<PathBuf> {
    let path = folder.join("of others");
    let mut file = std::fs::File::create(&path)?;
    for size in [1 << 20, 1 << 12, 1] {
        while file.write_all(&vec![0; size]).is_ok() {}
    }
    Ok(path)
}

/// It can neither count its takeover nor open the store: that is no reason to end.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs root to mount a small file system: run tests/run"]
async fn a_slave_whose_shared_directory_is_full_takes_over_when_there_is_room() -> Result<()> {
    let disk = SmallDisk::mount(64)?;
    let broker = Relais::new().directory(&disk.path().join("store")).log("info");
    let mut master = broker.clone().name("first").start().await?;
    let mut slave = broker.name("second").start().await?;
    ensure!(master.is_ready() && !slave.is_ready(), "not a master and a slave");
    let connection = Connection::builder(master.url()?).send_timeout(SOON).connect().await?;
    let producer = connection.producer("full").build().await?;
    for number in 0..FEW {
        producer.send(body().property("number", number)).await?;
    }
    let others = fill_up(disk.path())?;
    // What is taken needs no room.
    let mut consumer = connection.consumer("full").ack(AckMode::Individual).build().await?;
    consumer.receive_timeout(SOON).await?.context("the first is lost")?.ack().await?;
    master.kill().await?;
    ensure!(slave.until_ready(WITHOUT_ROOM).await.is_err(), "it serves without room");
    let said = slave.process().failure("its log").to_string();
    ensure!(said.contains("no room to become the master"), "{said}");
    std::fs::remove_file(others)?;
    slave.until_ready(SOON).await?;
    let connection = Connection::builder(slave.url()?).connect().await?;
    let mut consumer = connection.consumer("full").build().await?;
    for number in 1..FEW {
        let delivery = consumer.receive_timeout(SOON).await?;
        let delivery = delivery.with_context(|| format!("{number} is lost"))?;
        let found: Option<i32> = delivery.property("number");
        ensure!(found == Some(number), "{found:?} instead of {number}");
    }
    connection.close().await;
    slave.stop().await?;
    Ok(())
}

/// A master waits for room as senders do; its slave waits for the master.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs root to mount a small file system: run tests/run"]
async fn a_master_whose_shared_directory_is_full_goes_on_when_there_is_room() -> Result<()> {
    let disk = SmallDisk::mount(64)?;
    let broker = Relais::new().directory(&disk.path().join("store"));
    let mut master = broker.clone().name("first").start().await?;
    let mut slave = broker.name("second").start().await?;
    let connection = Connection::builder(master.url()?).connect().await?;
    let producer = connection.producer("full").build().await?;
    producer.send("before").await?;
    let others = fill_up(disk.path())?;
    let sending = tokio::spawn(async move { producer.send("during").await.map(drop) });
    ensure!(slave.until_ready(WITHOUT_ROOM).await.is_err(), "two masters");
    std::fs::remove_file(others)?;
    timeout(SOON, sending).await.context("it waits although there is room")???;
    master.kill().await?;
    slave.until_ready(SOON).await?;
    let connection = Connection::builder(slave.url()?).connect().await?;
    let mut consumer = connection.consumer("full").build().await?;
    for text in ["before", "during"] {
        let delivery = consumer.receive_timeout(SOON).await?;
        let delivery = delivery.with_context(|| format!("{text} is lost"))?;
        ensure!(delivery.text()? == text, "{:?} instead of {text}", delivery.text());
        delivery.ack().await?;
    }
    connection.close().await;
    slave.stop().await?;
    Ok(())
}

/// Some rounds, with a kill and an orderly end in between; returns the least that was taken.
async fn fill_and_drain(store: &Path, arguments: &[&str]) -> Result<u64> {
    let broker = Relais::new().directory(store).argument("--send-fail-if-no-space");
    let broker = arguments.iter().fold(broker, |it, arg| it.argument(arg));
    let mut server = broker.start().await?;
    let mut least = u64::MAX;
    for round in 0..ROUNDS {
        let connection = Connection::builder(server.url()?).send_timeout(SOON).connect().await?;
        let producer = connection.producer("full").build().await?;
        let confirmed = fill(&producer).await?;
        least = least.min(confirmed);
        let mut consumer = connection.consumer("full").build().await?;
        for number in 0..confirmed {
            let delivery = consumer.receive_timeout(SOON).await?;
            delivery.with_context(|| format!("{number} of {confirmed} is lost"))?;
        }
        let more = consumer.receive_timeout(Duration::from_millis(100)).await?;
        ensure!(more.is_none(), "round {round}: more than was confirmed");
        accepted_again(&producer).await?;
        consumer.receive_timeout(SOON).await?.context("the last one is lost")?;
        consumer.close().await?;
        connection.close().await;
        match round {
            0 => server.kill().await?,
            1 => drop(server.stop().await?),
            _ => continue,
        }
        server = broker.start().await?;
        // What was being acknowledged when the broker was killed may be there again.
        drain(&server).await?;
    }
    server.stop().await?;
    Ok(least)
}

async fn drain(server: &Server) -> Result<()> {
    let connection = Connection::builder(server.url()?).connect().await?;
    let mut consumer = connection.consumer("full").build().await?;
    while consumer.receive_timeout(Duration::from_millis(200)).await?.is_some() {}
    consumer.close().await?;
    connection.close().await;
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
    timeout(Duration::from_secs(180), accepted).await.context("the disk stays full")?
}

/// Of large ones, so many fit.
const FEW: i32 = 20;
/// Whoever needs room has looked for it.
const WITHOUT_ROOM: Duration = Duration::from_secs(4);
/// No confirmation for so long: the sender waits.
const QUIET: Duration = Duration::from_secs(2);
/// Messages of 64 KiB, twice as much as a limit of 20 MB leaves room for.
const ABOVE_THE_LIMIT: i32 = 600;
const ROUNDS: u32 = 5;
const BODY: u64 = 64 * 1024;

fn body() -> Message {
    Message::bytes(vec![b'x'; 64 * 1024])
}
