//! Messages as lines of JSON: what `consumer` prints, `producer` sends.
//!
//! ```json
//! {"id":"ID:…:1:1:1","destination":"queue://orders","priority":4,"persistent":true,
//!  "correlationId":"order-7","properties":{"region":"EU","attempt":1},"text":"two teas"}
//! ```
//! The body is under the name of its kind: `text`, `bytes` and `object` (Base64), `map`, `stream`; a message
//! without body has none of them. A value that JSON cannot tell the type of names it: `{"long":5}`.

mod value;

use base64::{Engine, prelude::BASE64_STANDARD};
use relaismq::{BodyError, BodyKind, Message, Received, Value};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use crate::arguments;

/// One message. What the broker gave it is there to be read and is not sent again.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct Line {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    destination: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    original_destination: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timestamp: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expiration: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delivery_count: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    priority: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    persistent: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    correlation_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reply_to: Option<String>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    message_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group_sequence: Option<i32>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    properties: Map<String, Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    object: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    map: Option<Map<String, Json>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream: Option<Vec<Json>>,
    /// Why something is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    unreadable: Option<String>,
}

/// A message as one line of JSON. Where something in it cannot be read, the line says so.
pub fn written(message: &Received) -> String {
    let mut line = headers(message);
    if let Err(error) = add_content(&mut line, message) {
        line.unreadable = Some(error.to_string());
    }
    // A structure of texts and numbers can be written.
    serde_json::to_string(&line).unwrap_or_default()
}

fn headers(message: &Received) -> Line {
    Line {
        id: message.message_id().map(ToString::to_string),
        destination: message.destination().map(ToString::to_string),
        original_destination: message.original_destination().map(ToString::to_string),
        timestamp: message.timestamp().map(milliseconds),
        expiration: message.expiration().map(milliseconds),
        delivery_count: Some(message.delivery_count()),
        user_id: message.user_id().map(str::to_owned),
        priority: Some(message.priority()),
        persistent: Some(message.persistent()),
        correlation_id: message.correlation_id().map(str::to_owned),
        reply_to: message.reply_to().map(ToString::to_string),
        message_type: message.message_type().map(str::to_owned),
        group_id: message.group().map(str::to_owned),
        group_sequence: Some(message.group_sequence()).filter(|number| *number != 0),
        ..Line::default()
    }
}

fn add_content(line: &mut Line, message: &Received) -> Result<(), BodyError> {
    line.properties = value::object(&message.properties()?);
    match message.kind() {
        BodyKind::Text => line.text = Some(message.text()?.to_string()),
        BodyKind::Bytes => line.bytes = Some(BASE64_STANDARD.encode(message.bytes()?)),
        BodyKind::Object => line.object = Some(BASE64_STANDARD.encode(message.object_bytes()?)),
        BodyKind::Map => line.map = Some(value::object(&message.map()?)),
        BodyKind::Stream => line.stream = Some(message.stream()?.iter().map(value::json).collect()),
        BodyKind::Empty => {}
        other => line.unreadable = Some(format!("{other} messages are not supported")),
    }
    Ok(())
}

/// A message to send, and what its line says on how.
#[derive(Clone, Debug)]
pub struct Read {
    /// Body, properties and the application's headers.
    pub message: Message,
    /// 0 to 9, if the line has it.
    pub priority: Option<u8>,
    /// Delivery mode, if the line has it.
    pub persistent: Option<bool>,
}

/// Reads a line of JSON.
///
/// # Errors
/// What is wrong in the line.
pub fn read(text: &str) -> Result<Read, String> {
    let line: Line = serde_json::from_str(text).map_err(|error| {
        let advice = if text.contains("\"elapsed_s\"") {
            "; it looks like the summary of --json: leave that option out"
        } else {
            ""
        };
        format!("{error}{advice}")
    })?;
    if let Some(reason) = line.unreadable {
        return Err(format!("the message could not be read when it was received: {reason}"));
    }
    let (priority, persistent) = (line.priority, line.persistent);
    if priority.is_some_and(|priority| priority > 9) {
        return Err("`priority` is a number from 0 to 9".to_owned());
    }
    Ok(Read { message: with_headers(body(&line)?, line)?, priority, persistent })
}

fn body(line: &Line) -> Result<Message, String> {
    let decoded = |name: &str, text: &str| {
        BASE64_STANDARD.decode(text).map_err(|error| format!("`{name}` is no Base64: {error}"))
    };
    let mut bodies = Vec::new();
    if let Some(text) = &line.text {
        bodies.push(Message::text(text));
    }
    if let Some(bytes) = &line.bytes {
        bodies.push(Message::bytes(decoded("bytes", bytes)?));
    }
    if let Some(object) = &line.object {
        bodies.push(Message::object(decoded("object", object)?));
    }
    if let Some(map) = &line.map {
        bodies.push(Message::map(value::entries(map)?));
    }
    if let Some(stream) = &line.stream {
        let items: Result<Vec<Value>, String> = stream.iter().map(value::value).collect();
        bodies.push(Message::stream(items?));
    }
    match bodies.len() {
        0 => Ok(Message::empty()),
        1 => Ok(bodies.remove(0)),
        _ => Err("give one of `text`, `bytes`, `object`, `map` and `stream`".to_owned()),
    }
}

fn with_headers(mut message: Message, line: Line) -> Result<Message, String> {
    if let Some(id) = line.correlation_id {
        message = message.correlation_id(id);
    }
    if let Some(name) = line.reply_to {
        message = message.reply_to(arguments::destination(&name)?);
    }
    if let Some(name) = line.message_type {
        message = message.message_type(name);
    }
    if let Some(id) = line.group_id {
        message = message.group(id);
    }
    if let Some(sequence) = line.group_sequence {
        message = message.group_sequence(sequence);
    }
    for (name, value) in value::entries(&line.properties)? {
        message = message.property(name, value);
    }
    Ok(message)
}

fn milliseconds(time: std::time::SystemTime) -> u64 {
    let since = time.duration_since(std::time::SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
