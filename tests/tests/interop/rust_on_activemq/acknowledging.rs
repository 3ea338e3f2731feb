//! Acknowledgement modes, redelivery and dead letters.

use anyhow::{Context, Result, ensure};
use futures::TryStreamExt;
use relaismq::AckMode;

use relaismq_tests::make::Make;

use crate::brokers::on_each_make;

use super::{QUIET, SOON, broker, is_quiet, receive, send_numbered, texts};

on_each_make!(
    an_automatic_acknowledgement_is_final_when_receive_returns,
    the_stream_acknowledges_when_the_next_is_asked_for,
    client_mode_acknowledges_all_so_far_and_individual_mode_one,
    recover_delivers_again_in_order,
    what_a_handler_fails_on_ends_in_the_dead_letter_queue,
    prefetch_zero_asks_for_each_message,
);

async fn an_automatic_acknowledgement_is_final_when_receive_returns(make: Make) -> Result<()> {
    let (_broker, connection) = broker(make).await?;
    send_numbered(&connection, "auto", 3).await?;
    let mut consumer = connection.consumer("auto").build().await?;
    assert_eq!(texts(&mut consumer, 2).await?, ["m0", "m1"]);
    consumer.close().await?;
    let mut again = connection.consumer("auto").build().await?;
    assert_eq!(texts(&mut again, 1).await?, ["m2"]);
    ensure!(is_quiet(&mut again).await?);
    Ok(())
}

async fn the_stream_acknowledges_when_the_next_is_asked_for(make: Make) -> Result<()> {
    let (_broker, connection) = broker(make).await?;
    send_numbered(&connection, "stream", 3).await?;
    let mut consumer = connection.consumer("stream").build().await?;
    for expected in ["m0", "m1"] {
        assert_eq!(consumer.try_next().await?.context("a message")?.text()?, expected);
    }
    consumer.close().await?;
    let mut again = connection.consumer("stream").build().await?;
    assert_eq!(texts(&mut again, 2).await?, ["m1", "m2"], "m1 was still being worked on");
    Ok(())
}

async fn client_mode_acknowledges_all_so_far_and_individual_mode_one(make: Make) -> Result<()> {
    let (_broker, connection) = broker(make).await?;
    for (mode, left) in [(AckMode::Client, vec!["m2"]), (AckMode::Individual, vec!["m0", "m2"])] {
        let queue = format!("ack.{mode:?}");
        send_numbered(&connection, &queue, 3).await?;
        let mut consumer = connection.consumer(queue.as_str()).ack(mode).build().await?;
        receive(&mut consumer).await?;
        receive(&mut consumer).await?.ack().await?;
        consumer.close().await?;
        let mut again = connection.consumer(queue.as_str()).build().await?;
        assert_eq!(texts(&mut again, left.len()).await?, left, "{mode:?}");
        ensure!(is_quiet(&mut again).await?, "{mode:?}");
    }
    Ok(())
}

async fn recover_delivers_again_in_order(make: Make) -> Result<()> {
    let (_broker, connection) = broker(make).await?;
    send_numbered(&connection, "recover", 3).await?;
    let mut consumer = connection.consumer("recover").ack(AckMode::Client).build().await?;
    assert_eq!(texts(&mut consumer, 2).await?, ["m0", "m1"]);
    consumer.recover().await?;
    let first = receive(&mut consumer).await?;
    assert_eq!((first.text()?.as_str(), first.delivery_count()), ("m0", 2));
    assert_eq!(texts(&mut consumer, 2).await?, ["m1", "m2"]);
    Ok(())
}

async fn what_a_handler_fails_on_ends_in_the_dead_letter_queue(make: Make) -> Result<()> {
    let (_broker, connection) = broker(make).await?;
    for mode in [AckMode::Auto, AckMode::Individual] {
        let queue = format!("poison.{mode:?}");
        send_numbered(&connection, &queue, 3).await?;
        let mut redelivery = connection.options().redelivery.clone();
        redelivery.maximum_redeliveries = Some(2);
        let consumer = connection.consumer(queue.as_str()).ack(mode).redelivery(redelivery);
        let mut consumer = consumer.build().await?;
        let (seen, mut log) = tokio::sync::mpsc::unbounded_channel();
        let handling = consumer.listen(|message: relaismq::Delivery| {
            let text = message.text().map(|it| it.to_string()).unwrap_or_default();
            seen.send(text.clone()).ok();
            async move { if text == "m1" { Err("no") } else { Ok(()) } }
        });
        let mut dead = connection.consumer("ActiveMQ.DLQ").build().await?;
        let buried = tokio::select! {
            result = handling => panic!("{result:?}"),
            buried = receive(&mut dead) => buried?,
        };
        assert_eq!(buried.text()?, "m1");
        ensure!(buried.property::<String>("dlqDeliveryFailureCause").is_some());
        let mut order = Vec::new();
        while let Ok(text) = log.try_recv() {
            order.push(text);
        }
        assert_eq!(order.iter().filter(|text| *text == "m1").count(), 3, "{mode:?}: {order:?}");
        assert_eq!(order.iter().filter(|text| *text == "m0").count(), 1, "{mode:?}: {order:?}");
        drop(consumer);
        let mut rest = connection.consumer(queue.as_str()).build().await?;
        let expected = usize::from(!order.contains(&"m2".to_owned()));
        let mut left = 0;
        while rest.receive_timeout(QUIET).await?.is_some() {
            left += 1;
        }
        ensure!(left <= expected, "{mode:?}: {order:?}, {left} left");
    }
    Ok(())
}

async fn prefetch_zero_asks_for_each_message(make: Make) -> Result<()> {
    let (_broker, connection) = broker(make).await?;
    let mut pulling = connection.consumer("pull").prefetch(0).build().await?;
    ensure!(pulling.receive_now().await?.is_none());
    ensure!(pulling.receive_timeout(QUIET).await?.is_none());
    send_numbered(&connection, "pull", 3).await?;
    assert_eq!(receive(&mut pulling).await?.text()?, "m0");
    let mut other = connection.consumer("pull").build().await?;
    assert_eq!(texts(&mut other, 2).await?, ["m1", "m2"], "nothing was sent ahead");
    other.close().await?;
    let waiting = tokio::spawn(async move { pulling.receive().await });
    send_numbered(&connection, "pull", 2).await?;
    assert_eq!(tokio::time::timeout(SOON, waiting).await???.delivery_count(), 1);
    Ok(())
}
