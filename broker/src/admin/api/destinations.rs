//! Queues and topics.

use axum::{
    Json,
    extract::{Query, State},
};
use relaismq_openwire::destination::Kind;
use serde::Serialize;

use super::Part;
use crate::{
    admin::{Admin, failure::Failure},
    engine::io::{DestinationReport, Question, Report},
};

/// The answer.
#[derive(Debug, Default, Serialize)]
pub(super) struct Lists {
    pub(super) queues: Vec<One>,
    pub(super) topics: Vec<One>,
    more: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct One {
    name: String,
    depth: u64,
    in_flight: usize,
    enqueued: u64,
    dequeued: u64,
    expired: u64,
    consumers: usize,
    producers: usize,
    memory_bytes: usize,
}

pub(super) async fn destinations(
    State(admin): State<Admin>,
    Query(part): Query<Part>,
) -> Result<Json<Lists>, Failure> {
    let lists = look(&admin, &part).await;
    lists.map(Json).ok_or_else(|| Failure::no_answer(&admin.desk))
}

/// Nothing if this is not the master.
pub(super) async fn look(admin: &Admin, part: &Part) -> Option<Lists> {
    let (queues, more_queues) = list(admin, Kind::Queue, part).await?;
    let (topics, more_topics) = list(admin, Kind::Topic, part).await?;
    Some(Lists { queues, topics, more: more_queues || more_topics })
}

async fn list(admin: &Admin, kind: Kind, part: &Part) -> Option<(Vec<One>, bool)> {
    let (after, limit) = (part.after.as_deref().map(Into::into), part.limit());
    match admin.ask(Question::Destinations { kind, after, limit }).await? {
        Report::Destinations(all, more) => Some((all.iter().map(one).collect(), more)),
        _ => None,
    }
}

fn one(it: &DestinationReport) -> One {
    One {
        name: it.name.to_string(),
        depth: it.depth,
        in_flight: it.in_flight,
        enqueued: it.counts.enqueued,
        dequeued: it.counts.dequeued,
        expired: it.counts.expired,
        consumers: it.consumers,
        producers: it.producers,
        memory_bytes: it.memory_bytes,
    }
}
