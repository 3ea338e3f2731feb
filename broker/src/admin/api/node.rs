//! What this broker is, and what it has.

use axum::{Json, extract::State};
use serde::Serialize;

use crate::{
    admin::Admin,
    engine::io::{Figures, Question, Report},
    node::{Role, Standing},
    replica::{Company, Fellow, Part},
};

/// The answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Node {
    pub(crate) name: String,
    version: &'static str,
    role: &'static str,
    says: String,
    term: Option<u64>,
    since_seconds: u64,
    uptime_seconds: u64,
    store: Store,
    peers: Vec<Peer>,
    /// Null: brokers that share a store need none.
    quorum: Option<Quorum>,
    connectors: Vec<String>,
    memory: Memory,
    connections: usize,
    figures: Option<Totals>,
    actions_need: &'static str,
}

#[derive(Debug, Serialize)]
struct Store {
    kind: &'static str,
    place: String,
}

/// A broker that shares the store, as far as this one knows of it. Of those that replicate this one is listed, too.
#[derive(Debug, Serialize)]
struct Peer {
    name: String,
    address: Option<String>,
    role: &'static str,
    /// How many entries of the log it lacks; null where that is not known.
    lag: Option<u64>,
    /// It is the one that answers.
    this: bool,
}

/// Of brokers that replicate.
#[derive(Debug, Serialize)]
struct Quorum {
    needed: usize,
    /// Null on others than the master.
    present: Option<usize>,
}

#[derive(Debug, Serialize)]
struct Memory {
    used: usize,
    limit: usize,
}

#[derive(Debug, Serialize)]
struct Totals {
    queues: usize,
    topics: usize,
    messages: u64,
    enqueued: u64,
    dequeued: u64,
    expired: u64,
}

pub(super) async fn node(State(admin): State<Admin>) -> Json<Node> {
    Json(look(&admin).await)
}

/// What there is to say at the moment.
pub(super) async fn look(admin: &Admin) -> Node {
    let figures = match admin.ask(Question::Figures).await {
        Some(Report::Figures(figures)) => Some(figures),
        _ => None,
    };
    let (desk, standing) = (&admin.desk, admin.desk.standing());
    let (facts, company) = (desk.facts(), desk.company());
    Node {
        name: facts.name.clone(),
        version: env!("CARGO_PKG_VERSION"),
        role: name_of(&standing.role),
        says: says(&standing.role),
        term: term_of(&standing.role),
        since_seconds: standing.since.elapsed().as_secs(),
        uptime_seconds: desk.uptime().as_secs(),
        store: Store { kind: facts.store_kind, place: facts.store_place.clone() },
        peers: peers(&standing, company.as_ref()),
        quorum: company.map(|it| Quorum { needed: it.needed, present: it.present }),
        connectors: desk.connectors(),
        memory: Memory { used: figures.map_or(0, |it| it.memory_used), limit: facts.memory_limit },
        connections: figures.map_or(0, |it| it.connections),
        figures: figures.as_ref().map(totals),
        actions_need: "token",
    }
}

const fn name_of(role: &Role) -> &'static str {
    match role {
        Role::Starting => "starting",
        Role::Electing => "electing",
        Role::Slave { .. } => "slave",
        Role::Master { .. } => "master",
        Role::Stopping => "stopping",
        Role::Failed { .. } => "failed",
    }
}

pub(crate) const fn term_of(role: &Role) -> Option<u64> {
    match role {
        Role::Master { term } => Some(*term),
        _ => None,
    }
}

fn says(role: &Role) -> String {
    match role {
        Role::Starting => {
            "It looks for its lock, or opens its store; its ports are closed.".to_owned()
        }
        Role::Electing => "The brokers choose a master; this one's ports are closed.".to_owned(),
        Role::Slave { of } => format!("It waits for {of}; its ports are closed."),
        Role::Master { term } => format!("It serves clients, as the master of term {term}."),
        Role::Stopping => "It was asked to stop.".to_owned(),
        Role::Failed { why } => format!("It has ended: {why}."),
    }
}

/// Brokers that replicate know each other. Of others a slave knows its master, if the lock says who has it.
fn peers(standing: &Standing, company: Option<&Company>) -> Vec<Peer> {
    match (&standing.role, company) {
        (role, Some(company)) => company.members.iter().map(|it| fellow(it, role)).collect(),
        (Role::Slave { of }, None) => {
            let master = of.name.clone();
            let peer = |name| Peer { name, address: None, role: "master", lag: None, this: false };
            master.map(peer).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

fn fellow(it: &Fellow, own: &Role) -> Peer {
    let role = match (it.part, it.present) {
        _ if it.is_this => name_of(own),
        (_, Some(false)) => "away",
        (Part::Leads, _) => "master",
        (Part::Follows, _) => "slave",
        (Part::Joins, _) => "joining",
    };
    let (name, address) = (it.member.name.clone(), Some(it.member.address.clone()));
    Peer { name, address, role, lag: it.behind, this: it.is_this }
}

const fn totals(it: &Figures) -> Totals {
    Totals {
        queues: it.queues,
        topics: it.topics,
        messages: it.messages,
        enqueued: it.counts.enqueued,
        dequeued: it.counts.dequeued,
        expired: it.counts.expired,
    }
}
