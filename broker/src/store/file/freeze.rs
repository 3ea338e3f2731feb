//! The store as it is at one moment, beside it: for brokers that keep the same messages.

use super::commit::Purpose;
use super::keeper::{CHECKPOINT, write_checkpoint};
use super::log::segment_name;
use super::running::Running;
use super::trouble::{Result, with};
use super::{FileStore, StoreError};
use crate::model::Recovered;

/// A file of a frozen store, and how much of it is needed from its beginning.
pub(crate) type FrozenFile = (String, u64);

impl FileStore {
    /// Makes a folder in which there is what is in the store now: a store that was closed in order, once the
    /// folder has the usual name. Its large files are further names of files that are there, and do not change as
    /// long as the store uses none of them again ([`FileStoreOptions::replicated`](super::FileStoreOptions)).
    ///
    /// # Errors
    /// [`StoreError`] as of a commit.
    pub(crate) fn freeze(
        &mut self,
        folder: &str,
    ) -> std::result::Result<Vec<FrozenFile>, StoreError> {
        self.guarded(|running, _| running.freeze(folder))
    }

    /// What is in it now, as a start would find it; transient messages are dropped.
    ///
    /// # Errors
    /// [`StoreError`] as of a start.
    pub(crate) fn contents(&mut self) -> std::result::Result<Recovered, StoreError> {
        self.guarded(|running, _| {
            running.spill.wipe()?;
            Ok(running.recovered(true))
        })
    }

    /// Makes everything durable that was committed.
    ///
    /// # Errors
    /// [`StoreError`] as of a commit.
    pub(crate) fn sync(&mut self) -> std::result::Result<(), StoreError> {
        self.guarded(|running, _| running.log.sync())
    }

    /// Whether there is room for more messages.
    ///
    /// # Errors
    /// [`StoreError`] when the disk does not say.
    pub(crate) fn has_room(&mut self) -> std::result::Result<bool, StoreError> {
        self.guarded(|running, _| running.may_grow(0))
    }
}

impl Running {
    fn freeze(&mut self, folder: &str) -> Result<Vec<FrozenFile>> {
        if !self.log.is_at_beginning() {
            self.rotate(0, Purpose::Shrink)?;
        }
        let checkpoint = self.described(true, self.log.segment().number);
        let disk = &*self.origin.disk;
        disk.remove(folder).and_then(|()| disk.make_folder(folder)).map_err(with(folder))?;
        let mut files = Vec::with_capacity(checkpoint.segments.len() + 1);
        for segment in &checkpoint.segments {
            let name = segment_name(folder, segment.number);
            let file = segment_name(self.origin.folder, segment.number);
            disk.link(&file, &name).map_err(with(&file))?;
            let name = name.trim_start_matches(folder).trim_start_matches('/').to_owned();
            files.push((name, segment.end));
        }
        let bytes = checkpoint.encode();
        write_checkpoint(disk, folder, &bytes).map_err(with(folder))?;
        files.push((CHECKPOINT.to_owned(), bytes.len() as u64));
        Ok(files)
    }
}
