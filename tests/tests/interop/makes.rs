//! Every make of broker starts, keeps messages, and serves every client.

use anyhow::{Context, Result};
use relaismq_tests::activemq::{ActiveMq, Version};
use relaismq_tests::artemis::Artemis;
use relaismq_tests::make::Make;
use relaismq_tests::peer::{AckMode, Connect, JmsMessage, JmsPeer, PeerError};
use relaismq_tests::server::Server;
use tempfile::tempdir;

use crate::brokers::{SOON, builder, on_each_make};

on_each_make!(a_broker_serves_our_client_and_both_of_java, a_broker_keeps_its_messages_over_a_kill);

async fn a_broker_serves_our_client_and_both_of_java(make: Make) -> Result<()> {
    let broker = make.start().await?;
    let url = broker.url()?;
    let connection = builder(&url).connect().await?;
    let producer = connection.producer("greetings").build().await?;
    for version in [Version::Five, Version::Six] {
        let peer = JmsPeer::start_version(version)?;
        let session = peer.connect(&url).await?.session(AckMode::Auto).await?;
        producer.send("from Rust").await?;
        let consumer = session.consumer("greetings").await?;
        let seen = consumer.receive(SOON).await?.context("nothing came to Java")?;
        assert_eq!(seen.text().as_deref(), Some("from Rust"));
        consumer.close().await?;

        session.producer("greetings").await?.send(&JmsMessage::text("from Java")).await?;
        let mut consumer = connection.consumer("greetings").build().await?;
        let seen = consumer.receive_timeout(SOON).await?.context("nothing came to Rust")?;
        assert_eq!(seen.text()?, "from Java");
        seen.ack().await?;
        consumer.close().await?;
    }
    Ok(())
}

async fn a_broker_keeps_its_messages_over_a_kill(make: Make) -> Result<()> {
    let directory = tempdir()?;
    let mut broker = make.start_in(directory.path()).await?;
    let connection = builder(&broker.url()?).connect().await?;
    connection.producer("kept").build().await?.send("still here").await?;
    broker.kill().await?;

    let broker = make.start_in(directory.path()).await?;
    let connection = builder(&broker.url()?).connect().await?;
    let mut consumer = connection.consumer("kept").build().await?;
    let seen = consumer.receive_timeout(SOON).await?.context("nothing came")?;
    assert_eq!(seen.text()?, "still here");
    Ok(())
}

#[tokio::test]
#[ignore = "needs ActiveMQ and Java: run tests/run"]
async fn activemq_6_lets_only_its_user_in() -> Result<()> {
    let broker = ActiveMq::new().version(Version::Six).login("app", "secret").start().await?;
    lets_only_its_user_in(&broker).await
}

#[tokio::test]
#[ignore = "needs ActiveMQ and Java: run tests/run"]
async fn artemis_lets_only_its_user_in() -> Result<()> {
    lets_only_its_user_in(&Artemis::new().login("app", "secret").start().await?).await
}

async fn lets_only_its_user_in(broker: &Server) -> Result<()> {
    let peer = JmsPeer::start_version(Version::Six)?;
    let connect = Connect::to(&broker.url()?);
    let wrong = peer.connect_with(&connect.clone().login("app", "wrong")).await.err();
    let class = wrong.as_ref().and_then(PeerError::class);
    assert_eq!(class, Some("jakarta.jms.JMSSecurityException"));
    peer.connect_with(&connect.login("app", "secret")).await?;
    Ok(())
}
