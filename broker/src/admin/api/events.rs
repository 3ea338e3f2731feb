//! What is new, as server-sent events: figures each second, and the role when it changes.

use std::{convert::Infallible, time::Duration};

use axum::{
    Router,
    extract::State,
    response::sse::{Event, Sse},
    routing::get,
};
use futures::stream::{Stream, unfold};
use serde::Serialize;
use tokio::{
    sync::watch,
    time::{Interval, MissedTickBehavior, interval},
};

use super::{
    Part,
    destinations::{self, One},
    node::{self, Node},
};
use crate::{admin::Admin, node::Role};

/// How often figures are told.
const EACH: Duration = Duration::from_secs(1);

#[derive(Debug, Serialize)]
struct Figures {
    node: Node,
    queues: Vec<One>,
    topics: Vec<One>,
}

/// Beside all others, since it does not end by itself.
pub(in crate::admin) fn routes() -> Router<Admin> {
    Router::new().route("/api/v1/events", get(events))
}

async fn events(State(admin): State<Admin>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let mut looks = interval(EACH);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let roles = admin.desk.roles();
    Sse::new(unfold(Watching { admin, looks, roles }, |mut watching| async move {
        let event = watching.next().await;
        Some((Ok(event), watching))
    }))
}

/// Somebody who wants to be told.
struct Watching {
    admin: Admin,
    looks: Interval,
    roles: watch::Receiver<Role>,
}

impl Watching {
    async fn next(&mut self) -> Event {
        tokio::select! {
            changed = self.roles.changed() => match changed {
                Ok(()) => event("role", &node::look(&self.admin).await),
                // The broker is about to end.
                Err(_) => std::future::pending().await,
            },
            _ = self.looks.tick() => event("figures", &self.figures().await),
        }
    }

    async fn figures(&self) -> Figures {
        let node = node::look(&self.admin).await;
        let lists = destinations::look(&self.admin, &Part::default()).await.unwrap_or_default();
        Figures { node, queues: lists.queues, topics: lists.topics }
    }
}

fn event(name: &str, data: &impl Serialize) -> Event {
    // What is serialized here has nothing that JSON lacks.
    Event::default().event(name).json_data(data).unwrap_or_default()
}
