//! Three brokers that keep the same messages, as programs: killed, paused, and left without a majority.

use std::{sync::Arc, time::Duration};

use anyhow::{Context, Result, ensure};
use relaismq::Connection;
use relaismq_tests::{group::Group, random::Random};
use serde_json::Value;
use tokio::time::timeout;

use crate::{
    disk_full::{SmallDisk, fill_up},
    kill::Run,
    load::{DEADLINE, connect},
};

const KILLS: u64 = 6;
/// Brokers come and go fast.
const OPTIONS: &str = "?maxReconnectDelay=100";
/// Nobody is the master as long as only one of three is there; it is looked for so long.
const ALONE: Duration = Duration::from_secs(3);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_doubled_or_torn_by_kills_of_the_master() -> Result<()> {
    let mut group = Group::start(3).await?;
    group.master().await?;
    for seed in 11..=12 {
        let run = Run::begin(seed, &group.url(OPTIONS)).await?;
        let mut random = Random::new(seed);
        for _ in 0..KILLS {
            run.load.more(random.below(60) + 1).await?;
            let master = group.master().await?;
            group.kill(master).await?;
            group.master().await?;
            group.begin(master).await?;
        }
        run.end().await?;
    }
    group.stop_all().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_majority_nothing_is_confirmed_and_all_is_there_when_one_returns() -> Result<()> {
    let mut group = Group::start(3).await?;
    let master = group.master().await?;
    let connection = connect(&group.url(OPTIONS), None).await?;
    let producer = connection.producer("q").build().await?;
    producer.send("before").await?;
    let others: Vec<usize> = (0..3).filter(|&n| n != master).collect();
    for &other in &others {
        group.kill(other).await?;
    }
    let send = producer.send("meanwhile");
    tokio::pin!(send);
    ensure!(timeout(ALONE, &mut send).await.is_err(), "confirmed by one of three");
    group.begin(*others.first().context("no other")?).await?;
    send.await.context("the failover transport sends it again")?;
    ensure!(
        texts(&group.url(OPTIONS)).await? == ["before", "meanwhile"],
        "not all is there, or not in order"
    );
    connection.close().await;
    group.stop_all().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_master_that_stood_still_confirms_nothing_and_becomes_a_slave() -> Result<()> {
    let mut group = Group::start(3).await?;
    let first = group.master().await?;
    let connection = connect(&group.url(OPTIONS), None).await?;
    let producer = connection.producer("q").build().await?;
    producer.send("before").await?;
    group.server(first)?.pause()?;
    let send = Arc::new(producer);
    let sending = tokio::spawn(async move { send.send("meanwhile").await });
    let mut second = None;
    for n in (0..3).filter(|&n| n != first) {
        if group.server(n)?.until_ready(DEADLINE / 4).await.is_ok() {
            second = Some(n);
            break;
        }
    }
    ensure!(second.is_some(), "nobody has taken over");
    group.server(first)?.resume()?;
    group.server(first)?.until_waiting(DEADLINE).await?;
    sending.await?.context("the failover transport sends it again")?;
    ensure!(
        texts(&group.url(OPTIONS)).await? == ["before", "meanwhile"],
        "not all is there, or not in order"
    );
    connection.close().await;
    group.stop_all().await
}

/// Whoever looks at the master sees all of them, and who is away.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_master_says_who_is_there_and_how_far_and_slaves_say_who_the_master_is() -> Result<()> {
    let mut group = Group::start(3).await?;
    group.master().await?;
    let (master, said) = group
        .until("all are there", |it| {
            let peers = it["peers"].as_array();
            it["quorum"]["present"] == 3
                && peers.is_some_and(|it| it.iter().all(|it| it["lag"] == 0))
        })
        .await?;
    ensure!(said["quorum"]["needed"] == 2 && said["term"].is_u64(), "{said}");
    let roles = |said: &Value| {
        let peers = said["peers"].as_array().cloned().unwrap_or_default();
        peers.iter().map(|it| it["role"].as_str().unwrap_or("").to_owned()).collect::<Vec<_>>()
    };
    let mut expected = ["slave"; 3];
    expected[master] = "master";
    ensure!(roles(&said) == expected, "{said}");
    let slave = (master + 1) % 3;
    let seen = group.about(slave).await?;
    ensure!(roles(&seen) == expected && seen["quorum"]["present"].is_null(), "{seen}");
    ensure!(seen["peers"][slave]["this"] == true && seen["role"] == "slave", "{seen}");
    group.kill(slave).await?;
    let (_, said) = group.until("one is away", |it| it["quorum"]["present"] == 2).await?;
    ensure!(said["peers"][slave]["role"] == "away", "{said}");
    group.stop_all().await
}

/// As the operators' page says: first all are told of five, one after the other, then the two are started; and back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_grows_to_five_and_shrinks_to_three_and_nothing_stops() -> Result<()> {
    let mut group = Group::of(5)?;
    group.knows(3);
    for n in 0..3 {
        group.begin(n).await?;
    }
    group.master().await?;
    let connection = connect(&group.url(OPTIONS), None).await?;
    let producer = connection.producer("q").build().await?;
    producer.send("of three").await?;
    group.knows(5);
    restart_in_turns(&mut group).await?;
    group.begin_all().await?;
    group.until("five count", |it| it["quorum"]["present"] == 5).await?;
    producer.send("of five").await?;
    // Two of five may be away.
    for n in [0, 3] {
        group.kill(n).await?;
    }
    producer.send("of five but two").await?;
    group.begin_all().await?;
    group.until("five count again", |it| it["quorum"]["present"] == 5).await?;
    group.knows(3);
    restart_in_turns(&mut group).await?;
    // Whoever is told of five leads perhaps: it ends, and one that knows better does.
    for n in [3, 4] {
        group.stop(n).await?;
    }
    let is_three = |it: &Value| it["peers"].as_array().is_some_and(|it| it.len() == 3);
    group.until("three are left", is_three).await?;
    let (master, _) = group.until("three count", |it| it["quorum"]["present"] == 3).await?;
    // One of three may be away.
    group.kill((master + 1) % 3).await?;
    producer.send("of three but one").await?;
    let expected = ["of three", "of five", "of five but two", "of three but one"];
    ensure!(texts(&group.url(OPTIONS)).await? == expected, "not all is there, or not in order");
    connection.close().await;
    group.stop_all().await
}

