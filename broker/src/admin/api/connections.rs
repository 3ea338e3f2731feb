//! Clients that are connected.

use axum::{
    Json,
    extract::{Query, State},
};
use serde::Serialize;

use super::Part;
use crate::{
    admin::{Admin, failure::Failure},
    engine::io::{ConnectionReport, Link, Question, Report},
};

/// The answer.
#[derive(Debug, Serialize)]
pub(super) struct List {
    connections: Vec<One>,
    more: bool,
    /// What comes next is behind this one.
    next: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct One {
    client_id: String,
    address: String,
    user: Option<String>,
    connector: String,
    sessions: usize,
    consumers: usize,
    producers: usize,
    since_seconds: u64,
}

pub(super) async fn connections(
    State(admin): State<Admin>,
    Query(part): Query<Part>,
) -> Result<Json<List>, Failure> {
    let after = part.after.as_deref().map(str::parse).transpose();
    let after = after.map_err(|_| Failure::bad("after is no place in the list", "leave it out"))?;
    let question = Question::Connections { after: after.map(Link), limit: part.limit() };
    match admin.ask(question).await {
        Some(Report::Connections(all, more)) => {
            let next = all.last().filter(|_| more).map(|it| it.link.0.to_string());
            Ok(Json(List { connections: all.into_iter().map(one).collect(), more, next }))
        }
        _ => Err(Failure::no_answer(&admin.desk)),
    }
}

fn one(it: ConnectionReport) -> One {
    One {
        client_id: it.client_id.to_string(),
        address: it.address.to_string(),
        user: it.user.map(|user| user.to_string()),
        connector: it.connector.to_string(),
        sessions: it.sessions,
        consumers: it.consumers,
        producers: it.producers,
        since_seconds: it.since.as_secs(),
    }
}
