//! What every store must do, on real servers.

use std::sync::atomic::{AtomicU64, Ordering};

use relaismq_broker::store::Store;
use relaismq_broker::store::conformance::{Opener, PRIORITIZED, run_all};
use relaismq_broker::store::sql::{SqlOptions, SqlStore};
use relaismq_examples::demo::databases::{DatabaseServer, Make};
use tokio::runtime::Runtime;

/// Each case has tables of its own. A store blocks, so none is used on a thread of the runtime.
fn conforms(make: Make) {
    let runtime = Runtime::new().unwrap();
    let server = runtime.block_on(DatabaseServer::start(make)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let number = AtomicU64::new(0);
    run_all(|| {
        let prefix = format!("C{}_", number.fetch_add(1, Ordering::Relaxed));
        let options: SqlOptions = server.url().parse().unwrap();
        let options = options.table_prefix(&prefix).unwrap().spill(folder.path());
        let options = options.prioritized([PRIORITIZED].into_iter().collect());
        Box::new(move || Box::new(SqlStore::alone(options.clone())) as Box<dyn Store>)
            as Box<Opener<'static>>
    });
    let _inside = runtime.enter();
    drop(server);
}

#[test]
#[ignore = "needs PostgreSQL: run tests/run"]
fn postgresql_does_what_every_store_must() {
    conforms(Make::PostgreSql);
}

#[test]
#[ignore = "needs MariaDB: run tests/run"]
fn mariadb_does_what_every_store_must() {
    conforms(Make::MariaDb);
}
