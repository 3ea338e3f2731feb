//! Where messages survive. One trait, one writer; what is behind it is a matter of configuration.
//!
//! ```text
//! writer        the one thread that owns a store
//! file, memory  the stores; small_files: files that a crash leaves whole
//! disk          what those that write files need of one
//! sql           the store in a database, with ActiveMQ's own tables
//! lock          one owner of a shared folder at a time
//! conformance   what every store must pass; faulty: one that fails on demand
//! ```

#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
pub(crate) mod disk;
#[cfg(any(test, feature = "conformance"))]
pub mod faulty;
pub mod file;
pub mod lock;
pub mod memory;
mod small_files;
#[cfg(feature = "sql")]
pub mod sql;
pub mod writer;

use std::time::Duration;

pub use crate::model::StoreError;
use crate::model::{Batch, Container, Recovered, StoreLimits, StoredMessage};

/// Keeps messages. Called from one thread; may block.
pub trait Store: Send {
    /// Reads what the previous owner left. Called once, before anything else. Transient messages
    /// of the previous owner are dropped here.
    ///
    /// # Errors
    /// [`StoreError`] when the files cannot be read or are damaged; nothing is changed then.
    fn recover(&mut self) -> Result<Recovered, StoreError>;

    /// What it can hold. Known once it is recovered.
    fn limits(&self) -> StoreLimits {
        StoreLimits::default()
    }

    /// Applies the batches in order, each as a whole, with one sync for all of them if any of them
    /// asks for it. After `Ok` neither `kill -9` nor a power cut loses or halves a synced batch.
    ///
    /// # Errors
    /// [`StoreError::Full`] when the disk has no room: nothing of these batches is kept and the
    /// store stays usable. Any other error is final: the store must not be used again.
    fn commit(&mut self, batches: &[Batch]) -> Result<(), StoreError>;

    /// Messages of `container` with `sequence > after`, in order, at most `max_count` of them and
    /// `max_bytes` of blobs (but at least one message, if there is one).
    ///
    /// # Errors
    /// [`StoreError`] when the files cannot be read or are damaged.
    fn page(
        &mut self,
        container: &Container,
        after: u64,
        max_count: usize,
        max_bytes: usize,
    ) -> Result<Vec<StoredMessage>, StoreError>;

    /// Does a small piece of work that can wait; called while nothing else is asked for. Says after
    /// how long it wants to be called again if nothing comes in between: zero if there is more to do,
    /// `None` if nothing is left.
    ///
    /// # Errors
    /// [`StoreError`]; as of [`Store::commit`], except that it is never full.
    fn tidy(&mut self) -> Result<Option<Duration>, StoreError> {
        Ok(None)
    }

    /// Marks an orderly end and flushes.
    ///
    /// # Errors
    /// [`StoreError`] when the mark cannot be written.
    fn close(&mut self) -> Result<(), StoreError>;
}
