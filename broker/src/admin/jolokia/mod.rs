//! `/api/jolokia`: what monitors of ActiveMQ ask its management beans, answered for reading.
//!
//! ```text
//! request   what is asked, in a path or in JSON
//! names     names of beans, and patterns of names
//! beans     which there are; bean: one of them; broker, destination: their attributes
//! answer    what is answered, in Jolokia's form
//! ```
//! A request may be one or several; each has its own answer, and the answer its own status: HTTP's is 200, as
//! Jolokia's is.

mod answer;
mod bean;
mod beans;
mod broker;
mod destination;
mod names;
mod request;

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, Query, State},
    routing::get,
};
use serde::Deserialize;
use serde_json::Value;

use self::{
    answer::{Refused, refused, told},
    request::{Asked, Request},
};
use super::Admin;

/// Requests in one.
const MOST: usize = 200;

pub(super) fn routes() -> Router<Admin> {
    Router::new()
        .route("/api/jolokia", get(version).post(bulk))
        .route("/api/jolokia/", get(version).post(bulk))
        .route("/api/jolokia/{*path}", get(one).post(bulk))
}

/// How names are written; other options of Jolokia change nothing here.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Options {
    canonical_naming: Option<String>,
}

impl Options {
    fn canonical(&self) -> bool {
        self.canonical_naming.as_deref() != Some("false")
    }
}

async fn version(State(admin): State<Admin>) -> Json<Value> {
    Json(reply(&admin, &Request::version()).await)
}

async fn one(
    State(admin): State<Admin>,
    Path(path): Path<String>,
    Query(options): Query<Options>,
) -> Json<Value> {
    Json(reply(&admin, &Request::of_path(&path, options.canonical())).await)
}

async fn bulk(
    State(admin): State<Admin>,
    Query(options): Query<Options>,
    body: Bytes,
) -> Json<Value> {
    let canonical = options.canonical();
    Json(match serde_json::from_slice(&body) {
        Ok(Value::Array(all)) if all.len() > MOST => {
            let why = format!("{} requests in one: at most {MOST} are answered", all.len());
            refused(&Value::Null, &Refused::argument(why))
        }
        Ok(Value::Array(all)) => {
            let mut answers = Vec::new();
            for asked in all {
                answers.push(reply(&admin, &Request::of_json(asked, canonical)).await);
            }
            Value::Array(answers)
        }
        Ok(asked) => reply(&admin, &Request::of_json(asked, canonical)).await,
        Err(error) => refused(&Value::Null, &Refused::argument(format!("no JSON: {error}"))),
    })
}

async fn reply(admin: &Admin, request: &Request) -> Value {
    let canonical = request.canonical;
    let value = match &request.asked {
        Asked::Version => Ok(beans::version()),
        Asked::Read { name, attributes, path } => {
            let read = beans::read(admin, name, attributes, canonical).await;
            read.and_then(|value| answer::inside(value, path))
        }
        Asked::Search { pattern } => beans::search(admin, pattern, canonical).await,
        Asked::List { path } => {
            let list = beans::list(admin, canonical).await;
            list.and_then(|value| answer::inside(value, path))
        }
        Asked::Other(why) => Err(why.clone()),
    };
    match value {
        Ok(value) => told(&request.echo, &value),
        Err(why) => refused(&request.echo, &why),
    }
}
