//! Consumers and browsers to whom nothing is sent ahead.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use futures::TryStreamExt;
use relaismq::{Consumer, Received};
use relaismq_tests::make::Make;
use relaismq_tests::proxy::{Direction, Proxy};
use tokio::time::timeout;

use crate::brokers::{SOON, builder, on_makes};

on_makes!(
    [on_activemq: FIVE, on_activemq_6: SIX, on_artemis: Artemis, on_our_broker: Ours],
    [
        an_empty_queue_is_waited_for_without_asking_all_the_time,
        a_browser_without_a_window_sees_everything
    ]
);

/// What is asked in such a time, with pauses of up to a second: a dozen questions and some signs of life.
const WAIT: Duration = Duration::from_secs(4);
const BYTES: u64 = 3000;

/// On Artemis these were 17,000 questions in three seconds.
async fn an_empty_queue_is_waited_for_without_asking_all_the_time(make: Make) -> Result<()> {
    let broker = make.start().await?;
    let proxy = Proxy::start(&broker.url()?).await?;
    let connection = builder(&format!("failover:({})", proxy.url())).connect().await?;
    let mut consumer = connection.consumer("pulled").prefetch(0).build().await?;
    let before = proxy.bytes(Direction::Upstream);
    ensure!(timeout(WAIT, consumer.receive()).await.is_err(), "a message out of nowhere");
    let asked = proxy.bytes(Direction::Upstream) - before;
    ensure!(asked < BYTES, "{asked} bytes");
    // What comes at last is not missed, whoever was waiting before.
    let producer = builder(&broker.url()?).connect().await?.producer("pulled").build().await?;
    let receiving = tokio::spawn(async move { two(&mut consumer).await });
    for text in ["one", "two"] {
        producer.send(text).await?;
    }
    assert_eq!(timeout(SOON, receiving).await???, ["one", "two"]);
    Ok(())
}

async fn two(consumer: &mut Consumer) -> Result<[String; 2]> {
    let one = consumer.receive().await?.text()?.to_string();
    let two = consumer.receive_timeout(SOON).await?.context("one is missing")?;
    Ok([one, two.text()?.to_string()])
}

async fn a_browser_without_a_window_sees_everything(make: Make) -> Result<()> {
    let broker = make.start().await?;
    for option in ["jms.prefetchPolicy.all=0", "jms.prefetchPolicy.queueBrowserPrefetch=0"] {
        let url = format!("failover:({})?{option}", broker.url()?);
        let connection = builder(&url).connect().await?;
        let queue = option.rsplit('.').next().context("no name")?;
        let producer = connection.producer(queue).build().await?;
        let numbers: Vec<String> = (0..100).map(|number| number.to_string()).collect();
        for number in &numbers {
            producer.send(number.as_str()).await?;
        }
        for _ in 0..2 {
            let browser = connection.browser(queue).await?;
            let seen: Vec<Received> = timeout(SOON, browser.try_collect()).await??;
            let texts: Result<Vec<String>, _> =
                seen.iter().map(|message| message.text().map(|text| text.to_string())).collect();
            assert_eq!(texts?, numbers, "{option}");
        }
    }
    Ok(())
}
