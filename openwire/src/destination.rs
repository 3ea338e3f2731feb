//! Where messages go: queues and topics, ordinary and temporary.

use std::fmt;

use crate::{
    cache::{Cached, Key},
    command::Command,
    error::{DecodeError, DecodeFault, EncodeError},
    text::Text,
    wire::{Nested, Sink, Source, wrong_type},
};

/// The four kinds of destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Each message goes to one consumer.
    Queue,
    /// Each message goes to every subscriber.
    Topic,
    /// A queue that lives with the connection that made it.
    TempQueue,
    /// A topic that lives with the connection that made it.
    TempTopic,
}

impl Kind {
    const ALL: [Self; 4] = [Self::Queue, Self::Topic, Self::TempQueue, Self::TempTopic];

    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Queue => 100,
            Self::Topic => 101,
            Self::TempQueue => 102,
            Self::TempTopic => 103,
        }
    }

    pub(crate) fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    pub(crate) const fn type_name(self) -> &'static str {
        match self {
            Self::Queue => "ActiveMQQueue",
            Self::Topic => "ActiveMQTopic",
            Self::TempQueue => "ActiveMQTempQueue",
            Self::TempTopic => "ActiveMQTempTopic",
        }
    }

    /// What stands before a name to select this kind, such as `queue://`.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Queue => "queue://",
            Self::Topic => "topic://",
            Self::TempQueue => "temp-queue://",
            Self::TempTopic => "temp-topic://",
        }
    }

    /// Each message goes to one consumer.
    pub const fn is_queue(self) -> bool {
        matches!(self, Self::Queue | Self::TempQueue)
    }

    /// Lives with the connection that made it.
    pub const fn is_temporary(self) -> bool {
        matches!(self, Self::TempQueue | Self::TempTopic)
    }
}

/// A destination by its physical name, which is never empty.
///
/// A name may be a composite (`a,topic://b`) or a pattern (`a.*`, `a.>`).
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Destination {
    /// Queue or topic.
    pub kind: Kind,
    /// The name as it stands on the wire.
    pub name: Text,
}

impl Destination {
    /// A queue.
    pub fn queue(name: impl Into<Text>) -> Self {
        Self { kind: Kind::Queue, name: name.into() }
    }

    /// A topic.
    pub fn topic(name: impl Into<Text>) -> Self {
        Self { kind: Kind::Topic, name: name.into() }
    }

    /// A temporary queue; its name begins with the id of the connection that owns it.
    pub fn temp_queue(name: impl Into<Text>) -> Self {
        Self { kind: Kind::TempQueue, name: name.into() }
    }

    /// A temporary topic; its name begins with the id of the connection that owns it.
    pub fn temp_topic(name: impl Into<Text>) -> Self {
        Self { kind: Kind::TempTopic, name: name.into() }
    }

    /// Reads `queue://a`, `topic://a,b`, `a?option=value`: the prefix selects the kind (`default`
    /// without one), options are cut off. `None` if no name is left.
    pub fn parse(text: &str, default: Kind) -> Option<Self> {
        let text = text.trim();
        let (kind, rest) = Kind::ALL
            .into_iter()
            .find_map(|kind| text.strip_prefix(kind.prefix()).map(|rest| (kind, rest)))
            .unwrap_or((default, text));
        let name = rest.split('?').next().unwrap_or_default().trim();
        (!name.is_empty()).then(|| Self { kind, name: name.into() })
    }

    /// The options behind the `?` of a destination's text, such as `consumer.prefetchSize`. They mean
    /// something to the client that reads them and are never sent.
    pub fn options(text: &str) -> Vec<(String, String)> {
        let options = text.split_once('?').map_or("", |(_, options)| options);
        options
            .split('&')
            .filter_map(|option| option.split_once('='))
            .map(|(name, value)| (unescape(name), unescape(value)))
            .collect()
    }

    /// One destination of several. Those of the given kind are written without prefix.
    pub fn compose(kind: Kind, parts: &[Self]) -> Option<Self> {
        let part = |part: &Self| match part.kind == kind {
            true => part.name.to_string(),
            false => part.to_string(),
        };
        let names: Vec<_> = parts.iter().map(part).collect();
        (!names.is_empty()).then(|| Self { kind, name: names.join(",").into() })
    }

    /// Several destinations in one name.
    pub fn is_composite(&self) -> bool {
        self.name.contains(',')
    }

    /// The parts of a composite, without doubles, in the order of the name; the destination itself
    /// if it is none. Parts without prefix have the kind of the whole.
    pub fn parts(&self) -> Vec<Self> {
        let mut parts = Vec::new();
        for part in self.name.split(',').filter_map(|part| Self::parse(part, self.kind)) {
            if !parts.contains(&part) {
                parts.push(part);
            }
        }
        parts
    }

    /// Has a wildcard, and is no composite.
    pub fn is_pattern(&self) -> bool {
        !self.is_composite() && self.name.split('.').any(|level| matches!(level, "*" | ">"))
    }

    /// Whether `name` is covered: `*` stands for one level, `>` for the rest, even an empty one.
    pub fn covers(&self, name: &str) -> bool {
        let mut names = name.split('.');
        for level in self.name.split('.') {
            match (level, names.next()) {
                (">", _) => return true,
                ("*", Some(_)) => {}
                (literal, Some(name)) if literal == name => {}
                _ => return false,
            }
        }
        names.next().is_none()
    }
}

/// The name behind its prefix. Composites are shown without one, as ActiveMQ does: each of their
/// parts may have its own.
impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_composite() {
            return f.write_str(&self.name);
        }
        write!(f, "{}{}", self.kind.prefix(), self.name)
    }
}

/// Resolves `+` and `%41`, as in the query of a URI; what is malformed stays as it is.
fn unescape(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let escaped = match first {
            b'%' => tail.get(..2).and_then(|hex| std::str::from_utf8(hex).ok()),
            _ => None,
        };
        match escaped.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = tail.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(if first == b'+' { b' ' } else { first });
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

impl fmt::Debug for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.kind.prefix(), self.name)
    }
}

impl Nested for Destination {
    const EXPECTED: &'static str = "a destination";

    fn type_code(&self) -> u8 {
        self.kind.code()
    }

    fn write_fields<S: Sink>(&self, sink: &mut S) -> Result<(), EncodeError> {
        sink.text("physicalName", Some(&self.name))
    }

    fn read_fields<S: Source>(code: u8, source: &mut S) -> Result<Self, DecodeError> {
        let Some(kind) = Kind::from_code(code) else {
            return Err(wrong_type::<Self>(code, source));
        };
        let at = source.offset();
        match source.text()? {
            Some(name) if !name.is_empty() => Ok(Self { kind, name }),
            _ => Err(DecodeError::new(DecodeFault::EmptyName, at)),
        }
    }
}

impl Cached for Destination {
    fn key(&self) -> Option<Key> {
        Some(Key::Destination(self.clone()))
    }

    fn to_entry(&self) -> Command {
        Command::Destination(self.clone())
    }

    fn from_entry(entry: &Command) -> Option<Self> {
        match entry {
            Command::Destination(destination) => Some(destination.clone()),
            _ => None,
        }
    }
}
