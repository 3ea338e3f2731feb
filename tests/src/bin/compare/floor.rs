//! What the disk takes for one message that is simply appended. A file whose room is set aside in
//! advance takes somewhat less, so this is a measure and no bound.

use std::{fs::File, io::Write, time::Duration};

use anyhow::Result;
use tokio::time::Instant;

/// Messages in one measurement.
const MESSAGES: u32 = 1000;

/// Appends 1 KiB and syncs, again and again; the time for one.
pub(crate) fn measure() -> Result<Duration> {
    let folder = tempfile::tempdir()?;
    let mut file = File::create(folder.path().join("floor"))?;
    let begin = Instant::now();
    for _ in 0..MESSAGES {
        file.write_all(&[b'x'; 1024])?;
        file.sync_data()?;
    }
    Ok(begin.elapsed() / MESSAGES)
}
