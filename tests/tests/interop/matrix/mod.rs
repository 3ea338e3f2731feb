//! Every kind of message, with every property and header, between both clients in all four
//! directions, through every broker but Artemis, see [`crate::artemis`]. Compared value by value and type by type.

use std::collections::BTreeMap;
use std::time::SystemTime;

use anyhow::{Context, Result, ensure};
use relaismq_tests::make::Make;
use relaismq_tests::peer::{Body, JmsPeer};
use relaismq_tests::server::Server;
use tempfile::tempdir;

use crate::brokers::on_each_broker;

use self::client::{Client, Seen};
use self::specimen::Specimen;

mod client;
mod priorities;
mod specimen;
mod turns;
mod values;

/// Both clients on one broker.
async fn clients(peer: &JmsPeer, broker: &Server, compress: bool) -> Result<[Client; 2]> {
    let url = broker.url()?;
    Ok([Client::ours(&url, compress).await?, Client::java(peer, &url, compress).await?])
}

/// What can cross from one to the other.
fn specimens(from: &Client, to: &Client) -> Vec<Specimen> {
    let mut all = specimen::all();
    if from.is_java() {
        all.extend(specimen::java_only());
    }
    if !to.is_java() {
        all.extend(specimen::beyond_the_java_receiver());
    }
    all
}

/// Sends every specimen each way, one after the other.
async fn cross(broker: &Server, compress: bool) -> Result<()> {
    let peer = JmsPeer::start()?;
    let clients = clients(&peer, broker, compress).await?;
    for from in &clients {
        for to in &clients {
            let queue = queue(from, to);
            let (sender, mut receiver) = (from.sender(&queue).await?, to.receiver(&queue).await?);
            for specimen in specimens(from, to) {
                let begun = now()?;
                let id = sender.send(&specimen).await.with_context(|| brief(&specimen))?;
                let seen = receiver.receive().await.with_context(|| brief(&specimen))?;
                assert_eq!(seen.id, id);
                assert_eq!(seen.deliveries, 1, "{queue}: {}", brief(&specimen));
                check(&queue, &specimen, &seen)?;
                ensure!(seen.timestamp >= begun && seen.timestamp <= now()?, "{}", seen.timestamp);
            }
        }
    }
    Ok(())
}

fn check(way: &str, sent: &Specimen, seen: &Seen) -> Result<()> {
    let got = &seen.specimen;
    assert_eq!(got.headers, sent.headers, "{way}");
    for (name, value) in &sent.properties {
        let same = got.properties.get(name) == Some(value);
        ensure!(same, "{way}: property {name}: {:?} for {value:?}", got.properties.get(name));
    }
    assert_eq!(got.properties.len(), sent.properties.len(), "{way}");
    if let (Body::Map(sent), Body::Map(got)) = (&sent.body, &got.body) {
        for (name, value) in sent {
            let same = got.get(name) == Some(value);
            ensure!(same, "{way}: entry {name}: {:?} for {value:?}", got.get(name));
        }
    }
    ensure!(got.body == sent.body, "{way}: {} for {}", brief(got), brief(sent));
    Ok(())
}

fn queue(from: &Client, to: &Client) -> String {
    let name = |client: &Client| if client.is_java() { "java" } else { "ours" };
    format!("{}-to-{}", name(from), name(to))
}

/// For messages about it, without megabytes.
fn brief(specimen: &Specimen) -> String {
    format!("{specimen:?}").chars().take(2000).collect()
}

#[expect(clippy::disallowed_methods, reason = "to compare with the times that clients write")]
fn now() -> Result<i64> {
    Ok(SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_millis().try_into()?)
}

on_each_broker!(
    every_message_crosses_in_all_directions,
    every_compressed_message_crosses_in_all_directions,
    every_message_survives_a_killed_broker_in_its_directory,
);

async fn every_message_crosses_in_all_directions(make: Make) -> Result<()> {
    cross(&make.start().await?, false).await
}

async fn every_compressed_message_crosses_in_all_directions(make: Make) -> Result<()> {
    cross(&make.start().await?, true).await
}

async fn every_message_survives_a_killed_broker_in_its_directory(make: Make) -> Result<()> {
    let directory = tempdir()?;
    let peer = JmsPeer::start()?;
    let mut sent: BTreeMap<String, BTreeMap<String, Specimen>> = BTreeMap::new();
    let mut broker = make.start_in(directory.path()).await?;
    let senders = clients(&peer, &broker, false).await?;
    for from in &senders {
        for to in &senders {
            let queue = queue(from, to);
            let sender = from.sender(&queue).await?;
            let messages = sent.entry(queue).or_default();
            for mut specimen in specimens(from, to) {
                specimen.headers.persistent = true;
                messages.insert(sender.send(&specimen).await?, specimen);
            }
        }
    }
    broker.kill().await?;
    drop(senders);

    let broker = make.start_in(directory.path()).await?;
    let [ours, java] = clients(&peer, &broker, false).await?;
    for (queue, mut messages) in sent {
        let to = if queue.ends_with("java") { &java } else { &ours };
        let mut receiver = to.receiver(&queue).await?;
        while !messages.is_empty() {
            let seen = receiver.receive().await.with_context(|| queue.clone())?;
            let specimen = messages.remove(&seen.id).context("a message that was not sent")?;
            check(&queue, &specimen, &seen)?;
            // Nobody received it before.
            assert_eq!(seen.deliveries, 1, "{queue}");
        }
    }
    Ok(())
}
