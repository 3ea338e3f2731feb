//! What differs between the kinds of store: how brokers are started on it, and what can be broken that
//! only it has.
//!
//! ```text
//! folder     a lock file that is deleted
//! database   a server that is restarted, links to it that are broken, a file that is locked
//! replicated a folder for each broker, and servers of ZooKeeper that are stopped, slow, or restarted
//! pause      what becomes of a paused master
//! ```

mod database;
mod folder;
mod pause;
mod replicated;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, bail};

pub use self::database::Database;
pub(super) use self::pause::Pause;
pub use self::replicated::Replicated;
use super::cluster::Cluster;
use super::fault::{Fault, OwnFault};
use crate::relais::Relais;

/// The kind of store that the brokers share.
#[derive(Clone, Debug)]
pub enum Mode {
    /// A file store in this folder.
    File(PathBuf),
    /// The tables of this database.
    Database(Arc<Database>),
    /// A copy for each broker, and ZooKeeper through which they find each other.
    Replicated(Arc<Replicated>),
}

impl Mode {
    /// How the broker of this name is started, but for its port.
    pub(super) fn broker(&self, how: &Relais, name: &str) -> Relais {
        let how = &how.clone().name(name);
        match self {
            Self::File(folder) => how.clone().directory(folder),
            Self::Database(database) => database.broker(how, name),
            Self::Replicated(replicated) => replicated.broker(how, name),
        }
    }

    /// Everything that can be broken in this mode; what is there twice is drawn twice as often.
    pub(super) fn faults(&self) -> Vec<Fault> {
        let own = match self {
            Self::File(_) => &[OwnFault::LockDeleted, OwnFault::LockDeletedInPause],
            Self::Database(database) => database.faults(),
            Self::Replicated(_) => &OwnFault::OF_ZOOKEEPER,
        };
        Fault::OF_ALL.iter().copied().chain(own.iter().copied().map(Fault::Own)).collect()
    }

    /// All places between receiving and confirming at which a broker with fail points can die.
    #[must_use]
    pub fn fail_points(&self) -> Vec<Fault> {
        match self {
            Self::File(_) => [&Fault::AT_POINTS[..], &Fault::AT_POINTS_OF_FILES].concat(),
            Self::Database(_) | Self::Replicated(_) => Fault::AT_POINTS.to_vec(),
        }
    }

    /// What becomes of a master that is paused.
    pub(super) fn pause(&self) -> Pause {
        match self {
            Self::File(_) => Pause::Kept,
            Self::Database(database) => database.pause(),
            Self::Replicated(_) => Pause::Replaced(Replicated::ELECTION),
        }
    }

    /// Breaks what only this mode has, and waits until that has had its effect. `chance` is any number.
    pub(super) async fn inflict(
        &self,
        fault: OwnFault,
        span: Duration,
        chance: u64,
        cluster: &mut Cluster,
    ) -> Result<()> {
        match (self, fault) {
            (Self::File(folder), OwnFault::LockDeleted) => {
                folder::delete_lock(folder, cluster).await
            }
            (Self::File(folder), OwnFault::LockDeletedInPause) => {
                folder::delete_lock_in_pause(folder, span, cluster).await
            }
            (Self::Database(database), OwnFault::DatabaseRestarted) => database.restart().await,
            (Self::Database(database), OwnFault::DatabaseLink(damage)) => {
                database.break_link(damage, span, chance, cluster).await
            }
            (Self::Database(database), OwnFault::DatabaseLocked) => {
                database.lock(span, chance, cluster).await
            }
            (Self::Replicated(replicated), fault) => replicated.inflict(fault, span, cluster).await,
            _ => bail!("{fault:?} cannot be in this mode"),
        }
    }
}
