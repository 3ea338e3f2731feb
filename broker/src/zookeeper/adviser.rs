//! The task: session after session, for as long as the broker runs.

#![expect(clippy::disallowed_methods, reason = "it waits before it tries again")]

use std::{collections::BTreeSet, time::Duration};

use tokio::{
    sync::watch,
    time::{sleep, timeout},
};
use tracing::{debug, info, warn};

use super::{
    announcement::Announcement,
    pause::Pause,
    session::{Happened, LONGEST_STEP, Session},
    trouble::Trouble,
    view::{Link, View},
};
use crate::config::ZooKeeperPlace;

/// After something was lost in the middle, and nothing was heard since.
const AGAIN: Duration = Duration::from_secs(1);

/// The task.
pub(super) struct Adviser {
    place: ZooKeeperPlace,
    said: watch::Receiver<Announcement>,
    shown: watch::Sender<View>,
    pause: Pause,
    /// The trouble that was logged, until it is over.
    told: Option<Trouble>,
}

impl Adviser {
    pub(super) const fn new(
        place: ZooKeeperPlace,
        said: watch::Receiver<Announcement>,
        shown: watch::Sender<View>,
    ) -> Self {
        Self { place, said, shown, pause: Pause::new(), told: None }
    }

    pub(super) async fn run(mut self) {
        let place = self.place.clone();
        while let Err(trouble) = self.one_session(&place).await {
            self.lost(&trouble);
            let pause = self.pause.next();
            tokio::select! {
                () = sleep(pause) => {}
                () = left(&mut self.said) => return,
            }
        }
    }

    /// Ends in order only if the broker has no more use for it.
    async fn one_session(&mut self, place: &ZooKeeperPlace) -> Result<(), Trouble> {
        let session = tokio::select! {
            begun = Session::begin(place) => begun?,
            () = left(&mut self.said) => return Ok(()),
        };
        self.serve(session).await
    }

    /// Serves until the session is over.
    async fn serve(&mut self, mut session: Session<'_>) -> Result<(), Trouble> {
        let mut due = true;
        loop {
            if session.is_linked() && due {
                due = !self.catch_up(&mut session).await?;
            }
            tokio::select! {
                happened = session.happened() => match happened {
                    Happened::Over => return Err(Trouble::Expired),
                    Happened::LinkLost => self.lost(&Trouble::Lost),
                    Happened::Changes => due = true,
                },
                changed = self.said.changed() => match changed {
                    Ok(()) => due = true,
                    Err(_) => {
                        session.leave().await;
                        return Ok(());
                    }
                },
                () = sleep(AGAIN), if due => {}
            }
        }
    }

    /// Whether all is read and published now. If not, the link was lost meanwhile.
    async fn catch_up(&mut self, session: &mut Session<'_>) -> Result<bool, Trouble> {
        let said = self.said.borrow_and_update().clone();
        match timeout(LONGEST_STEP, session.look(&said)).await {
            Ok(Ok(view)) => {
                self.show(view);
                Ok(true)
            }
            Ok(Err(Trouble::Lost)) => Ok(false),
            Ok(Err(trouble)) => Err(trouble),
            Err(_) => Err(Trouble::Other(format!("no answer within {LONGEST_STEP:?}"))),
        }
    }

    fn show(&mut self, view: View) {
        let place = &self.place;
        if self.told.take().is_some() {
            info!("ZooKeeper at {place} is reached again");
        }
        self.pause.reset();
        let there = |view: &View| {
            view.members.values().map(|it| it.said.replication.clone()).collect::<BTreeSet<_>>()
        };
        let (now, before) = (there(&view), there(&self.shown.borrow()));
        if now != before {
            let brokers: Vec<_> = now.into_iter().collect();
            info!(path = place.path(), "brokers in ZooKeeper: {}", brokers.join(", "));
        }
        self.shown.send_if_modified(|shown| {
            let is_new = *shown != view;
            *shown = view;
            is_new
        });
    }

    /// What was known stays; that it may be old is shown. The same trouble is told once.
    fn lost(&mut self, trouble: &Trouble) {
        let text = trouble.to_string();
        self.shown.send_if_modified(|view| {
            let lost = Link::Lost(text.clone());
            let is_new = view.link != lost;
            view.link = lost;
            is_new
        });
        if self.told.as_ref() == Some(trouble) {
            debug!("{text}; tries again");
        } else {
            warn!("{text}; goes on without");
            self.told = Some(trouble.clone());
        }
    }
}

/// Waits until the broker has no more use for it.
async fn left(said: &mut watch::Receiver<Announcement>) {
    while said.changed().await.is_ok() {}
}
