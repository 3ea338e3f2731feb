//! A snapshot: the files of a store as they were at one moment.
//!
//! A store's sealed segments never change, so that a snapshot is a checkpoint and further names of files that are
//! there. Making one costs next to nothing, however much is in it; it is sent file by file, and what arrives is a
//! store that can be opened.

use std::{fmt, sync::Arc};

use crate::store::disk::Disk;

/// Files in a folder of their own, which is removed when nobody needs them any more.
pub(crate) struct SnapshotFiles {
    disk: Option<Arc<dyn Disk>>,
    folder: String,
    files: Vec<SnapshotFile>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct SnapshotFile {
    /// Without the folder's.
    pub(crate) name: String,
    /// How much of it is needed, from its beginning.
    pub(crate) bytes: u64,
}

impl SnapshotFiles {
    pub(crate) fn new(disk: Arc<dyn Disk>, folder: &str, files: Vec<SnapshotFile>) -> Self {
        Self { disk: Some(disk), folder: folder.to_owned(), files }
    }

    /// Says only that everything up to some point is durable where it is.
    pub(crate) const fn without_files() -> Self {
        Self { disk: None, folder: String::new(), files: Vec::new() }
    }

    pub(crate) const fn disk(&self) -> Option<&Arc<dyn Disk>> {
        self.disk.as_ref()
    }

    pub(crate) fn folder(&self) -> &str {
        &self.folder
    }

    pub(crate) fn files(&self) -> &[SnapshotFile] {
        &self.files
    }

    /// The path of one of its files.
    pub(crate) fn path(&self, file: &SnapshotFile) -> String {
        format!("{}/{}", self.folder, file.name)
    }
}

impl Drop for SnapshotFiles {
    fn drop(&mut self) {
        if let Some(disk) = self.disk.take()
            && let Err(error) = disk.remove(&self.folder)
        {
            tracing::warn!(folder = self.folder, %error, "the files of a snapshot cannot be removed");
        }
    }
}

impl fmt::Debug for SnapshotFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes: u64 = self.files.iter().map(|file| file.bytes).sum();
        write!(f, "SnapshotFiles({} in {}, {bytes} bytes)", self.files.len(), self.folder)
    }
}

/// In which one arrives.
pub(crate) const INCOMING: &str = "incoming";
