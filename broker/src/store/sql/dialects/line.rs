//! What the three connections have in common: a runtime of their own, and a deadline.

use std::future::Future;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

use crate::store::sql::trouble::{Result, Trouble};

/// A connection, and what drives it: the thread that calls.
pub(super) struct Line<C> {
    /// None while it is dropped.
    runtime: Option<Runtime>,
    /// None after it was lost.
    connection: Option<C>,
    deadline: Duration,
}

impl<C> Line<C> {
    /// Connects. What the database itself refuses then, it will refuse again.
    pub(super) fn open<F>(
        deadline: Duration,
        meaning: impl FnOnce(sqlx::Error) -> Trouble,
        connect: F,
    ) -> Result<Self>
    where
        F: Future<Output = sqlx::Result<C>>,
    {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| Trouble::Refused(error.to_string()))?;
        let connection = runtime.block_on(within(deadline, connect, |error| match meaning(error) {
            Trouble::Refused(detail) => Trouble::Unsupported(format!(
                "it does not let this broker in: {detail}; check host, database, user and password"
            )),
            other => other,
        }))?;
        Ok(Self { runtime: Some(runtime), connection: Some(connection), deadline })
    }

    /// Does something with the connection. Once it is lost, it is not used again: what was said on
    /// it may still be on its way.
    pub(super) fn with<T>(
        &mut self,
        explain: impl FnOnce(sqlx::Error) -> Trouble,
        work: impl AsyncFnOnce(&mut C) -> sqlx::Result<T>,
    ) -> Result<T> {
        let (Some(runtime), Some(connection)) = (&self.runtime, &mut self.connection) else {
            return Err(Trouble::Lost("the connection was lost before".into()));
        };
        let outcome = runtime.block_on(within(self.deadline, work(connection), explain));
        if matches!(outcome, Err(Trouble::Lost(_))) {
            let _inside = runtime.enter();
            self.connection = None;
        }
        outcome
    }
}

impl<C> Drop for Line<C> {
    fn drop(&mut self) {
        let Some(runtime) = self.runtime.take() else { return };
        let inside = runtime.enter();
        self.connection = None;
        drop(inside);
        // Whoever drops it may itself be a task of another runtime, which must not wait.
        runtime.shutdown_background();
    }
}

async fn within<T>(
    deadline: Duration,
    work: impl Future<Output = sqlx::Result<T>>,
    explain: impl FnOnce(sqlx::Error) -> Trouble,
) -> Result<T> {
    match tokio::time::timeout(deadline, work).await {
        Ok(outcome) => outcome.map_err(explain),
        Err(_) => Err(Trouble::Lost(format!("no answer within {} s", deadline.as_secs()))),
    }
}

/// What an error means that has nothing to do with a dialect; `database` tells what the database
/// itself said, by its code.
pub(super) fn explain(
    error: sqlx::Error,
    database: impl FnOnce(&str, String) -> Trouble,
) -> Trouble {
    match error {
        sqlx::Error::Database(error) => {
            let code = error.code().map(|code| code.into_owned()).unwrap_or_default();
            database(&code, error.to_string())
        }
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolClosed
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::WorkerCrashed => Trouble::Lost(error.to_string()),
        other => Trouble::Refused(other.to_string()),
    }
}

/// Binds values and reads rows; the types differ, the words do not. `arrays` is for the values that only
/// one of the databases has.
macro_rules! speak {
    ($database:ty, $connection:ty, $arrays:expr) => {
        type Query<'q> =
            sqlx::query::Query<'q, $database, <$database as sqlx::Database>::Arguments>;

        fn query(sentence: &Sentence) -> Query<'_> {
            let text = sqlx::AssertSqlSafe(sentence.text.clone());
            let query = sqlx::query::<$database>(text);
            sentence.values.iter().fold(query, |query, value| match value {
                Value::Int(number) => query.bind(*number),
                Value::Text(text) => query.bind(text.clone()),
                Value::Blob(blob) => query.bind(blob.to_vec()),
                Value::Ints(_) | Value::Texts(_) | Value::Blobs(_) => $arrays(query, value),
            })
        }

        fn read(row: &<$database as sqlx::Database>::Row, kinds: &[Kind]) -> sqlx::Result<Row> {
            use sqlx::Row as _;
            let values = kinds.iter().enumerate().map(|(column, kind)| {
                Ok(match kind {
                    Kind::Int => Value::Int(row.try_get_unchecked(column)?),
                    Kind::Text => Value::Text(row.try_get_unchecked(column)?),
                    Kind::Blob => {
                        let bytes: Option<Vec<u8>> = row.try_get_unchecked(column)?;
                        Value::Blob(bytes.unwrap_or_default().into())
                    }
                })
            });
            values.collect::<sqlx::Result<_>>().map(Row)
        }

        async fn ask(
            connection: &mut $connection,
            sentence: &Sentence,
            kinds: &[Kind],
        ) -> sqlx::Result<Vec<Row>> {
            let rows = query(sentence).fetch_all(connection).await?;
            rows.iter().map(|row| read(row, kinds)).collect()
        }

        async fn tell(connection: &mut $connection, sentence: &Sentence) -> sqlx::Result<u64> {
            Ok(query(sentence).execute(connection).await?.rows_affected())
        }

        async fn script(connection: &mut $connection, text: &str) -> sqlx::Result<()> {
            let text = sqlx::AssertSqlSafe(text.to_owned());
            sqlx::raw_sql(text).execute(connection).await.map(drop)
        }
    };
}
pub(super) use speak;

/// Of the databases that have none: nothing gives them any.
pub(super) fn no_arrays<Q>(query: Q, _: &crate::store::sql::value::Value) -> Q {
    query
}
