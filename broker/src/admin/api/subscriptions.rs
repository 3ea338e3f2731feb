//! Durable subscriptions.

use axum::{
    Json,
    extract::{Query, State},
};
use serde::{Deserialize, Serialize};

use super::Part;
use crate::{
    admin::{Admin, failure::Failure},
    engine::io::{Question, Report, SubscriptionReport},
    model::SubscriptionKey,
};

/// The answer.
#[derive(Debug, Serialize)]
pub(super) struct List {
    subscriptions: Vec<One>,
    more: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct One {
    client_id: String,
    name: String,
    topic: String,
    selector: Option<String>,
    active: bool,
    pending: u64,
}

/// A subscription is named by two words.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Behind {
    after_client_id: Option<String>,
    after: Option<String>,
    limit: Option<usize>,
}

pub(super) async fn subscriptions(
    State(admin): State<Admin>,
    Query(behind): Query<Behind>,
) -> Result<Json<List>, Failure> {
    let Behind { after_client_id, after, limit } = behind;
    let limit = Part { after: None, limit }.limit();
    let after = after_client_id.map(|client_id| SubscriptionKey {
        client_id: client_id.into(),
        name: after.unwrap_or_default().into(),
    });
    match admin.ask(Question::Subscriptions { after, limit }).await {
        Some(Report::Subscriptions(all, more)) => {
            Ok(Json(List { subscriptions: all.into_iter().map(one).collect(), more }))
        }
        _ => Err(Failure::no_answer(&admin.desk)),
    }
}

fn one(it: SubscriptionReport) -> One {
    One {
        client_id: it.record.key.client_id.to_string(),
        name: it.record.key.name.to_string(),
        topic: it.record.topic,
        selector: it.record.selector,
        active: it.active,
        pending: it.pending,
    }
}
