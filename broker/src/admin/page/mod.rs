//! The page for people: `/admin/`. Its files are part of the program as they stand; nothing is built, and nothing comes
//! from elsewhere.
//!
//! ```text
//! index.html, page.css, icon.svg   the frame, and how all looks, in light and dark
//! main.js                          which part is shown, and what is the same in all of them
//! api.js, live.js, state.js        what is asked, what is told each second, and what that was before
//! overview.js, destinations.js     this broker and its peers; queues and topics
//! queue.js, messages.js            a queue, and its messages; message.js one of them
//! lists.js                         durable subscribers, connections
//! dialogs.js                       questions: sending.js, moving.js; and who is asking
//! table.js, chart.js, notices.js   what parts are made of; dom.js, format.js: what those are made of
//! ```

use axum::{
    Router,
    http::header::CONTENT_TYPE,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};

use super::Admin;

/// Where each file is served, what it is, and what is in it.
const FILES: [(&str, &str, &str); 21] = [
    ("/admin/", HTML, include_str!("index.html")),
    ("/admin/page.css", "text/css; charset=utf-8", include_str!("page.css")),
    ("/admin/icon.svg", "image/svg+xml", include_str!("icon.svg")),
    ("/admin/api.js", SCRIPT, include_str!("api.js")),
    ("/admin/chart.js", SCRIPT, include_str!("chart.js")),
    ("/admin/destinations.js", SCRIPT, include_str!("destinations.js")),
    ("/admin/dialogs.js", SCRIPT, include_str!("dialogs.js")),
    ("/admin/dom.js", SCRIPT, include_str!("dom.js")),
    ("/admin/format.js", SCRIPT, include_str!("format.js")),
    ("/admin/lists.js", SCRIPT, include_str!("lists.js")),
    ("/admin/live.js", SCRIPT, include_str!("live.js")),
    ("/admin/main.js", SCRIPT, include_str!("main.js")),
    ("/admin/message.js", SCRIPT, include_str!("message.js")),
    ("/admin/messages.js", SCRIPT, include_str!("messages.js")),
    ("/admin/moving.js", SCRIPT, include_str!("moving.js")),
    ("/admin/notices.js", SCRIPT, include_str!("notices.js")),
    ("/admin/overview.js", SCRIPT, include_str!("overview.js")),
    ("/admin/queue.js", SCRIPT, include_str!("queue.js")),
    ("/admin/sending.js", SCRIPT, include_str!("sending.js")),
    ("/admin/state.js", SCRIPT, include_str!("state.js")),
    ("/admin/table.js", SCRIPT, include_str!("table.js")),
];
const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

pub(super) fn routes() -> Router<Admin> {
    let begin = Router::new().route("/admin", get(|| async { Redirect::temporary("/admin/") }));
    FILES.into_iter().fold(begin, |routes, (path, kind, text)| {
        routes.route(path, get(move || async move { file(kind, text) }))
    })
}

fn file(kind: &'static str, text: &'static str) -> Response {
    ([(CONTENT_TYPE, kind)], text).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file that is forgotten in the table would be missing in the browser only.
    #[test]
    fn every_file_of_the_folder_is_served_and_every_import_leads_to_one() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/admin/page");
        let names = std::fs::read_dir(folder).unwrap().map(|it| it.unwrap().file_name());
        let names: Vec<_> = names.filter_map(|it| it.into_string().ok()).collect();
        let is_served =
            |name: &str| FILES.iter().any(|(path, ..)| path.ends_with(&format!("/{name}")));
        for name in names.iter().filter(|name| *name != "mod.rs" && *name != "index.html") {
            assert!(is_served(name), "{name}");
        }
        for (path, _, text) in FILES {
            for name in text.split("from \"./").skip(1).filter_map(|it| it.split('"').next()) {
                assert!(is_served(name), "{path} wants {name}");
            }
        }
    }

    /// What comes from clients never becomes markup, and nothing is fetched from elsewhere.
    #[test]
    fn scripts_make_no_markup_of_texts_and_name_no_other_place() {
        let never =
            ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "style="];
        for (path, _, text) in FILES {
            for word in never {
                assert!(!text.contains(word), "{path}: {word}");
            }
            let elsewhere = text.replace("http://www.w3.org/", "");
            assert!(!elsewhere.contains("http://") && !elsewhere.contains("https://"), "{path}");
        }
    }
}
