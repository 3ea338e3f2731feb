//! One session: from logging in to its end.

use std::{collections::BTreeSet, time::Duration};

use tokio::time::timeout;
use tracing::warn;
use zookeeper_client::{
    AddWatchMode, Client, CreateMode, Error, EventType, PersistentWatcher, SessionState,
};

use super::{
    access,
    announcement::Announcement,
    look::{digits, look},
    probe, record,
    trouble::Trouble,
    view::View,
};
use crate::config::ZooKeeperPlace;

/// One session, with a watch on everything that the brokers have there.
pub(super) struct Session<'a> {
    client: Client,
    watcher: PersistentWatcher,
    place: &'a ZooKeeperPlace,
    /// The path of this broker's znode.
    own: Option<String>,
    /// Garbage that was told of.
    told: BTreeSet<(String, String)>,
}

/// What has happened meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Happened {
    /// Something that is to be looked at; or the link is back, and something may have been missed.
    Changes,
    /// The link is lost. The session may go on.
    LinkLost,
    /// The session is over.
    Over,
}

/// How long leaving may take.
pub(super) const LONGEST_GOODBYE: Duration = Duration::from_secs(2);
/// More than any answer takes.
pub(super) const LONGEST_STEP: Duration = Duration::from_secs(10);

impl<'a> Session<'a> {
    /// Logs in, makes the way, and watches.
    pub(super) async fn begin(place: &'a ZooKeeperPlace) -> Result<Self, Trouble> {
        let client = connect(place).await?;
        access::make_way(&client, place).await?;
        access::warn_if_open(&client, place).await;
        let watch = client.watch(place.path(), AddWatchMode::PersistentRecursive);
        let watcher = watch.await.map_err(|error| Trouble::at(place.path(), &error))?;
        Ok(Self { client, watcher, place, own: None, told: BTreeSet::new() })
    }

    pub(super) fn is_linked(&self) -> bool {
        self.client.state() == SessionState::SyncConnected
    }

    /// Reads everything, and sees to it that this broker is among it, with what it says now.
    pub(super) async fn look(&mut self, said: &Announcement) -> Result<View, Trouble> {
        let mut found = look(&self.client, self.place, &said.name).await?;
        let is_told = |(path, data): &(String, Vec<u8>)| *data == record::write(said, digits(path));
        if !found.own.as_ref().is_some_and(is_told) {
            match &found.own {
                Some((path, _)) => self.publish(path, said).await?,
                None => self.enrol(said).await?,
            }
            found = look(&self.client, self.place, &said.name).await?;
        }
        self.own = found.own.map(|(path, _)| path);
        for (path, what) in found.garbage.difference(&self.told) {
            warn!("{path} in ZooKeeper is passed over, as it makes no sense: {what}");
        }
        self.told = found.garbage;
        Ok(found.view)
    }

    async fn enrol(&self, said: &Announcement) -> Result<(), Trouble> {
        let path = format!("{}/0", self.place.path());
        let options = CreateMode::EphemeralSequential.with_acls(access::own(self.place));
        // Its own number, which stands in a master's, is not known before.
        let slave = Announcement { is_master: false, ..said.clone() };
        let made = self.client.create(&path, &record::write(&slave, ""), &options).await;
        let (_, sequence) = made.map_err(|error| Trouble::at(&path, &error))?;
        if said.is_master {
            return self.publish(&format!("{path}{sequence}"), said).await;
        }
        Ok(())
    }

    async fn publish(&self, path: &str, said: &Announcement) -> Result<(), Trouble> {
        let data = record::write(said, digits(path));
        match self.client.set_data(path, &data, None).await {
            // If it has gone meanwhile, that is seen, too.
            Ok(_) | Err(Error::NoNode) => Ok(()),
            Err(error) => Err(Trouble::at(path, &error)),
        }
    }

    /// Waits until something happens. Cancel-safe.
    pub(super) async fn happened(&mut self) -> Happened {
        let event = self.watcher.changed().await;
        if event.event_type != EventType::Session {
            return Happened::Changes;
        }
        match event.session_state {
            SessionState::Disconnected => Happened::LinkLost,
            state if state.is_terminated() => Happened::Over,
            _ => Happened::Changes,
        }
    }

    /// Leaves, so that the others see it at once.
    pub(super) async fn leave(self) {
        if let Some(path) = &self.own {
            drop(timeout(LONGEST_GOODBYE / 2, self.client.delete(path, None)).await);
        }
    }
}

async fn connect(place: &ZooKeeperPlace) -> Result<Client, Trouble> {
    let mut connector =
        Client::connector().with_session_timeout(place.timeout()).with_fail_eagerly();
    if let Some(password) = place.secret() {
        connector = connector.with_auth("digest", access::credentials(password).as_bytes());
    }
    let servers = place.to_string();
    let connecting = timeout(LONGEST_STEP, connector.connect(&servers)).await;
    match connecting.unwrap_or(Err(Error::Timeout)) {
        Ok(client) => Ok(client),
        Err(Error::NoHosts | Error::Timeout | Error::ConnectionLoss) => {
            Err(Trouble::OutOfReach(probe::why(place).await))
        }
        Err(error) => Err(Trouble::at(place.path(), &error)),
    }
}
