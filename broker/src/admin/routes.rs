//! What is served where.

use std::time::Duration;

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request},
    http::{StatusCode, header::CONTENT_LENGTH},
    middleware::{Next, from_fn, from_fn_with_state},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use tokio::time::timeout;

use super::{Admin, api, failure::Failure, guard, health, jolokia, metrics, page};

/// Most that a request may say.
const BODY_BYTES: usize = 1024 * 1024;

/// How long a request may take, with all that it has to say and all that is done for it.
const LONGEST: Duration = Duration::from_secs(60);

pub(super) fn all(admin: Admin) -> Router {
    let quick = Router::new()
        .merge(page::routes())
        .route("/", get(|| async { Redirect::temporary("/admin/") }))
        .route("/metrics", get(metrics::metrics))
        .merge(jolokia::routes())
        .nest("/api/v1", api::routes())
        .layer(from_fn(within_time));
    let guarded = quick
        .merge(api::events::routes())
        .fallback(|| async { nothing_there() })
        .layer(from_fn_with_state(admin.clone(), guard::check));
    guarded
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .layer(from_fn(of_fitting_size))
        .layer(from_fn(guard::harden))
        .with_state(admin)
}

const HINT: &str = "the page is /admin/, the API /api/v1/, metrics /metrics";

fn nothing_there() -> Failure {
    Failure::new(StatusCode::NOT_FOUND, "there is nothing here", HINT)
}

/// Who announces more than is read is told so before anything of it is read.
async fn of_fitting_size(request: Request, next: Next) -> Response {
    let announced = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    match announced.and_then(|length| length.parse::<u64>().ok()) {
        Some(length) if length > BODY_BYTES as u64 => {
            let error = format!("a request may have {BODY_BYTES} bytes, not {length}");
            let hint = "send larger messages as a client, over OpenWire";
            Failure::new(StatusCode::PAYLOAD_TOO_LARGE, error, hint).into_response()
        }
        _ => next.run(request).await,
    }
}

/// Slow clients are not waited for.
async fn within_time(request: Request, next: Next) -> Response {
    let answered = timeout(LONGEST, next.run(request)).await;
    answered.unwrap_or_else(|_| {
        let error = format!("this was not done within {LONGEST:?}");
        let hint = "if the request was complete, it goes on: look at the queue's figures";
        Failure::new(StatusCode::GATEWAY_TIMEOUT, error, hint).into_response()
    })
}
