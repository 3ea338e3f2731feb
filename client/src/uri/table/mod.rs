//! Every option there is: its name, place, kind, default and meaning.
//!
//! These tables drive parsing, suggestions and documentation. An option ActiveMQ knows and this
//! client does not implement yet is a row of kind [`Kind::Later`]; implementing it means changing
//! that row.
//!
//! ```text
//! connection, failover, transport, tls, mock, destination   a table for each place
//! differences                                               where an option does something else than in ActiveMQ's client
//! ```

mod connection;
mod destination;
mod differences;
mod failover;
mod mock;
mod tls;
mod transport;

use relaismq_options::{Kind, Row, Standing, find};

pub(super) use self::connection::CONNECTION;
pub(super) use self::destination::{CONSUMER, PRODUCER};
#[cfg(test)]
pub(super) use self::differences::DIFFERENCES;
pub(super) use self::failover::FAILOVER;
pub(super) use self::mock::MOCK;
pub(super) use self::tls::{instead_of, is_about_tls};
pub(super) use self::transport::TRANSPORT;

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
    /// Behind the closing parenthesis of `mock:(…)`.
    Mock,
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
            Self::Failover | Self::Broker | Self::Mock => "",
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
    describe(&mut docs, Place::Mock, MOCK);
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
        shows(FAILOVER, key) || shows(TRANSPORT, key) || shows(MOCK, key)
    }
}
