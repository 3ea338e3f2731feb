//! What is in a message, as far as a page can show it.

use relaismq_openwire::{Message, MessageKind};
use serde::Serialize;
use serde_json::Value as Json;

use super::values::{hex, map_to_json, to_json};

/// A body in one form, or in two.
#[derive(Debug, Default, Serialize)]
pub(super) struct Body {
    text: Option<String>,
    json: Option<Json>,
    hex: Option<String>,
}

/// Bytes of a body that are shown.
const MOST_BYTES: usize = 64 * 1024;

/// What a packed body may take when it is unpacked, to be looked at.
const MOST_UNPACKED: usize = 4 * 1024 * 1024;

/// The body, and whether there is more of it. One that cannot be read is shown as it is.
pub(super) fn body_of(message: &Message) -> (Body, bool) {
    let mut message = message.clone();
    if message.decompress(MOST_UNPACKED).is_err() {
        return raw(&message);
    }
    let shown = match message.kind {
        MessageKind::Text => text(&message),
        MessageKind::Map => map(&message),
        MessageKind::Stream => stream(&message),
        _ => None,
    };
    shown.unwrap_or_else(|| raw(&message))
}

/// What a kind of message is called.
pub(super) const fn kind_of(message: &Message) -> &'static str {
    match message.kind {
        MessageKind::Text => "text",
        MessageKind::Bytes => "bytes",
        MessageKind::Map => "map",
        MessageKind::Stream => "stream",
        MessageKind::Object => "object",
        MessageKind::Plain | MessageKind::Blob(_) => "message",
    }
}

fn text(message: &Message) -> Option<(Body, bool)> {
    let text = message.body_text().ok()?;
    let Some(text) = text else { return Some((Body::default(), false)) };
    let end = text.floor_char_boundary(MOST_BYTES.min(text.len()));
    let shown = text.get(..end).unwrap_or_default().to_owned();
    let json = (end == text.len()).then(|| structure(&shown)).flatten();
    Some((Body { text: Some(shown), json, hex: None }, end < text.len()))
}

/// Text that is an object or a list of JSON.
fn structure(text: &str) -> Option<Json> {
    let begins = text.trim_start().starts_with(['{', '[']);
    begins.then(|| serde_json::from_str(text).ok()).flatten()
}

fn map(message: &Message) -> Option<(Body, bool)> {
    let map = message.body_map().ok().filter(|_| is_small(message))?;
    Some((Body { json: Some(Json::Object(map_to_json(&map))), ..Body::default() }, false))
}

fn stream(message: &Message) -> Option<(Body, bool)> {
    let items = message.body_stream().ok().filter(|_| is_small(message))?;
    let json = Json::Array(items.iter().map(to_json).collect());
    Some((Body { json: Some(json), ..Body::default() }, false))
}

fn is_small(message: &Message) -> bool {
    message.content.as_ref().is_none_or(|content| content.len() <= MOST_BYTES)
}

fn raw(message: &Message) -> (Body, bool) {
    let Some(content) = &message.content else { return (Body::default(), false) };
    let shown = content.get(..MOST_BYTES).unwrap_or(content);
    (Body { hex: Some(hex(shown)), ..Body::default() }, shown.len() < content.len())
}
