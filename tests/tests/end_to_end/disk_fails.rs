//! A disk that reports an error when it is to keep something.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use relaismq::{Connection, Message, Producer, Receipt};
use relaismq_tests::{fault_library, relais::Relais, server::Server};

const SOON: Duration = Duration::from_secs(20);
/// Syncs before the disk dies: while the broker starts (it syncs some dozens of times), and later.
const SYNCS_THAT_WORK: [u32; 5] = [0, 9, 25, 75, 200];

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_whose_disk_fails_confirms_nothing_more_and_ends() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let library = fault_library::compile("failing_sync", folder.path()).await?;
    let mut most = 0;
    for syncs in SYNCS_THAT_WORK {
        let store = folder.path().join(format!("after-{syncs}"));
        let healthy = Relais::new().directory(&store).log("error");
        let failing = healthy.clone().preloaded(&library);
        let failing = failing.environment("SYNCS_THAT_WORK", &syncs.to_string());
        let confirmed = match failing.start().await {
            Ok(server) => confirmed_before_the_end(server).await?,
            Err(error) => {
                ensure!(format!("{error:#}").contains("os error 5"), "{error:#}");
                0
            }
        };
        check(&healthy, confirmed).await.with_context(|| format!("after {syncs} syncs"))?;
        most = most.max(confirmed);
    }
    ensure!(most > 50, "the disk always failed too early to tell: {most}");
    Ok(())
}

/// Sends until the broker has gone; returns how many messages it has confirmed.
async fn confirmed_before_the_end(mut server: Server) -> Result<u32> {
    let builder = Connection::builder(server.url()?).send_timeout(SOON);
    let connection = builder.connect().await?;
    let producer = connection.producer("fragile").build().await?;
    let mut confirmed = 0;
    while send(&producer, confirmed).await.is_ok_and(|receipt| receipt.confirmed()) {
        confirmed += 1;
    }
    let status = server.process().wait(SOON).await?;
    ensure!(status.code() == Some(1), "{status}");
    let said = format!("{:#}", server.process().failure("its last words"));
    ensure!(said.contains("ended as a failed master"), "{said}");
    ensure!(said.matches("os error 5").count() == 1, "not said once: {said}");
    Ok(confirmed)
}

async fn send(producer: &Producer, number: u32) -> Result<Receipt, relaismq::SendError> {
    producer.send(Message::text("kept?").property("number", i64::from(number))).await
}

/// With a healthy disk everything confirmed is there, and at most the one message more of which
/// nobody knows.
async fn check(broker: &Relais, confirmed: u32) -> Result<()> {
    let mut server = broker.start().await?;
    let connection = Connection::builder(server.url()?).connect().await?;
    let mut consumer = connection.consumer("fragile").build().await?;
    for number in 0..confirmed {
        let delivery = consumer.receive_timeout(SOON).await?;
        let delivery = delivery.with_context(|| format!("{number} of {confirmed} is lost"))?;
        let found = delivery.property::<i64>("number").context("no number")?;
        ensure!(found == i64::from(number), "{found} instead of {number}");
    }
    let more = consumer.receive_timeout(Duration::from_millis(200)).await?;
    if let Some(more) = more {
        let found = more.property::<i64>("number").context("no number")?;
        ensure!(found == i64::from(confirmed), "{found} was never sent");
    }
    connection.close().await;
    server.stop().await?;
    Ok(())
}
