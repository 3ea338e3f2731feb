//! Every option there is: its name, place, kind, default and meaning.
//!
//! These tables drive parsing, suggestions and documentation. An option ActiveMQ knows and this
//! client does not implement yet is a row of kind [`Kind::Later`]; implementing it means changing
//! that row.
//!
//! ```text
//! connection, failover, transport, tls, destination   a table for each place
//! differences                                         where an option does something else than in ActiveMQ's client
//! ```

mod connection;
mod destination;
mod differences;
mod failover;
mod tls;
mod transport;

use std::time::Duration;

pub(super) use self::connection::CONNECTION;
pub(super) use self::destination::{CONSUMER, PRODUCER};
#[cfg(test)]
pub(super) use self::differences::DIFFERENCES;
pub(super) use self::failover::FAILOVER;
pub(super) use self::tls::{instead_of, is_about_tls};
pub(super) use self::transport::TRANSPORT;

/// One option of a target structure `T`.
#[derive(Debug)]
pub(super) struct Row<T: 'static> {
    /// Name without the prefix of its table.
    pub(super) name: &'static str,
    pub(super) kind: Kind<T>,
    /// Default as it would be written in a URI; empty if there is none.
    pub(super) default: &'static str,
    pub(super) doc: &'static str,
}

/// What values an option takes and where they go.
#[derive(Debug)]
pub(super) enum Kind<T: 'static> {
    /// `true` or `false`.
    Bool(fn(&mut T, bool)),
    /// A whole number from the first to the second number.
    Count(u32, u32, fn(&mut T, u32)),
    /// A whole number, or -1 for no limit.
    Limit(fn(&mut T, Option<u32>)),
    /// A whole number, or 0 and less for never.
    Every(fn(&mut T, Option<u32>)),
    /// A positive number of bytes.
    Bytes(fn(&mut T, u64)),
    /// A number with a fraction, not below the given one.
    Factor(f64, fn(&mut T, f64)),
    /// Milliseconds.
    Millis(fn(&mut T, Duration)),
    /// Milliseconds, or 0 and less for no limit.
    Timeout(fn(&mut T, Option<Duration>)),
    /// Milliseconds, or -1 for no limit.
    LongestMillis(fn(&mut T, Option<Duration>)),
    /// Any text.
    Text(fn(&mut T, &str)),
    /// Text of which not all is right, such as names; the values in words. What is wrong is answered in
    /// words, too.
    Names(&'static str, fn(&mut T, &str) -> Result<(), String>),
    /// Any text, never shown.
    Secret(fn(&mut T, &str)),
    /// Known to ActiveMQ, not implemented yet. Only the given value, which asks for what the client
    /// does anyway, is accepted.
    Later(Option<&'static str>),
    /// Without meaning for this client, for the given reason.
    NoEffect(&'static str),
    /// The same, but for the first value, which says what is so anyway and is not worth a note.
    Unneeded(&'static str, &'static str),
    /// `true` or `false`; what is not done yet if it is true.
    Partly(fn(&mut T, bool), &'static str),
}

/// Where an option stands, and the prefix it has there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Place {
    /// Behind the closing parenthesis of `failover:(…)`.
    Failover,
    /// Behind the closing parenthesis, or on a plain `tcp://` URI, with the prefix `jms.`.
    Connection,
    /// On a broker; or behind the closing parenthesis with the prefix `nested.`, for all brokers.
    Broker,
    /// On a destination name with the prefix `consumer.`.
    Consumer,
    /// On a destination name with the prefix `producer.`.
    Producer,
}

impl Place {
    /// What is written before the option's name.
    #[must_use]
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Failover | Self::Broker => "",
            Self::Connection => "jms.",
            Self::Consumer => "consumer.",
            Self::Producer => "producer.",
        }
    }
}

/// What the documentation says about one option.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OptionDoc {
    /// Where it stands.
    pub place: Place,
    /// Its name as written, with prefix.
    pub name: String,
    /// The values it takes, in words.
    pub values: String,
    /// Its default as it would be written; empty if there is none.
    pub default: &'static str,
    /// What it does.
    pub doc: &'static str,
    /// How far it is honoured.
    pub standing: Standing,
    /// Where it does not do exactly what it does in ActiveMQ's own client, and why.
    pub difference: Option<&'static str>,
}

/// How far an option is honoured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Standing {
    /// It does what it says.
    Works,
    /// It does so in part; what is missing. Setting it gives a warning.
    Partly(&'static str),
    /// It is accepted and changes nothing, for this reason. Setting it gives a note.
    NoEffect(&'static str),
    /// It is refused, except with this value, which asks for what is done anyway.
    Refused(Option<&'static str>),
}

/// Every option of broker URIs and destination names, implemented or not.
///
/// ```
/// let names: Vec<_> = relaismq::uri::catalogue().into_iter().map(|option| option.name).collect();
/// assert!(names.contains(&"jms.prefetchPolicy.queuePrefetch".to_owned()));
/// ```
#[must_use]
pub fn catalogue() -> Vec<OptionDoc> {
    let mut docs = Vec::new();
    describe(&mut docs, Place::Failover, FAILOVER);
    describe(&mut docs, Place::Connection, CONNECTION);
    describe(&mut docs, Place::Broker, TRANSPORT);
    describe(&mut docs, Place::Consumer, CONSUMER);
    describe(&mut docs, Place::Producer, PRODUCER);
    docs
}

fn describe<T>(docs: &mut Vec<OptionDoc>, place: Place, table: &[Row<T>]) {
    docs.extend(table.iter().map(|row| {
        let name = format!("{}{}", place.prefix(), row.name);
        OptionDoc {
            place,
            difference: differences::of(&name),
            name,
            values: row.kind.expected(),
            default: row.default,
            doc: row.doc,
            standing: row.kind.standing(),
        }
    }));
}

impl<T> Kind<T> {
    const fn standing(&self) -> Standing {
        match *self {
            Self::Later(honoured) => Standing::Refused(honoured),
            Self::NoEffect(reason) | Self::Unneeded(_, reason) => Standing::NoEffect(reason),
            Self::Partly(_, missing) => Standing::Partly(missing),
            _ => Standing::Works,
        }
    }
}

/// Whether a key, as written, names an option whose value may be shown.
pub(super) fn is_harmless(key: &str) -> bool {
    fn shows<T>(table: &'static [Row<T>], name: &str) -> bool {
        find(table, name).is_some_and(|(_, row)| !matches!(row.kind, Kind::Secret(_)))
    }
    if let Some(name) = key.strip_prefix("jms.") {
        shows(CONNECTION, name)
    } else if let Some(name) = key.strip_prefix("nested.") {
        shows(TRANSPORT, name)
    } else if let Some(name) = key.strip_prefix("consumer.") {
        shows(CONSUMER, name)
    } else if let Some(name) = key.strip_prefix("producer.") {
        shows(PRODUCER, name)
    } else {
        shows(FAILOVER, key) || shows(TRANSPORT, key)
    }
}

/// A row and its position.
pub(super) fn find<T>(table: &'static [Row<T>], name: &str) -> Option<(usize, &'static Row<T>)> {
    table.iter().enumerate().find(|(_, row)| row.name == name)
}
