//! `/api/v1`, in JSON.
//!
//! ```text
//! node            what this broker is
//! destinations    queues and topics; subscriptions; connections
//! messages        a queue's messages; body: what is in one, values: its properties
//! wish            something is to be done: by whom, with which queue
//! deeds           something is done with messages; sending: a new one
//! events          what is new, each second
//! ```

mod body;
mod connections;
mod deeds;
mod destinations;
pub(super) mod events;
mod messages;
pub(super) mod node;
mod sending;
mod subscriptions;
mod values;
mod wish;

use axum::{
    Router,
    routing::{get, post},
};
use serde::Deserialize;

use super::Admin;

pub(super) fn routes() -> Router<Admin> {
    Router::new()
        .route("/node", get(node::node))
        .route("/destinations", get(destinations::destinations))
        .route("/subscriptions", get(subscriptions::subscriptions))
        .route("/connections", get(connections::connections))
        .route("/queues/{name}/messages", get(messages::messages))
        .route("/queues/{name}/send", post(sending::send))
        .route("/queues/{name}/move", post(deeds::move_messages))
        .route("/queues/{name}/copy", post(deeds::copy))
        .route("/queues/{name}/retry", post(deeds::retry))
        .route("/queues/{name}/purge", post(deeds::purge))
        .route("/queues/{name}/delete", post(deeds::delete))
}

/// Which part of a list is wanted.
#[derive(Debug, Default, Deserialize)]
struct Part {
    /// The last one of the part before.
    after: Option<String>,
    limit: Option<usize>,
}

/// Most that one answer lists.
const MOST: usize = 500;

impl Part {
    fn limit(&self) -> usize {
        self.limit.unwrap_or(MOST).clamp(1, MOST)
    }
}
