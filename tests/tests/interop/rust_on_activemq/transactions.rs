//! Local transactions.

use anyhow::{Context, Result, ensure};

use super::{SOON, broker, is_quiet, receive, send_numbered, texts};

#[tokio::test]
#[ignore = "needs ActiveMQ and Java: run tests/run"]
async fn a_transaction_happens_altogether_or_not_at_all() -> Result<()> {
    let (_broker, connection) = broker().await?;
    send_numbered(&connection, "tx.in", 2).await?;
    let mut out = connection.consumer("tx.out").build().await?;

    let mut tx = connection.transaction().await?;
    let order = tx.receive("tx.in", SOON).await?.context("an order")?;
    tx.send("tx.out", &*order).await?;
    ensure!(is_quiet(&mut out).await?, "nothing shows before the commit");
    tx.commit().await?;
    assert_eq!(texts(&mut out, 1).await?, ["m0"]);

    let mut tx = connection.transaction().await?;
    let order = tx.receive("tx.in", SOON).await?.context("an order")?;
    assert_eq!(order.text()?, "m1");
    tx.send("tx.out", "never").await?;
    tx.rollback().await?;

    let mut tx = connection.transaction().await?;
    let again = tx.receive("tx.in", SOON).await?.context("an order")?;
    assert_eq!(again.text()?, "m1");
    tx.send("tx.out", "never either").await?;
    drop(tx);
    let mut input = connection.consumer("tx.in").build().await?;
    assert_eq!(texts(&mut input, 1).await?, ["m1"], "dropping rolls back");
    ensure!(is_quiet(&mut out).await?);
    Ok(())
}

#[tokio::test]
#[ignore = "needs ActiveMQ and Java: run tests/run"]
async fn a_transacted_session_goes_on_after_commit_and_rollback() -> Result<()> {
    let (_broker, connection) = broker().await?;
    send_numbered(&connection, "session.in", 4).await?;
    let session = connection.transacted_session().await?;
    let mut consumer = session.consumer("session.in").build().await?;
    let producer = session.producer("session.out").build().await?;
    assert_eq!(texts(&mut consumer, 2).await?, ["m0", "m1"]);
    producer.send("first").await?;
    session.commit().await?;
    assert_eq!(texts(&mut consumer, 1).await?, ["m2"]);
    producer.send("undone").await?;
    session.rollback().await?;
    let again = receive(&mut consumer).await?;
    assert_eq!((again.text()?.as_str(), again.redelivered()), ("m2", true));
    assert_eq!(texts(&mut consumer, 1).await?, ["m3"]);
    producer.send("second").await?;
    session.commit().await?;
    let mut out = connection.consumer("session.out").build().await?;
    assert_eq!(texts(&mut out, 2).await?, ["first", "second"]);
    ensure!(is_quiet(&mut out).await? && is_quiet(&mut consumer).await?);
    Ok(())
}
