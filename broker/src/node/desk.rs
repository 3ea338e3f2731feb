//! Where others ask what this broker is and has; whether it is the master or not, somebody answers.

use std::sync::{Arc, OnceLock};

use tokio::{
    sync::watch,
    time::{Duration, Instant},
};

use super::role::Role;
use crate::{
    engine::io::{Question, Report},
    replica::{Company, Insight},
    server::{Questions, Served},
};

/// What does not change as long as the broker runs.
#[derive(Debug)]
pub(crate) struct Facts {
    pub(crate) name: String,
    /// The addresses as they were configured.
    pub(crate) listen: Vec<String>,
    /// `memory`, `file` or `database`.
    pub(crate) store_kind: &'static str,
    pub(crate) store_place: String,
    /// Most that waiting messages may take in memory, in bytes.
    pub(crate) memory_limit: usize,
    pub(crate) started: Instant,
}

/// What the broker is, and since when.
#[derive(Clone, Debug)]
pub(crate) struct Standing {
    pub(crate) role: Role,
    pub(crate) since: Instant,
}

/// Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Desk {
    facts: Arc<Facts>,
    roles: watch::Receiver<Role>,
    /// When the role changed last.
    since: watch::Receiver<Instant>,
    engine: watch::Receiver<Option<Questions>>,
    addresses: Arc<OnceLock<Vec<Served>>>,
    replica: watch::Receiver<Option<Insight>>,
}

impl Desk {
    /// To be made within a tokio runtime.
    pub(crate) fn new(
        facts: Facts,
        roles: watch::Receiver<Role>,
        engine: watch::Receiver<Option<Questions>>,
        addresses: Arc<OnceLock<Vec<Served>>>,
        replica: watch::Receiver<Option<Insight>>,
    ) -> Self {
        let since = note_changes(roles.clone());
        Self { facts: Arc::new(facts), roles, since, engine, addresses, replica }
    }

    pub(crate) fn facts(&self) -> &Facts {
        &self.facts
    }

    pub(crate) fn standing(&self) -> Standing {
        Standing { role: self.roles.borrow().clone(), since: *self.since.borrow() }
    }

    /// For whoever wants to be told of each change.
    pub(crate) fn roles(&self) -> watch::Receiver<Role> {
        self.roles.clone()
    }

    pub(crate) fn uptime(&self) -> Duration {
        self.facts.started.elapsed()
    }

    /// The addresses that are served, with the ports that the system chose; as they were configured, before
    /// the broker has served for the first time.
    pub(crate) fn connectors(&self) -> Vec<String> {
        match self.addresses.get() {
            Some(addresses) => addresses.iter().map(ToString::to_string).collect(),
            None => self.facts.listen.clone(),
        }
    }

    /// Those that keep the same messages, if this broker is one of several, and runs.
    pub(crate) fn company(&self) -> Option<Company> {
        self.replica.borrow().as_ref().map(Insight::company)
    }

    /// Asks the engine. Nothing unless this broker is the master, and still is when the answer is there.
    /// Cancel-safe; what was asked to be done may be done all the same.
    pub(crate) async fn ask(&self, question: Question) -> Option<Report> {
        if !matches!(*self.roles.borrow(), Role::Master { .. }) {
            return None;
        }
        let engine = self.engine.borrow().clone()?;
        engine.ask(question).await
    }
}

fn note_changes(mut roles: watch::Receiver<Role>) -> watch::Receiver<Instant> {
    let (changed, since) = watch::channel(Instant::now());
    tokio::spawn(async move {
        while roles.changed().await.is_ok() {
            changed.send_replace(Instant::now());
        }
    });
    since
}
