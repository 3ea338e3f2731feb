//! Stores with a hole: what a power cut can leave, and what it cannot.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use relaismq::{Connection, Message, Producer};
use relaismq_tests::{relais::Relais, server::Server};

use crate::startup::{SOON, run};

const LARGE: usize = 20 * 1024;
const PAGE: usize = 4096;

async fn producer(server: &Server) -> Result<(Connection, Producer)> {
    let connection = Connection::builder(server.url()?).send_timeout(SOON).connect().await?;
    let producer = connection.producer("orders").build().await?;
    Ok((connection, producer))
}

/// Fills the second page of the large message with zeros, as a power cut does which leaves the last
/// write on the disk except for one page in its middle. Returns the segment's name.
fn punch(store: &Path) -> Result<String> {
    let folder = store.join("messages");
    let pattern = [b'L'; 64];
    for entry in std::fs::read_dir(&folder)? {
        let path = entry?.path();
        let mut bytes = std::fs::read(&path)?;
        let found = bytes.windows(pattern.len()).position(|window| window == pattern);
        if let Some(start) = found {
            let page = (start / PAGE + 1) * PAGE;
            bytes[page..page + PAGE].fill(0);
            std::fs::write(&path, bytes)?;
            let name = path.file_name().context("no name")?.to_string_lossy().into_owned();
            return Ok(format!("messages/{name}"));
        }
    }
    anyhow::bail!("the large message is in no file")
}

async fn check(store: &Path) -> Result<(Option<i32>, String)> {
    let output = run(&["--check-store", &store.display().to_string()]).await?;
    let said = [output.stdout, output.stderr].concat();
    Ok((output.status.code(), String::from_utf8(said)?))
}

fn folder() -> Result<(tempfile::TempDir, PathBuf)> {
    let folder = tempfile::tempdir()?;
    let store = folder.path().join("store");
    Ok((folder, store))
}

/// The store took the hole for damage and refused to open: every confirmed message was locked in.
#[tokio::test(flavor = "multi_thread")]
async fn a_hole_in_the_last_message_before_a_power_cut_locks_no_other_message_in() -> Result<()> {
    let (_folder, store) = folder()?;
    let broker = Relais::new().directory(&store);
    let mut server = broker.start().await?;
    let (connection, producer) = producer(&server).await?;
    for number in 0..100 {
        producer.send(format!("order {number}")).await?;
    }
    producer.send(Message::bytes(vec![b'L'; LARGE])).await?;
    server.kill().await?;
    connection.close().await;
    punch(&store)?;
    let (status, said) = check(&store).await?;
    ensure!(status == Some(0) && said.contains("incomplete end"), "{status:?}: {said}");
    ensure!(said.contains("100 messages"), "{said}");
    let mut server = broker.start().await?;
    let connection = Connection::builder(server.url()?).connect().await?;
    let mut consumer = connection.consumer("orders").build().await?;
    for number in 0..100 {
        let order = consumer.receive_timeout(SOON).await?;
        let order = order.with_context(|| format!("order {number} is lost"))?;
        let expected = format!("order {number}");
        ensure!(order.text()? == expected.as_str(), "{:?}", order.text());
    }
    consumer.close().await?;
    connection.close().await;
    server.stop().await?;
    let (status, said) = check(&store).await?;
    ensure!(status == Some(0) && said.contains("closed"), "{status:?}: {said}");
    ensure!(said.contains("0 messages"), "{said}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hole_in_a_message_that_was_synced_is_refused_with_its_place_and_what_to_do() -> Result<()>
{
    let (_folder, store) = folder()?;
    let broker = Relais::new().directory(&store);
    let mut server = broker.start().await?;
    let (connection, producer) = producer(&server).await?;
    producer.send(Message::bytes(vec![b'L'; LARGE])).await?;
    for number in 0..10 {
        producer.send(format!("order {number}")).await?;
    }
    server.kill().await?;
    connection.close().await;
    let file = punch(&store)?;
    let place = format!("file:{}", store.display());
    let start = run(&["--store", &place, "--listen", "tcp://127.0.0.1:0"]).await?;
    ensure!(start.status.code() == Some(1) && start.stdout.is_empty(), "{}", start.status);
    let refused = String::from_utf8(start.stderr)?;
    let (status, checked) = check(&store).await?;
    ensure!(status == Some(1), "{status:?}: {checked}");
    for said in [refused, checked] {
        for part in ["damaged", file.as_str(), "byte ", "commit ", "synced", "copy"] {
            ensure!(said.contains(part), "{part} is not in {said}");
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_is_checked_without_a_broker_and_without_being_changed() -> Result<()> {
    let (_folder, store) = folder()?;
    let (status, said) = check(&store).await?;
    ensure!(status == Some(1) && said.contains("no store"), "{status:?}: {said}");
    ensure!(!store.exists(), "it was made");
    let broker = Relais::new().directory(&store);
    let mut server = broker.start().await?;
    let (connection, producer) = producer(&server).await?;
    producer.send("one").await?;
    let (status, said) = check(&store).await?;
    ensure!(status == Some(1) && said.contains("a broker is running"), "{status:?}: {said}");
    server.kill().await?;
    connection.close().await;
    for _ in 0..2 {
        let (status, said) = check(&store).await?;
        ensure!(status == Some(0) && said.contains("nothing is missing"), "{status:?}: {said}");
        ensure!(said.contains("1 queues") && said.contains("1 messages"), "{said}");
    }
    Ok(())
}
