//! Answers the other brokers.
#![expect(clippy::disallowed_methods, reason = "a pause after a failed accept")]

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    io::BufStream,
    sync::Semaphore,
    time::{Instant, sleep},
};

use super::{
    carrier::{Incoming, Stream},
    frame,
    hello::Own,
    message::{Answer, Request},
    receiving::Landing,
};
use crate::{
    replica::{
        types::{Member, Raft},
        witness::Heard,
    },
    store::disk::Disk,
};

/// What is asked of a broker apart from the log.
pub(crate) trait Desk: Send + Sync + 'static {
    /// Says what it is.
    fn about(&self) -> impl Future<Output = Answer> + Send;

    /// Says what it thinks of an election.
    fn opinion(&self) -> Answer;

    /// Takes another broker in.
    fn join(&self, id: u64, member: Member) -> impl Future<Output = Answer> + Send;
}

/// Serves one address.
pub(crate) struct Server<D> {
    own: Own,
    raft: Raft,
    landing: Landing,
    desk: Arc<D>,
    heard: Heard,
    /// When somebody was refused and that was told.
    told: Mutex<Option<Instant>>,
}

impl<D: Desk> Server<D> {
    pub(crate) fn new(
        own: Own,
        raft: Raft,
        disk: Arc<dyn Disk>,
        (desk, heard): (D, Heard),
    ) -> Self {
        Self {
            own,
            raft,
            landing: Landing::new(disk),
            desk: Arc::new(desk),
            heard,
            told: Mutex::default(),
        }
    }

    /// Until it is dropped.
    pub(crate) async fn run(self, mut incoming: impl Incoming) {
        let server = Arc::new(self);
        let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
        // Whoever is served ends with this.
        let mut served = tokio::task::JoinSet::new();
        loop {
            while served.try_join_next().is_some() {}
            let Ok(place) = places.clone().acquire_owned().await else { return };
            match incoming.accept().await {
                Ok((stream, from)) => {
                    let server = server.clone();
                    served.spawn(async move {
                        if let Err(error) = server.serve(stream, &from).await {
                            tracing::debug!(%from, %error, "another broker's connection ends");
                        }
                        drop(place);
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "no connection can be taken");
                    sleep(PAUSE).await;
                }
            }
        }
    }

    async fn serve(&self, mut stream: Box<dyn Stream>, from: &str) -> io::Result<()> {
        if let Err(error) = self.own.receive(&mut stream).await {
            self.refused(from, &error);
            return Err(error);
        }
        let mut stream = BufStream::with_capacity(BUFFER, BUFFER, stream);
        while let Some(frame) = frame::read(&mut stream).await? {
            let wrong = || io::Error::other("a question that cannot be understood");
            let request = Request::decode(&frame).ok_or_else(wrong)?;
            let answer = self.answer(&mut stream, request).await?;
            frame::write(&mut stream, &answer.encode()).await?;
        }
        Ok(())
    }

    /// Whoever is refused tries again and again; that is told now and then.
    fn refused(&self, from: &str, error: &io::Error) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let is_news = told.is_none_or(|told| told.elapsed() > TOLD_EVERY);
        if is_news && error.kind() == io::ErrorKind::PermissionDenied {
            *told = Some(Instant::now());
            tracing::warn!(from, %error, "refused to talk to another broker");
        }
    }

    async fn answer(
        &self,
        stream: &mut BufStream<Box<dyn Stream>>,
        request: Request,
    ) -> io::Result<Answer> {
        let failed = |error: &dyn std::fmt::Display| Answer::Failed(error.to_string());
        Ok(match request {
            Request::Append(request) => match self.raft.append_entries(request).await {
                Ok(answer) => {
                    if answer.is_success() {
                        self.heard.again();
                    }
                    Answer::Append(answer)
                }
                Err(error) => failed(&error),
            },
            Request::Vote(request) => match self.raft.vote(request).await {
                Ok(answer) => {
                    if answer.vote_granted {
                        self.heard.again();
                    }
                    Answer::Vote(answer)
                }
                Err(error) => failed(&error),
            },
            Request::Snapshot(vote, meta, files) => {
                self.landing.receive(stream, &self.raft, (vote, meta, files)).await?
            }
            Request::Opinion => self.desk.opinion(),
            Request::About => self.desk.about().await,
            Request::Join(id, member) => self.desk.join(id, member).await,
        })
    }
}

/// Each of the others has a few.
const MOST_CONNECTIONS: usize = 64;
const BUFFER: usize = 64 << 10;
const PAUSE: Duration = Duration::from_millis(100);
const TOLD_EVERY: Duration = Duration::from_secs(30);
