//! Connections that are kept: the Raft library asks for a new one for each round of questions.

use std::{
    collections::HashMap,
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{hello::Own, link::Link};
use crate::replica::types::Member;

/// The way to all the others.
#[derive(Clone, Debug)]
pub(crate) struct Network {
    own: Own,
    idle: Arc<Mutex<HashMap<u64, Vec<Link>>>>,
}

impl Network {
    pub(crate) fn new(own: Own) -> Self {
        Self { own, idle: Arc::default() }
    }

    /// A connection to the broker with this number.
    pub(super) async fn take(&self, id: u64, member: &Member) -> io::Result<Link> {
        let idle = self.idle().get_mut(&id).and_then(Vec::pop);
        match idle {
            Some(link) => Ok(link),
            None => Link::connect(&self.own, &member.address, id).await,
        }
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

    fn idle(&self) -> MutexGuard<'_, HashMap<u64, Vec<Link>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const MOST_IDLE: usize = 4;
