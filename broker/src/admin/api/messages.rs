//! A queue's messages are looked at; nothing is taken.

use axum::{
    Json,
    extract::{Path, Query, State},
};
use relaismq_openwire::Destination;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    body::{Body, body_of, kind_of},
    values::map_to_json,
};
use crate::{
    admin::{Admin, failure::Failure},
    engine::io::{Question, Report, Seen},
    selector::Selector,
};

/// Most that one answer shows.
const MOST: usize = 200;
const USUAL: usize = 50;

/// Which are wanted.
#[derive(Debug, Deserialize)]
pub(super) struct Wanted {
    selector: Option<String>,
    after: Option<String>,
    limit: Option<usize>,
}

/// The answer.
#[derive(Debug, Serialize)]
pub(super) struct List {
    messages: Vec<One>,
    /// What comes next is behind this one, if there may be more.
    next: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct One {
    message_id: String,
    timestamp: i64,
    priority: i8,
    expiration: i64,
    redelivery_counter: i32,
    persistent: bool,
    #[serde(rename = "type")]
    jms_type: Option<String>,
    correlation_id: Option<String>,
    reply_to: Option<String>,
    original_destination: Option<String>,
    group_id: Option<String>,
    in_flight: bool,
    properties: serde_json::Map<String, Value>,
    kind: &'static str,
    bytes: usize,
    body: Body,
    cut: bool,
}

pub(super) async fn messages(
    State(admin): State<Admin>,
    Path(queue): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<List>, Failure> {
    let after = wanted.after.as_deref().map_or(Ok(0), str::parse);
    let after = after.map_err(|_| Failure::bad("after is no place in a queue", "leave it out"))?;
    let question = Question::Browse {
        queue: queue.as_str().into(),
        selector: selector(wanted.selector.as_deref())?,
        after,
        limit: wanted.limit.unwrap_or(USUAL).clamp(1, MOST),
    };
    match admin.ask(question).await {
        Some(Report::Messages { seen, next }) => {
            let messages = seen.iter().map(one).collect();
            Ok(Json(List { messages, next: next.map(|next| next.to_string()) }))
        }
        Some(Report::NoQueue) => Err(Failure::no_queue(&queue)),
        Some(Report::Refused { reason, .. }) => Err(Failure::busy(reason)),
        _ => Err(Failure::no_answer(&admin.desk)),
    }
}

/// Without any, everything is meant.
pub(super) fn selector(text: Option<&str>) -> Result<Option<Selector>, Failure> {
    let text = text.filter(|text| !text.trim().is_empty());
    let hint = "write it as for a JMS consumer, like colour = 'red' AND JMSPriority > 4";
    let selector = text.map(Selector::parse).transpose();
    selector.map_err(|error| Failure::bad(format!("this is no selector: {error}"), hint))
}

fn one(seen: &Seen) -> One {
    let message = &*seen.message;
    let text = |it: &Option<relaismq_openwire::Text>| it.as_ref().map(ToString::to_string);
    let place = |it: &Option<Destination>| it.as_ref().map(ToString::to_string);
    let (body, cut) = body_of(message);
    One {
        message_id: message.message_id.as_ref().map(ToString::to_string).unwrap_or_default(),
        timestamp: message.timestamp,
        priority: message.priority,
        expiration: message.expiration,
        redelivery_counter: seen.counter,
        persistent: message.persistent,
        jms_type: text(&message.jms_type),
        correlation_id: text(&message.correlation_id),
        reply_to: place(&message.reply_to),
        original_destination: place(&message.original_destination),
        group_id: text(&message.group_id),
        in_flight: seen.in_flight,
        properties: message.properties().map(|it| map_to_json(&it)).unwrap_or_default(),
        kind: kind_of(message),
        bytes: message.content.as_ref().map_or(0, bytes::Bytes::len),
        body,
        cut,
    }
}
