//! What an application leaves behind when it ends in good order, and how it is flagged. Each scenario
//! finds five messages in a queue.

use std::time::Duration;

use anyhow::{Context, Result};
use futures::{StreamExt, TryStreamExt};
use relaismq::{AckMode, Connection, Consumer, Delivery};
use relaismq_tests::make::Make;
use tempfile::tempdir;
use tokio::time::timeout;

use crate::brokers::{SOON, builder, on_each_broker};

on_each_broker!(
    closing_a_stream_leaves_what_it_did_not_give_out,
    dropping_a_stream_leaves_its_last_message_flagged,
    closing_the_connection_of_a_stream_leaves_what_it_did_not_give_out,
    dropping_everything_leaves_the_last_message_flagged,
    receiving_leaves_what_was_not_received,
    a_handler_that_has_not_come_to_its_end_leaves_its_message_flagged,
    individual_acknowledgements_leave_the_others_flagged_as_far_as_they_were_seen,
    a_transaction_that_was_dropped_leaves_what_it_took_flagged,
    browsing_flags_nothing,
    pulling_leaves_what_was_not_received,
);

/// What another client finds after `work`, such as `m3* m4 m5`; a star marks what is redelivered.
async fn left(make: Make, work: impl AsyncFnOnce(Connection) -> Result<()>) -> Result<String> {
    let directory = tempdir()?;
    let broker = make.start_in(directory.path()).await?;
    let url = broker.url()?;
    let connection = builder(&url).connect().await?;
    let producer = connection.producer("a").build().await?;
    for number in 1..=5 {
        producer.send(format!("m{number}")).await?;
    }
    producer.close().await?;
    work(connection).await?;
    let connection = builder(&url).connect().await?;
    let mut consumer = connection.consumer("a").build().await?;
    let mut found = Vec::new();
    while let Some(delivery) = consumer.receive_timeout(Duration::from_secs(1)).await? {
        let flag = if delivery.redelivered() { "*" } else { "" };
        found.push(format!("{}{flag}", delivery.text()?));
    }
    Ok(found.join(" "))
}

async fn three(stream: &mut Consumer) -> Result<Vec<Delivery>> {
    let three: Vec<_> = timeout(SOON, stream.take(3).try_collect()).await??;
    assert_eq!(three.len(), 3);
    Ok(three)
}

/// One of three messages came back, and not even flagged.
async fn closing_a_stream_leaves_what_it_did_not_give_out(make: Make) -> Result<()> {
    let left = left(make, async |connection| {
        let mut consumer = connection.consumer("a").build().await?;
        three(&mut consumer).await?;
        Ok(consumer.close().await?)
    });
    assert_eq!(left.await?, "m4 m5");
    Ok(())
}

async fn dropping_a_stream_leaves_its_last_message_flagged(make: Make) -> Result<()> {
    let left = left(make, async |connection| {
        let consumer = connection.consumer("a").build().await?;
        let taken: Vec<_> = timeout(SOON, consumer.take(3).try_collect()).await??;
        let _: Vec<Delivery> = taken;
        connection.close().await;
        Ok(())
    });
    assert_eq!(left.await?, "m3* m4 m5");
    Ok(())
}

async fn closing_the_connection_of_a_stream_leaves_what_it_did_not_give_out(
    make: Make,
) -> Result<()> {
    let left = left(make, async |connection| {
        let mut consumer = connection.consumer("a").build().await?;
        three(&mut consumer).await?;
        connection.close().await;
        Ok(())
    });
    assert_eq!(left.await?, "m4 m5");
    Ok(())
}

async fn dropping_everything_leaves_the_last_message_flagged(make: Make) -> Result<()> {
    let left = left(make, async |connection| {
        let mut consumer = connection.consumer("a").build().await?;
        three(&mut consumer).await?;
        Ok(())
    });
    assert_eq!(left.await?, "m3* m4 m5");
    Ok(())
}

async fn receiving_leaves_what_was_not_received(make: Make) -> Result<()> {
    let left = left(make, async |connection| {
        let mut consumer = connection.consumer("a").build().await?;
        consumer.receive().await?;
        consumer.receive_timeout(SOON).await?.context("nothing")?;
        while consumer.receive_now().await?.is_none() {
            tokio::task::yield_now().await;
        }
        Ok(())
    });
    assert_eq!(left.await?, "m4 m5");
    Ok(())
}

async fn a_handler_that_has_not_come_to_its_end_leaves_its_message_flagged(
    make: Make,
) -> Result<()> {
    for closed in [true, false] {
        let left = left(make, async |connection| {
            let mut consumer = connection.consumer("a").build().await?;
            let (reached, mut there) = tokio::sync::watch::channel(false);
            let listening = consumer.listen(|delivery| {
                let reached = reached.clone();
                async move {
                    if delivery.text().is_ok_and(|text| text == "m3") {
                        reached.send_replace(true);
                        std::future::pending::<()>().await;
                    }
                    Ok::<(), std::io::Error>(())
                }
            });
            tokio::select! {
                ended = listening => ended?,
                is_there = timeout(SOON, there.wait_for(|there| *there)) => drop(is_there??),
            }
            if closed {
                connection.close().await;
            }
            Ok(())
        });
        assert_eq!(left.await?, "m3* m4 m5");
    }
    Ok(())
}

async fn individual_acknowledgements_leave_the_others_flagged_as_far_as_they_were_seen(
    make: Make,
) -> Result<()> {
    for closed in [true, false] {
        let left = left(make, async |connection| {
            let consumer = connection.consumer("a").ack(AckMode::Individual);
            let mut consumer = consumer.build().await?;
            let taken = three(&mut consumer).await?;
            taken.last().context("nothing")?.ack().await?;
            if closed {
                connection.close().await;
            }
            Ok(())
        });
        assert_eq!(left.await?, "m1* m2* m4 m5");
    }
    Ok(())
}

async fn a_transaction_that_was_dropped_leaves_what_it_took_flagged(make: Make) -> Result<()> {
    for closed in [true, false] {
        let left = left(make, async |connection| {
            let mut transaction = connection.transaction().await?;
            for _ in 0..3 {
                transaction.receive("a", SOON).await?.context("nothing")?;
            }
            if closed {
                connection.close().await;
            }
            Ok(())
        });
        assert_eq!(left.await?, "m1* m2* m3* m4 m5");
    }
    Ok(())
}

async fn browsing_flags_nothing(make: Make) -> Result<()> {
    let left = left(make, async |connection| {
        let seen: Vec<_> =
            timeout(SOON, connection.browser("a").await?.take(3).try_collect()).await??;
        let _: Vec<relaismq::Received> = seen;
        Ok(())
    });
    assert_eq!(left.await?, "m1 m2 m3 m4 m5");
    Ok(())
}

async fn pulling_leaves_what_was_not_received(make: Make) -> Result<()> {
    let left = left(make, async |connection| {
        let mut consumer = connection.consumer("a").prefetch(0).build().await?;
        consumer.receive().await?;
        three(&mut consumer).await?;
        Ok(())
    });
    // The stream gave out the fourth, and was dropped.
    assert_eq!(left.await?, "m4* m5");
    Ok(())
}
