//! Which option may stand where, and what it sets.

use relaismq_options::query::Entry;
use relaismq_options::{Kind, Refusal, Row, Source, UriError, UriErrorKind, find};

use super::Pair;
use super::location::Location;
use super::table::{self, CONNECTION, FAILOVER, MOCK, TRANSPORT};
use super::unknown;
use super::warning::{UriWarning, UriWarningKind};
use crate::options::{ConnectOptions, TransportOptions};

/// An option with its value, found in a table.
#[derive(Debug)]
pub(super) struct Setting<'a, T: 'static> {
    order: usize,
    row: &'static Row<T>,
    /// The name as written, with its prefix.
    pub(super) name: String,
    entry: Entry<'a>,
}

/// What an option is about.
#[derive(Debug)]
pub(super) enum Placed<'a> {
    /// The connection or the broker list.
    Connect(Setting<'a, ConnectOptions>),
    /// All brokers.
    Nested(Setting<'a, TransportOptions>),
    /// The broker it stands on.
    Broker(Setting<'a, TransportOptions>),
}

/// Finds out what an option is about, or why it may not stand here.
pub(super) fn place<'a>(
    source: Source<'a>,
    location: Location,
    entry: Entry<'a>,
) -> Result<(Placed<'a>, Option<UriWarning>), UriError> {
    let key = entry.key.as_str();
    let warning = |kind| Some(UriWarning { kind, offset: entry.key_span.at() });
    if let Some((order, row)) = key.strip_prefix("jms.").and_then(|name| find(CONNECTION, name)) {
        let on_broker =
            matches!(location, Location::Listed | Location::Unlisted | Location::Mocked);
        let kind = UriWarningKind::ConnectionOptionOnBroker(key.to_owned());
        let warning = if on_broker { warning(kind) } else { None };
        return Ok((Placed::Connect(Setting::new(order, row, entry)), warning));
    }
    if let (Location::Mocked, Some((order, row))) = (location, find(MOCK, key)) {
        return Ok((Placed::Broker(Setting::new(order, row, entry)), None));
    }
    let nested = key.strip_prefix("nested.").and_then(|name| find(TRANSPORT, name));
    let transport = find(TRANSPORT, key);
    let failover = find(FAILOVER, key);
    match (location, nested, transport, failover) {
        (Location::Outer, Some((order, row)), _, _) => {
            Ok((Placed::Nested(Setting::new(order, row, entry)), None))
        }
        (Location::Outer, _, _, Some((order, row))) => {
            Ok((Placed::Connect(Setting::new(order, row, entry)), None))
        }
        (Location::Unlisted, _, _, Some((order, row))) => {
            let warning = warning(UriWarningKind::FailoverOptionOnBroker(key.to_owned()));
            Ok((Placed::Connect(Setting::new(order, row, entry)), warning))
        }
        (
            Location::Listed | Location::Unlisted | Location::Mocked | Location::Plain,
            _,
            Some((order, row)),
            _,
        ) => Ok((Placed::Broker(Setting::new(order, row, entry)), None)),
        (_, None, None, None) => Err(unknown::option(source, &entry, &unknown::names(location))),
        _ => Err(unknown::misplaced(source, location, &entry)),
    }
}

impl<'a, T> Setting<'a, T> {
    pub(super) fn new(order: usize, row: &'static Row<T>, entry: Entry<'a>) -> Self {
        Self { order, row, name: entry.key.clone(), entry }
    }

    /// What is odd about it on a broker that is not reached over TLS.
    pub(super) fn idle_without_tls(&self) -> Option<UriWarning> {
        let reason = "this broker is not reached over TLS; did you mean ssl:// ?";
        let kind = UriWarningKind::NoEffect { option: self.name.clone(), reason };
        let offset = self.entry.key_span.at();
        table::is_about_tls(&self.name).then_some(UriWarning { kind, offset })
    }

    /// The option as it may be shown.
    pub(super) fn pair(&self) -> Pair {
        let secret = matches!(self.row.kind, Kind::Secret(_));
        Pair { name: self.name.clone(), value: (!secret).then(|| self.entry.value.clone()) }
    }
}

/// Adds a setting unless the same option was given before.
pub(super) fn add<'a, T>(
    source: Source<'a>,
    settings: &mut Vec<Setting<'a, T>>,
    setting: Setting<'a, T>,
) -> Result<(), UriError> {
    if settings.iter().any(|known| known.name == setting.name) {
        let kind = UriErrorKind::DuplicateOption(setting.name);
        return Err(source.hinted(setting.entry.key_span.at(), kind, "leave one of the two out"));
    }
    settings.push(setting);
    Ok(())
}

/// Sets all fields, in the order of the tables, so that the general ones do not undo the specific
/// ones.
pub(super) fn apply<'a, T>(
    source: Source<'a>,
    settings: &mut [Setting<'a, T>],
    target: &mut T,
    warnings: &mut Vec<UriWarning>,
) -> Result<(), UriError> {
    settings.sort_by_key(|setting| setting.order);
    for Setting { row, name, entry, .. } in settings {
        match row.kind.apply(target, &entry.value) {
            Ok(None) => {}
            Ok(Some(reason)) => {
                let option = name.clone();
                let kind = match row.kind {
                    Kind::Partly(..) => UriWarningKind::Partly { option, missing: reason },
                    _ => UriWarningKind::NoEffect { option, reason },
                };
                warnings.push(UriWarning { kind, offset: entry.key_span.at() });
            }
            Err(Refusal::Bad(expected)) => {
                return Err(bad_value(source, name, entry, format!("expected {expected}")));
            }
            Err(Refusal::Unfit(hint)) => return Err(bad_value(source, name, entry, hint)),
            Err(Refusal::Later(honoured)) => {
                let at = entry.key_span.at();
                let kind = UriErrorKind::UnsupportedOption(name.clone());
                return Err(match honoured {
                    Some(value) => {
                        source.hinted(at, kind, format!("leave it out, or write {name}={value}"))
                    }
                    None => source.hinted(at, kind, "leave it out"),
                });
            }
        }
    }
    Ok(())
}

fn bad_value(source: Source<'_>, name: &str, entry: &Entry<'_>, hint: String) -> UriError {
    let value = source.echo(entry.value_span);
    let kind = UriErrorKind::BadValue { option: name.to_owned(), value };
    source.hinted(entry.value_span.at(), kind, hint)
}
