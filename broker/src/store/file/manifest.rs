//! Checks fjall's lists of tables, which fjall itself does not check.
//!
//! Each keyspace has a file `current`: the number of its list `v<number>`, and the XXH3-128 of that
//! file, little-endian (lsm-tree 3.1, `version/persist.rs`). fjall writes the checksum but does not
//! compare it; and tables that a damaged list does not name are deleted as leftovers.

use std::path::Path;

use xxhash_rust::xxh3::xxh3_128;

use super::error;
use crate::store::StoreError;

/// Compares the list of every keyspace of the database in `at` with its checksum.
pub(super) fn check(dir: &Path, at: &Path) -> Result<(), StoreError> {
    let keyspaces = std::fs::read_dir(at.join("keyspaces"));
    for keyspace in keyspaces.map_err(|e| error::missing(dir, &e))? {
        let keyspace = keyspace.map_err(|e| error::io(dir, &e))?.path();
        let current = keyspace.join("current");
        // One whose creation was cut short has none; fjall tidies it up.
        if current.exists() {
            check_one(dir, &keyspace, &current)?;
        }
    }
    Ok(())
}

fn check_one(dir: &Path, keyspace: &Path, current: &Path) -> Result<(), StoreError> {
    let current = std::fs::read(current).map_err(|e| error::missing(dir, &e))?;
    let parts = current.split_first_chunk().and_then(|(number, rest)| {
        let (sum, _) = rest.split_first_chunk()?;
        Some((u64::from_le_bytes(*number), u128::from_le_bytes(*sum)))
    });
    let Some((number, sum)) = parts else {
        return Err(error::damaged(dir, "a file \"current\" is too short"));
    };
    let path = keyspace.join(format!("v{number}"));
    let list = std::fs::read(&path).map_err(|e| error::missing(dir, &e))?;
    if xxh3_128(&list) == sum {
        Ok(())
    } else {
        Err(error::damaged(dir, &format!("{} does not match its checksum", path.display())))
    }
}
