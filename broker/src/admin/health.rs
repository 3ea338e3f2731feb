//! For load balancers and supervisors: does it live, and is it the master?

use axum::{extract::State, http::StatusCode};

use super::Admin;
use crate::node::Role;

/// 200 as long as anything answers.
pub(super) async fn alive() -> &'static str {
    "alive\n"
}

/// 200 from the master only.
pub(super) async fn ready(State(admin): State<Admin>) -> (StatusCode, String) {
    let role = admin.desk.standing().role;
    let status = match role {
        Role::Master { .. } => StatusCode::OK,
        _ => StatusCode::SERVICE_UNAVAILABLE,
    };
    (status, format!("{role}\n"))
}
