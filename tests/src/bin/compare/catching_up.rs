//! A broker of three that has missed everything comes back, while clients are served.
//!
//! ```text
//! cargo run --release -p relaismq-tests --bin compare -- --catch-up 1000000
//! ```
#![expect(clippy::indexing_slicing, reason = "of JSON: what is missing is null")]

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use relaismq::{Connection, Message, Producer};
use relaismq_tests::group::Group;
use serde_json::Value;

use crate::{
    deep::client::{fill, now},
    replicated::memory,
};

/// What was found; text for BENCHMARKS.md.
pub(crate) async fn measure(messages: u64) -> Result<String> {
    let mut text = format!(
        "## Catching up\n\nThree brokers on this machine; one that was away while {messages} messages of 1 KiB came, and then one that has lost its \
         disk, come back while a client sends one message after the other.\n\n\
         | | s | sent meanwhile | longest wait for a confirmation, ms | resident at most, MiB |\n|---|---:|---:|---:|---:|\n"
    );
    for (name, wiped) in [("was away", false), ("has lost its disk", true)] {
        text.push_str(&trial(name, wiped, messages).await?);
    }
    Ok(text)
}

async fn trial(name: &str, wiped: bool, messages: u64) -> Result<String> {
    let mut group = Group::start(3).await?;
    let (master, _) = group.until("all are there", |it| it["quorum"]["present"] == 3).await?;
    let away = (master + 1) % 3;
    if !wiped {
        group.kill(away).await?;
    }
    fill(&group.url(""), messages).await?;
    if wiped {
        group.until("it has everything", |it| lag(it, away) == Some(0)).await?;
        group.kill(away).await?;
        group.until("it is away", |it| it["quorum"]["present"] == 2).await?;
        std::fs::remove_dir_all(group.folder(away))?;
    }
    let connection = Connection::builder(group.url("")).connect().await?;
    let producer = connection.producer("MEANWHILE").build().await?;
    let begin = now();
    group.begin(away).await?;
    let (mut sent, mut longest) = (0_u64, Duration::ZERO);
    loop {
        for _ in 0..LOOK_AFTER {
            longest = longest.max(send(&producer).await?);
            sent += 1;
        }
        let said = group.about(master).await?;
        if said["quorum"]["present"] == 3 && lag(&said, away).is_some_and(|lag| lag < NEXT_TO_NONE)
        {
            break;
        }
        ensure!(begin.elapsed() < PATIENCE, "it does not catch up: {said}");
    }
    let (time, memory) = (begin.elapsed(), memory(&mut group).await?);
    connection.close().await;
    group.stop_all().await?;
    let (time, longest) = (time.as_secs_f64(), longest.as_secs_f64() * 1000.0);
    Ok(format!("| {name} | {time:.1} | {sent} | {longest:.0} | {memory:?} |\n"))
}

async fn send(producer: &Producer) -> Result<Duration> {
    let begin = now();
    producer.send(Message::bytes(vec![b'x'; 1024])).await.context("a client is not served")?;
    Ok(begin.elapsed())
}

/// How many entries the broker with this number lacks, if it counts.
fn lag(said: &Value, n: usize) -> Option<u64> {
    said["peers"].get(n).filter(|it| it["role"] == "slave")?["lag"].as_u64()
}

const LOOK_AFTER: u64 = 20;
/// What is just on its way.
const NEXT_TO_NONE: u64 = 20;
const PATIENCE: Duration = Duration::from_secs(600);
