//! Every database does what every store must. SQLite is part of the program; the others are servers.

use std::sync::atomic::{AtomicU64, Ordering};

use super::{SqlOptions, SqlStore};
use crate::store::{
    Store,
    conformance::{self, Opener},
};

/// Each case has its own tables.
fn conforms(options: impl Fn(u64) -> SqlOptions) {
    let number = AtomicU64::new(0);
    conformance::run_all(|| {
        let options = options(number.fetch_add(1, Ordering::Relaxed));
        let options = options.prioritized([conformance::PRIORITIZED].into_iter().collect());
        Box::new(move || Box::new(SqlStore::alone(options.clone())) as Box<dyn Store>)
            as Box<Opener<'static>>
    });
}

#[test]
fn sqlite_does_what_every_store_must() {
    let folder = tempfile::tempdir().unwrap();
    conforms(|number| {
        let folder = folder.path().join(number.to_string());
        std::fs::create_dir(&folder).unwrap();
        SqlOptions::embedded(&folder).spill(&folder)
    });
}
