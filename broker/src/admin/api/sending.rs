//! A message is sent without a client.

use std::collections::BTreeMap;

use relaismq_openwire::{Destination, Message, Value as Wire, destination::Kind};
use serde::Deserialize;
use serde_json::Value as Json;

use super::{
    deeds::{Answer, act},
    values::from_json,
    wish::Wish,
};
use crate::{admin::failure::Failure, engine::io::Deed};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct New {
    /// Text; anything else is sent as the text of its JSON, null as a message without a body.
    #[serde(default)]
    body: Json,
    #[serde(default)]
    properties: BTreeMap<String, Json>,
    #[serde(default)]
    headers: Headers,
    #[serde(default = "usually")]
    persistent: bool,
}

const fn usually() -> bool {
    true
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Headers {
    correlation_id: Option<String>,
    reply_to: Option<String>,
    #[serde(rename = "type")]
    jms_type: Option<String>,
    priority: Option<i8>,
    /// Milliseconds since 1970.
    expiration: Option<i64>,
    group_id: Option<String>,
}

pub(super) async fn send(Wish { admin, queue, said }: Wish<New>) -> Answer {
    let message = Box::new(message(said)?);
    let to = Destination::queue(queue.as_str());
    act(&admin, &queue, "send", Deed::Send { to, message }).await
}

fn message(new: New) -> Result<Message, Failure> {
    let mut message = match new.body {
        Json::Null => Ok(Message::new_plain()),
        Json::String(text) => Message::new_text(&text),
        other => Message::new_text(&other.to_string()),
    }
    .map_err(|error| Failure::bad(format!("this is no body: {error}"), "send a shorter one"))?;
    set_headers(&mut message, new.headers)?;
    message.persistent = new.persistent;
    for (name, value) in new.properties {
        set_property(&mut message, &name, value)?;
    }
    Ok(message)
}

fn set_headers(message: &mut Message, headers: Headers) -> Result<(), Failure> {
    message.priority = headers.priority.unwrap_or(4);
    if !(0..=9).contains(&message.priority) {
        return Err(Failure::bad("this is no priority", "0 to 9, usually 4"));
    }
    message.expiration = headers.expiration.unwrap_or(0);
    message.correlation_id = headers.correlation_id.map(Into::into);
    message.jms_type = headers.jms_type.map(Into::into);
    message.group_id = headers.group_id.map(Into::into);
    message.reply_to = match headers.reply_to {
        Some(name) => Some(Destination::parse(&name, Kind::Queue).ok_or_else(|| {
            Failure::bad("replyTo has no name", "say the name of a queue, or topic://NAME")
        })?),
        None => None,
    };
    Ok(())
}

fn set_property(message: &mut Message, name: &str, value: Json) -> Result<(), Failure> {
    let hint = "a property has a name, and is text, a number, true or false";
    let wire: Option<Wire> = from_json(value).filter(|_| !name.is_empty());
    let wire = wire.ok_or_else(|| Failure::bad(format!("{name:?} is no property"), hint))?;
    let set = message.set_property(name, wire);
    set.map_err(|error| Failure::bad(format!("{name:?} cannot be set: {error}"), hint)).map(drop)
}
