//! An answer that says no: what is wrong, and what to do.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header::WWW_AUTHENTICATE},
    response::{IntoResponse, Response},
};
use serde::Serialize;

use crate::node::{Desk, Role};

/// Says what is wrong in words.
#[derive(Debug)]
pub(super) struct Failure {
    status: StatusCode,
    words: Words,
}

#[derive(Debug, Serialize)]
struct Words {
    error: String,
    hint: String,
}

impl Failure {
    pub(super) fn new(
        status: StatusCode,
        error: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self { status, words: Words { error: error.into(), hint: hint.into() } }
    }

    pub(super) fn bad(error: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, error, hint)
    }

    pub(super) fn no_queue(name: &str) -> Self {
        let hint = "GET /api/v1/destinations lists those that there are";
        Self::new(StatusCode::NOT_FOUND, format!("there is no queue {name}"), hint)
    }

    pub(super) fn busy(reason: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, reason, "try again")
    }

    /// The engine says why not.
    pub(super) fn refused(done: u64, reason: &str) -> Self {
        let error = match done {
            0 => reason.to_owned(),
            done => format!("after {done} messages: {reason}"),
        };
        let hint = "nothing else was changed; when the reason is gone, ask again";
        Self::new(StatusCode::CONFLICT, error, hint)
    }

    /// Why there was no answer.
    pub(super) fn no_answer(desk: &Desk) -> Self {
        let role = desk.standing().role;
        let (error, hint) = match role {
            Role::Master { .. } => {
                ("the broker has too much to do to answer".to_owned(), "try again".to_owned())
            }
            role => (format!("this broker is not the master: {role}"), ask_the_master(&role)),
        };
        Self::new(StatusCode::SERVICE_UNAVAILABLE, error, hint)
    }
}

fn ask_the_master(role: &Role) -> String {
    match role {
        Role::Slave { of } if of.name.is_some() => {
            format!("ask the master, {}", of.name.as_deref().unwrap_or_default())
        }
        _ => "ask the master: its /readyz answers with 200".to_owned(),
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let unknown = self.status == StatusCode::UNAUTHORIZED;
        let mut response = (self.status, Json(self.words)).into_response();
        if unknown {
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
