//! The task: session after session, for as long as the broker runs.

use std::{collections::BTreeSet, time::Duration};

use tokio::{
    sync::{mpsc, oneshot, watch},
    time::{Instant, sleep, sleep_until, timeout},
};
use tracing::{debug, info, warn};

use super::{
    announcement::Announcement,
    founding::Founding,
    pause::Pause,
    session::{Happened, LONGEST_STEP, Session},
    trouble::Trouble,
    view::{Link, View},
};
use crate::config::ZooKeeperPlace;

/// Asks who began the cluster, and says who would.
#[derive(Debug)]
pub(super) struct Question {
    pub(super) founding: Founding,
    pub(super) answer: oneshot::Sender<Result<Founding, Trouble>>,
}

/// How long leaving may take.
pub(super) const LONGEST_GOODBYE: Duration = Duration::from_secs(2);
/// After something was lost in the middle, and nothing was heard since.
const AGAIN: Duration = Duration::from_secs(1);

/// The task.
pub(super) struct Adviser {
    place: ZooKeeperPlace,
    said: watch::Receiver<Announcement>,
    shown: watch::Sender<View>,
    questions: mpsc::Receiver<Question>,
    pause: Pause,
    /// The trouble that was logged, until it is over.
    told: Option<Trouble>,
}

/// The broker has no more use for it.
struct Left;

impl Adviser {
    pub(super) const fn new(
        place: ZooKeeperPlace,
        said: watch::Receiver<Announcement>,
        shown: watch::Sender<View>,
        questions: mpsc::Receiver<Question>,
    ) -> Self {
        Self { place, said, shown, questions, pause: Pause::new(), told: None }
    }

    pub(super) async fn run(mut self) {
        let place = self.place.clone();
        loop {
            let trouble = match Self::begin(&place, &mut self.questions).await {
                Ok(Ok(session)) => match self.serve(session).await {
                    Ok(Left) => return,
                    Err(trouble) => trouble,
                },
                Ok(Err(trouble)) => trouble,
                Err(Left) => return,
            };
            self.lost(&trouble);
            if self.wait(&trouble).await.is_err() {
                return;
            }
        }
    }

    /// Questions that come meanwhile are answered: nobody knows yet.
    async fn begin<'a>(
        place: &'a ZooKeeperPlace,
        questions: &mut mpsc::Receiver<Question>,
    ) -> Result<Result<Session<'a>, Trouble>, Left> {
        let mut beginning = std::pin::pin!(Session::begin(place));
        loop {
            tokio::select! {
                begun = &mut beginning => return Ok(begun),
                question = questions.recv() => refuse(question.ok_or(Left)?, &Trouble::Lost),
            }
        }
    }

    /// Serves until the session is over.
    async fn serve(&mut self, mut session: Session<'_>) -> Result<Left, Trouble> {
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
                    Err(_) => return Ok(leave(session).await),
                },
                question = self.questions.recv() => match question {
                    Some(question) => self.answer(&session, question).await,
                    None => return Ok(leave(session).await),
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

    async fn answer(&self, session: &Session<'_>, Question { founding, answer }: Question) {
        let name = self.said.borrow().name.clone();
        let found = timeout(LONGEST_STEP, session.found(&name, &founding)).await;
        // Whoever asked may be gone.
        drop(answer.send(found.unwrap_or(Err(Trouble::Lost))));
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

    /// Waits before the next session.
    async fn wait(&mut self, trouble: &Trouble) -> Result<(), Left> {
        let until = Instant::now() + self.pause.next();
        loop {
            tokio::select! {
                () = sleep_until(until) => return Ok(()),
                question = self.questions.recv() => refuse(question.ok_or(Left)?, trouble),
            }
        }
    }
}

async fn leave(session: Session<'_>) -> Left {
    session.leave().await;
    Left
}

fn refuse(question: Question, trouble: &Trouble) {
    // Whoever asked may be gone.
    drop(question.answer.send(Err(trouble.clone())));
}
