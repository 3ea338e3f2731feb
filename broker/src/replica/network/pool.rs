//! Connections that are kept: the Raft library asks for a new one for each round of questions.

use std::{
    collections::HashMap,
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync::watch, time::Instant};

use super::{
    carrier::Carrier,
    hello::Own,
    link::Link,
    message::{Answer, Request},
};
use crate::replica::types::Member;

/// The way to all the others.
#[derive(Clone, Debug)]
pub(crate) struct Network {
    carrier: Arc<dyn Carrier>,
    own: Own,
    /// Where they are now, as far as that is known better than by those who voted for them.
    others: watch::Receiver<Vec<Member>>,
    idle: Arc<Mutex<HashMap<u64, Vec<Link>>>>,
    /// When each of them has answered last.
    answered: Arc<Mutex<HashMap<u64, Instant>>>,
}

impl Network {
    pub(crate) fn new(
        carrier: Arc<dyn Carrier>,
        own: Own,
        others: watch::Receiver<Vec<Member>>,
    ) -> Self {
        Self { carrier, own, others, idle: Arc::default(), answered: Arc::default() }
    }

    /// A connection of its own to whoever is reached at an address, with this number unless that is 0.
    pub(crate) async fn connect(&self, address: &str, meant: u64) -> io::Result<Link> {
        Link::connect(&*self.carrier, &self.own, address, meant).await
    }

    /// Asks the broker with this number. A dropped question takes its connection with it.
    pub(crate) async fn ask(
        &self,
        id: u64,
        member: &Member,
        request: &Request,
    ) -> io::Result<Answer> {
        let asked = async {
            let mut link = self.take(id, member).await?;
            let answer = link.ask(request).await?;
            self.give_back(link);
            self.answered().insert(id, Instant::now());
            Ok(answer)
        };
        asked.await.inspect_err(|_: &io::Error| self.forget(id))
    }

    /// A connection to the broker with this number.
    pub(super) async fn take(&self, id: u64, member: &Member) -> io::Result<Link> {
        let idle = self.idle().get_mut(&id).and_then(Vec::pop);
        match (idle, self.newer_address(member)) {
            (Some(link), _) => Ok(link),
            (None, Some(newer)) => match self.connect(&newer, id).await {
                // It was advice, and may be wrong.
                Err(_) => self.connect(&member.address, id).await,
                found => found,
            },
            (None, None) => self.connect(&member.address, id).await,
        }
    }

    /// Another address than those who voted for it know.
    fn newer_address(&self, member: &Member) -> Option<String> {
        let others = self.others.borrow();
        let now = others.iter().find(|it| it.name == member.name)?;
        (now.address != member.address).then(|| now.address.clone())
    }

    /// Keeps one on which nothing is missing.
    pub(super) fn give_back(&self, link: Link) {
        let mut idle = self.idle();
        let links = idle.entry(link.id).or_default();
        if links.len() < MOST_IDLE {
            links.push(link);
        }
    }

    /// What was kept to this broker may be dead.
    pub(super) fn forget(&self, id: u64) {
        self.idle().remove(&id);
    }

    /// For how long this one has not answered, if it ever has.
    pub(crate) fn silence(&self, id: u64) -> Option<Duration> {
        self.answered().get(&id).map(Instant::elapsed)
    }

    fn answered(&self) -> MutexGuard<'_, HashMap<u64, Instant>> {
        self.answered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn idle(&self) -> MutexGuard<'_, HashMap<u64, Vec<Link>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const MOST_IDLE: usize = 4;
