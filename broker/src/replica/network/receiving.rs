//! Takes in a snapshot, file by file, and has it installed when it is whole.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use openraft::Snapshot;
use tokio::io::{AsyncRead, AsyncWrite};

use super::{frame, message::Answer};
use crate::{
    replica::{
        snapshot::{INCOMING, SnapshotFile, SnapshotFiles},
        types::{Raft, SnapshotMeta, Vote},
    },
    store::disk::Disk,
};

/// Where snapshots arrive, one at a time.
#[derive(Clone, Debug)]
pub(super) struct Landing {
    disk: Arc<dyn Disk>,
    taken: Arc<AtomicBool>,
}

impl Landing {
    pub(super) fn new(disk: Arc<dyn Disk>) -> Self {
        Self { disk, taken: Arc::default() }
    }

    /// Reads the files of a snapshot and installs it. A connection on which this fails must not be used again.
    pub(super) async fn receive(
        &self,
        stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
        raft: &Raft,
        (vote, meta, files): (Vote, SnapshotMeta, Vec<SnapshotFile>),
    ) -> io::Result<Answer> {
        let _place = self.take().ok_or_else(|| io::Error::other("another snapshot is arriving"))?;
        self.disk.remove(INCOMING)?;
        self.disk.make_folder(INCOMING)?;
        let arrived = SnapshotFiles::new(self.disk.clone(), INCOMING, files);
        for file in arrived.files() {
            self.receive_file(stream, &arrived, file).await?;
        }
        tracing::info!(snapshot = %meta, "a snapshot has arrived");
        let snapshot = Snapshot { meta, snapshot: Box::new(arrived) };
        Ok(match raft.install_full_snapshot(vote, snapshot).await {
            Ok(answer) => Answer::Snapshot(answer),
            Err(error) => Answer::Failed(error.to_string()),
        })
    }

    async fn receive_file(
        &self,
        stream: &mut (impl AsyncRead + Unpin),
        arrived: &SnapshotFiles,
        file: &SnapshotFile,
    ) -> io::Result<()> {
        let is_plain = !file.name.is_empty()
            && !file.name.contains(['/', '\0'])
            && !file.name.starts_with('.');
        if !is_plain {
            return Err(io::Error::other(format!(
                "a file of a snapshot is called {:?}",
                file.name
            )));
        }
        let target = self.disk.create(&arrived.path(file))?;
        let mut at = 0;
        while at < file.bytes {
            let piece = frame::read(stream).await?.ok_or(io::ErrorKind::UnexpectedEof)?;
            if piece.is_empty() || piece.len() as u64 > file.bytes - at {
                return Err(io::Error::other(
                    "a piece of a snapshot has another length than it should",
                ));
            }
            target.write_at(&piece, at)?;
            at += piece.len() as u64;
        }
        Ok(())
    }

    fn take(&self) -> Option<Place> {
        let free = !self.taken.swap(true, Ordering::AcqRel);
        free.then(|| Place(self.taken.clone()))
    }
}

/// Given back by being dropped.
struct Place(Arc<AtomicBool>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}
