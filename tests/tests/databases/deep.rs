//! A deep queue is read page by page, and a busy one by its index, whatever the database believes of its table.

use std::time::Duration;

use anyhow::{Result, ensure};
use bytes::Bytes;
use relaismq_broker::model::{Batch, Change, Container, Envelope};
use relaismq_broker::store::Store;
use relaismq_broker::store::sql::{SqlOptions, SqlStore};
use relaismq_examples::demo::databases::{DatabaseServer, Make};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection as _, Row as _};
use tokio::runtime::Runtime;

const MESSAGES: u64 = 20_000;
/// In a batch, and in a page.
const TOGETHER: u16 = 500;

/// A table that had just been filled, and not been analyzed since, looked nearly empty to the planner: for each page
/// it read and sorted all that was left of the queue, and a million messages would have taken hours.
#[test]
#[ignore = "needs PostgreSQL: run tests/run"]
fn pages_of_a_queue_that_has_just_grown_read_what_is_in_them() -> Result<()> {
    let runtime = Runtime::new()?;
    let server = runtime.block_on(DatabaseServer::start(Make::PostgreSql))?;
    let folder = tempfile::tempdir()?;
    let options = server.url().parse::<SqlOptions>()?.spill(folder.path());
    let mut store = SqlStore::alone(options);
    store.recover()?;
    for first in (1..=MESSAGES).step_by(usize::from(TOGETHER)) {
        let changes = (first..first + u64::from(TOGETHER)).map(message).collect();
        store.commit(&[Batch { changes, sync: true }])?;
    }
    let mut seen = 0;
    loop {
        let page = store.page(&queue(), seen, usize::from(TOGETHER), usize::MAX)?;
        let expected = seen + 1..=MESSAGES.min(seen + u64::from(TOGETHER));
        ensure!(page.iter().map(|it| it.sequence).eq(expected), "a page behind {seen}");
        let Some(last) = page.last() else { break };
        seen = last.sequence;
    }
    drop(store);
    let read = runtime.block_on(rows_read(&server.url()))?;
    // Each page asks for lengths first, and for messages then.
    ensure!(read <= 3 * MESSAGES, "{read} rows were read for {MESSAGES} messages");
    ensure!(read >= MESSAGES, "{read} rows cannot be all");
    let _inside = runtime.enter();
    drop(server);
    Ok(())
}

/// A table that is filled and emptied all the time looks empty, and for each removal all its dead rows were read: with every
/// thousand messages, removals took a quarter of a millisecond longer.
#[test]
#[ignore = "needs PostgreSQL: run tests/run"]
fn what_is_removed_is_found_by_an_index() -> Result<()> {
    let runtime = Runtime::new()?;
    let server = runtime.block_on(DatabaseServer::start(Make::PostgreSql))?;
    let folder = tempfile::tempdir()?;
    let mut store = SqlStore::alone(server.url().parse::<SqlOptions>()?.spill(folder.path()));
    store.recover()?;
    for sequence in 1..=BUSY {
        for change in [message(sequence), Change::Remove { container: queue(), sequence }] {
            store.commit(&[Batch { changes: vec![change], sync: true }])?;
        }
    }
    drop(store);
    let read = runtime.block_on(whole_reads(&server.url()))?;
    // Indexes are made of whole tables.
    ensure!(read < BUSY / 10, "the whole table was read {read} times for {BUSY} messages");
    let _inside = runtime.enter();
    drop(server);
    Ok(())
}

const BUSY: u64 = 500;

fn queue() -> Container {
    Container::Queue("deep".into())
}

fn message(sequence: u64) -> Change {
    Change::Add {
        container: queue(),
        sequence,
        envelope: Envelope::default(),
        blob: Bytes::from(vec![b'x'; 1024]),
        transient: false,
    }
}

/// Of the table of messages.
async fn rows_read(url: &str) -> Result<u64> {
    told(url, "seq_tup_read + idx_tup_fetch").await
}

/// From its beginning to its end.
async fn whole_reads(url: &str) -> Result<u64> {
    told(url, "seq_scan").await
}

/// By the server's own account of the table, which is complete when a connection has ended.
async fn told(url: &str, what: &'static str) -> Result<u64> {
    let mut connection = PgConnection::connect(url).await?;
    let others = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() \
                  AND pid <> pg_backend_pid()";
    let ended = async {
        while sqlx::query(others).fetch_one(&mut connection).await?.try_get::<i64, _>(0)? > 0 {
            sqlx::query("SELECT pg_sleep(0.02)").execute(&mut connection).await?;
        }
        Ok::<_, sqlx::Error>(())
    };
    tokio::time::timeout(SOON, ended).await??;
    let account = AssertSqlSafe(format!(
        "SELECT {what} FROM pg_stat_user_tables WHERE relname = 'activemq_msgs'"
    ));
    let told: i64 = sqlx::query(account).fetch_one(&mut connection).await?.try_get(0)?;
    Ok(u64::try_from(told)?)
}

const SOON: Duration = Duration::from_secs(30);
