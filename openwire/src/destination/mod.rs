//! Where messages go: queues and topics, ordinary and temporary.

mod kind;
mod nested;
mod options;

use std::fmt;

pub use self::kind::Kind;
use crate::text::Text;

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

impl fmt::Debug for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.kind.prefix(), self.name)
    }
}
