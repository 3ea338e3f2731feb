//! A pair of brokers behind TLS, as Amazon MQ has it: one serves, the other waits.

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use relaismq::{Connection, Event};
use relaismq_tests::activemq::{ActiveMq, Tls, Version};
use relaismq_tests::authority::Authority;
use relaismq_tests::ports;

use super::ADDRESS;
use crate::brokers::{SOON, is_interrupted, is_resumed, until};

#[tokio::test]
#[ignore = "needs ActiveMQ and Java: run tests/run"]
async fn the_standby_takes_over_behind_tls() -> Result<()> {
    for version in [Version::Five, Version::Six] {
        takes_over(version).await?;
    }
    Ok(())
}

async fn takes_over(version: Version) -> Result<()> {
    let authority = Authority::new("Test CA");
    let directory = tempfile::tempdir()?;
    let ports = [ports::free()?, ports::free()?];
    let broker = |name, port| {
        let tls = Tls::new(&authority.issue(name, ADDRESS)).port(port);
        ActiveMq::new().version(version).name(name).shared_directory(directory.path()).tls(&tls)
    };
    let mut master = broker("b-1", ports[0]).start().await?;
    let mut slave = broker("b-2", ports[1]).start().await?;
    ensure!(master.is_ready() && !slave.is_ready());

    let [one, two] = ports.map(|port| format!("ssl://127.0.0.1:{port}"));
    // As pasted, but for the CA that no system knows.
    let uri = format!("failover:({two},{one})?nested.tls.caFile={}", authority.file().display());
    let connection =
        Connection::builder(uri).connect_timeout(SOON).send_timeout(SOON).connect().await?;
    let mut events = connection.events();
    let producer = connection.producer("orders").build().await?;
    for number in 0..50 {
        producer.send(format!("{number}")).await?;
    }
    master.kill().await?;
    let after = tokio::spawn({
        let producer = producer.clone();
        async move {
            for number in 50..100 {
                producer.send(format!("{number}")).await?;
            }
            anyhow::Ok(())
        }
    });
    until(&mut events, SOON, is_interrupted).await?;
    slave.until_ready(SOON).await?;
    let resumed = until(&mut events, SOON, is_resumed).await?;
    let Event::Resumed { broker, .. } = resumed else { anyhow::bail!("{resumed:?}") };
    assert_eq!(broker.to_string(), two);
    after.await??;

    let mut consumer = connection.consumer("orders").build().await?;
    let mut seen = BTreeSet::new();
    while seen.len() < 100 {
        let order =
            consumer.receive_timeout(SOON).await?.with_context(|| format!("only {seen:?}"))?;
        seen.insert(order.text()?.to_string());
        order.ack().await?;
    }
    connection.close().await;
    Ok(())
}
