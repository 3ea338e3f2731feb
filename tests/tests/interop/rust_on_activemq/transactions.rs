//! Local transactions.

use anyhow::{Context, Result, ensure};

use relaismq_tests::make::Make;

use crate::brokers::on_each_make;

use super::{SOON, broker, is_quiet, receive, send_numbered, texts};

on_each_make!(
    a_transaction_happens_altogether,
    what_is_rolled_back_or_dropped_has_not_happened,
    a_transacted_session_goes_on_after_a_commit,
    a_transacted_session_goes_on_after_a_rollback,
);

async fn a_transaction_happens_altogether(make: Make) -> Result<()> {
    let (_broker, connection) = broker(make).await?;
    send_numbered(&connection, "tx.in", 2).await?;
    let mut out = connection.consumer("tx.out").build().await?;

    let mut tx = connection.transaction().await?;
    let order = tx.receive("tx.in", SOON).await?.context("an order")?;
    tx.send("tx.out", &*order).await?;
    ensure!(is_quiet(&mut out).await?, "nothing shows before the commit");
    tx.commit().await?;
    assert_eq!(texts(&mut out, 1).await?, ["m0"]);
    Ok(())
}

async fn what_is_rolled_back_or_dropped_has_not_happened(make: Make) -> Result<()> {
    let (_broker, connection) = broker(make).await?;
    send_numbered(&connection, "tx.in", 1).await?;
    let mut out = connection.consumer("tx.out").build().await?;
    let mut tx = connection.transaction().await?;
    let order = tx.receive("tx.in", SOON).await?.context("an order")?;
    assert_eq!(order.text()?, "m0");
    tx.send("tx.out", "never").await?;
    tx.rollback().await?;

    let mut tx = connection.transaction().await?;
    let again = tx.receive("tx.in", SOON).await?.context("an order")?;
    assert_eq!(again.text()?, "m0");
    tx.send("tx.out", "never either").await?;
    drop(tx);
    let mut input = connection.consumer("tx.in").build().await?;
    assert_eq!(texts(&mut input, 1).await?, ["m0"], "dropping rolls back");
    ensure!(is_quiet(&mut out).await?);
    Ok(())
}

async fn a_transacted_session_goes_on_after_a_commit(make: Make) -> Result<()> {
    let (_broker, connection) = broker(make).await?;
    send_numbered(&connection, "session.in", 3).await?;
    let session = connection.transacted_session().await?;
    let mut consumer = session.consumer("session.in").build().await?;
    let producer = session.producer("session.out").build().await?;
    assert_eq!(texts(&mut consumer, 2).await?, ["m0", "m1"]);
    producer.send("first").await?;
    session.commit().await?;
    assert_eq!(texts(&mut consumer, 1).await?, ["m2"]);
    producer.send("second").await?;
    session.commit().await?;
    let mut out = connection.consumer("session.out").build().await?;
    assert_eq!(texts(&mut out, 2).await?, ["first", "second"]);
    Ok(())
}

async fn a_transacted_session_goes_on_after_a_rollback(make: Make) -> Result<()> {
    let (_broker, connection) = broker(make).await?;
    send_numbered(&connection, "session.in", 2).await?;
    let session = connection.transacted_session().await?;
    let mut consumer = session.consumer("session.in").build().await?;
    let producer = session.producer("session.out").build().await?;
    assert_eq!(texts(&mut consumer, 1).await?, ["m0"]);
    producer.send("undone").await?;
    session.rollback().await?;
    let again = receive(&mut consumer).await?;
    assert_eq!((again.text()?.as_str(), again.redelivered()), ("m0", true));
    assert_eq!(texts(&mut consumer, 1).await?, ["m1"]);
    session.commit().await?;
    let mut out = connection.consumer("session.out").build().await?;
    ensure!(is_quiet(&mut out).await? && is_quiet(&mut consumer).await?);
    Ok(())
}
