//! What a column cannot hold is refused before it is accepted, and the broker goes on.

use std::time::Duration;

use anyhow::{Result, ensure};
use relaismq::Connection;
use relaismq_examples::demo::databases::{DatabaseServer, Make};
use relaismq_tests::relais::Relais;

/// Longest wait for what should take a moment.
const SOON: Duration = Duration::from_secs(30);

/// The broker used to end with the database's own refusal.
async fn a_name_that_is_longer_than_its_column_is_refused_at_the_send(make: Make) -> Result<()> {
    let database = DatabaseServer::start(make).await?;
    let broker = Relais::new().store(&format!("sql:{}", database.url())).start().await?;
    let builder = Connection::builder(&broker.url()?).send_timeout(SOON).request_timeout(SOON);
    let connection = builder.connect().await?;
    let longest = "n".repeat(242);
    connection.producer(longest.as_str()).build().await?.send("fits").await?;
    let long = "n".repeat(243);
    let refused = match connection.producer(long.as_str()).build().await {
        Ok(producer) => producer.send("does not").await.err().map(|error| error.to_string()),
        Err(error) => Some(error.to_string()),
    };
    let refused = refused.unwrap_or_default();
    ensure!(refused.contains("may have 242 characters"), "{refused}");
    let mut consumer = connection.consumer(longest.as_str()).build().await?;
    let delivery = consumer.receive_timeout(SOON).await?;
    ensure!(delivery.is_some_and(|it| it.text().is_ok_and(|text| text == "fits")), "not there");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: run tests/run"]
async fn on_postgresql() -> Result<()> {
    a_name_that_is_longer_than_its_column_is_refused_at_the_send(Make::PostgreSql).await
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs MariaDB: run tests/run"]
async fn on_mariadb() -> Result<()> {
    a_name_that_is_longer_than_its_column_is_refused_at_the_send(Make::MariaDb).await
}
