//! The page for people: three files that are part of the program.

use axum::{
    Router,
    http::header::CONTENT_TYPE,
    response::{IntoResponse, Redirect},
    routing::get,
};

use super::Admin;

const HTML: &str = include_str!("page/index.html");
const CSS: &str = include_str!("page/page.css");
const JS: &str = include_str!("page/page.js");

pub(super) fn routes() -> Router<Admin> {
    Router::new()
        .route("/admin", get(|| async { Redirect::temporary("/admin/") }))
        .route("/admin/", get(|| async { file("text/html; charset=utf-8", HTML) }))
        .route("/admin/page.css", get(|| async { file("text/css; charset=utf-8", CSS) }))
        .route("/admin/page.js", get(|| async { file("text/javascript; charset=utf-8", JS) }))
}

fn file(kind: &'static str, text: &'static str) -> impl IntoResponse {
    ([(CONTENT_TYPE, kind)], text)
}
