//! Several workers over one connection.

use anyhow::Context;
use relaismq::{Connection, ConnectionBuilder};

use crate::{interrupt::Interrupt, progress::Progress};

/// Connects, lets `count` workers work at the same time, and closes. If Ctrl-C comes before there is
/// a connection, nothing happens, and that is no failure.
///
/// # Errors
/// When no broker can be reached; else the first worker's failure, after all have ended.
pub(crate) async fn work<F>(
    builder: ConnectionBuilder,
    interrupt: &Interrupt,
    progress: &Progress,
    count: u32,
    worker: impl Fn(Connection, u32) -> F,
) -> anyhow::Result<()>
where
    F: Future<Output = anyhow::Result<()>> + Send + 'static,
{
    for warning in builder.uri_warnings() {
        progress.line(&warning.to_string());
    }
    progress.state("connecting");
    let Some(connected) = interrupt.unless_asked(builder.connect()).await else {
        return Ok(());
    };
    let connection = connected?;
    progress.follow(&connection);
    interrupt.bound(&connection);
    let workers: Vec<_> =
        (1..=count).map(|number| tokio::spawn(worker(connection.clone(), number))).collect();
    let mut done = Ok(());
    for worker in workers {
        let ended = worker.await.context("a worker failed").flatten();
        done = done.and(ended);
    }
    connection.close().await;
    done
}
