//! The lease of a database that does not answer.

use std::{path::Path, time::Duration};

use sqlx::{Connection as _, SqliteConnection, sqlite::SqliteConnectOptions};
use tokio::time::timeout;

use crate::{
    error::BrokerError,
    node::{database_lease::DatabaseLease, mastership::Mastership},
    store::{StoreError, lock::LockOptions, sql::SqlOptions},
};

const LEASE: Duration = Duration::from_millis(500);
/// Longest wait for what should take about a lease.
const SOON: Duration = Duration::from_secs(20);

/// What becomes of a master while somebody else writes for longer than its lease.
async fn lost(folder: &Path, stop_on_error: bool) -> Result<String, BrokerError> {
    let options = SqlOptions::embedded(folder);
    let lock =
        LockOptions { acquire_interval: Some(LEASE), stop_on_error, ..LockOptions::default() };
    let mut lease = DatabaseLease::new(options, lock, "one");
    lease.acquire(&|holder| panic!("waits for {holder}")).await.unwrap();
    let file = SqliteConnectOptions::new().filename(folder.join("relaismq.sqlite"));
    let mut writer = SqliteConnection::connect_with(&file).await.unwrap();
    sqlx::query("BEGIN IMMEDIATE").execute(&mut writer).await.unwrap();
    let lost = timeout(SOON, lease.lost()).await.expect("in time");
    sqlx::query("ROLLBACK").execute(&mut writer).await.unwrap();
    lease.release().await;
    lost
}

#[tokio::test]
async fn a_lease_that_cannot_be_renewed_makes_a_slave_or_ends_the_broker() {
    let folder = tempfile::tempdir().unwrap();
    let why = lost(folder.path(), false).await.unwrap();
    assert!(why.starts_with("the lease ran out: "), "{why}");
    let folder = tempfile::tempdir().unwrap();
    match lost(folder.path(), true).await {
        Err(BrokerError::Store(why)) => assert!(matches!(*why, StoreError::Io { .. }), "{why}"),
        other => panic!("{other:?}"),
    }
}
