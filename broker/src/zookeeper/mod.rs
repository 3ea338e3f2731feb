//! ZooKeeper as an adviser: which brokers of a cluster there are, where each is reached, and who of them is
//! the master.
//!
//! Nothing is decided there. A broker that cannot reach ZooKeeper goes on with what it knows; what a broker
//! publishes is for the others' looking, and for people with `zkCli.sh`. Votes and commits are Raft's.
//!
//! ```text
//! announcement  what a broker says of itself; record: as it stands in a znode
//! view          what is known of all of them
//! adviser       the task: sessions one after the other; pause: the time between them
//! session       one session; look: reading all there is; access: who else may read and write
//! probe         why a server cannot be reached
//! trouble       what goes wrong, in words
//! ```

mod access;
mod adviser;
mod announcement;
mod look;
mod pause;
mod probe;
mod record;
mod session;
#[cfg(test)]
mod tests;
mod trouble;
mod view;

use tokio::{sync::watch, task::JoinHandle, time::timeout};

use self::adviser::Adviser;
pub use self::{
    announcement::Announcement,
    trouble::Trouble,
    view::{Link, Member, View},
};
use crate::config::ZooKeeperPlace;

/// A broker's link to ZooKeeper: a task of its own, which heals itself. Dropping it leaves ZooKeeper without
/// waiting; what was published is gone when the session has run out.
#[derive(Debug)]
pub struct ZooKeeper {
    /// Dropped, it ends the task.
    announced: watch::Sender<Announcement>,
    view: watch::Receiver<View>,
    running: JoinHandle<()>,
}

impl ZooKeeper {
    /// Begins to look for ZooKeeper, in the background. To be called within a tokio runtime.
    #[must_use]
    pub fn start(place: ZooKeeperPlace, announcement: Announcement) -> Self {
        let (announced, said) = watch::channel(announcement);
        let (shown, view) = watch::channel(View::default());
        let adviser = Adviser::new(place, said, shown);
        Self { announced, view, running: tokio::spawn(adviser.run()) }
    }

    /// What is known, and told anew with each change.
    #[must_use]
    pub fn view(&self) -> watch::Receiver<View> {
        self.view.clone()
    }

    /// Says something else from now on. Of several in a row only the last may be published.
    pub fn announce(&self, announcement: Announcement) {
        self.announced.send_if_modified(|said| {
            let is_new = *said != announcement;
            *said = announcement;
            is_new
        });
    }

    /// Leaves in order: the others see it at once.
    pub async fn stop(self) {
        drop(self.announced);
        let ended = timeout(session::LONGEST_GOODBYE, self.running).await;
        if ended.is_err() {
            tracing::debug!("ZooKeeper was left without a goodbye");
        }
    }
}
