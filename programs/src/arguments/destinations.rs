//! Destinations by their names.

use relaismq::{Destination, Queue, Target, Topic};

enum Kind {
    Queue,
    Topic,
}

/// A queue or a topic, by its URL or a mere name.
///
/// # Errors
/// What to write.
pub fn target(text: &str) -> Result<Target, String> {
    Ok(match split(text)? {
        (Kind::Queue, name) => Queue::new(name).into(),
        (Kind::Topic, name) => Topic::new(name).into(),
    })
}

/// Whether it is a topic.
pub(super) fn is_topic(text: &str) -> bool {
    matches!(split(text), Ok((Kind::Topic, _)))
}

fn split(text: &str) -> Result<(Kind, &str), String> {
    let (kind, name) = match text.strip_prefix("topic://") {
        Some(name) => (Kind::Topic, name),
        None => (Kind::Queue, text.strip_prefix("queue://").unwrap_or(text)),
    };
    if name.is_empty() || name.contains("://") {
        return Err(NAMES.to_owned());
    }
    Ok((kind, name))
}

/// Where answers go: a queue or a topic, or a temporary one of somebody else.
///
/// # Errors
/// What to write.
pub fn destination(text: &str) -> Result<Destination, String> {
    let temporary = |prefix| text.strip_prefix(prefix).filter(|name: &&str| !name.is_empty());
    if let Some(name) = temporary("temp-queue://") {
        return Ok(Destination::temp_queue(name));
    }
    if let Some(name) = temporary("temp-topic://") {
        return Ok(Destination::temp_topic(name));
    }
    Ok(match split(text)? {
        (Kind::Queue, name) => Destination::queue(name),
        (Kind::Topic, name) => Destination::topic(name),
    })
}

const NAMES: &str = "write queue://NAME or topic://NAME";

/// The text of a queue's or topic's name, as it is.
///
/// # Errors
/// What to write.
pub fn readable(text: &str) -> Result<String, String> {
    split(text).map(|_| text.to_owned())
}

/// The text of a queue's name, as it is.
///
/// # Errors
/// What to write.
pub fn queue(text: &str) -> Result<String, String> {
    match split(text)? {
        (Kind::Queue, _) => Ok(text.to_owned()),
        (Kind::Topic, _) => Err("topics keep nothing: give a queue".to_owned()),
    }
}