/// The first three, each when all others are there.
async fn restart_in_turns(group: &mut Group) -> Result<()> {
    for n in 0..3 {
        group.stop(n).await?;
        group.master().await?;
        group.begin(n).await?;
        let count = |it: &Value| it["peers"].as_array().map(Vec::len);
        group
            .until("all are back", |it| {
                it["quorum"]["present"].as_u64() == count(it).map(|it| it as u64)
            })
            .await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_that_has_lost_its_disk_rejoins_and_counts_again() -> Result<()> {
    let mut group = Group::start(3).await?;
    let master = group.master().await?;
    let connection = connect(&group.url(OPTIONS), None).await?;
    let producer = connection.producer("q").build().await?;
    producer.send("before").await?;
    let (lost, other) = ((master + 1) % 3, (master + 2) % 3);
    group.kill(lost).await?;
    group.until("it is away", |it| it["quorum"]["present"] == 2).await?;
    std::fs::remove_dir_all(group.folder(lost))?;
    group.begin(lost).await?;
    group.until("three count", |it| it["quorum"]["present"] == 3).await?;
    group.kill(other).await?;
    producer.send("after").await?;
    group.kill(master).await?;
    group.begin(other).await?;
    ensure!(
        texts(&group.url(OPTIONS)).await? == ["before", "after"],
        "not all is there, or not in order"
    );
    connection.close().await;
    group.stop_all().await
}

/// The directory of one is full: the others go on, and it comes back when there is room.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs root to mount a small file system: run tests/run"]
async fn a_follower_without_room_holds_nobody_up_and_comes_back_when_there_is_room() -> Result<()> {
    let mut group = Group::of(3)?;
    let disk = SmallDisk::mount(64)?;
    group.change(2, |it| it.store(&format!("replicated:{}", disk.path().join("c").display())))?;
    group.begin_all().await?;
    // The one on the small disk is to follow.
    while group.master().await? == 2 {
        group.stop(2).await?;
        group.master().await?;
        group.begin(2).await?;
    }
    let (url, body) = (group.url(OPTIONS), vec![b'x'; 64 * 1024]);
    let connection = connect(&url, None).await?;
    let producer = connection.producer("q").build().await?;
    producer.send("before").await?;
    let others = fill_up(disk.path())?;
    for _ in 0..50 {
        producer.send(relaismq::Message::bytes(body.clone())).await?;
    }
    group.until("one is away", |it| it["quorum"]["present"] == 2).await?;
    producer.send("meanwhile").await?;
    std::fs::remove_file(others)?;
    let is_back = |it: &Value| it["quorum"]["present"] == 3 && it["peers"][2]["lag"] == 0;
    group.until("it is back", is_back).await?;
    connection.close().await;
    group.stop_all().await
}

/// What is in the queue.
async fn texts(url: &str) -> Result<Vec<String>> {
    let connection: Connection = connect(url, None).await?;
    let mut consumer = connection.consumer("q").build().await?;
    let mut found = Vec::new();
    while let Some(delivery) = consumer.receive_timeout(Duration::from_secs(2)).await? {
        found.push(delivery.text()?.to_string());
        delivery.ack().await?;
    }
    connection.close().await;
    Ok(found)
}
