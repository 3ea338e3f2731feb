//! What to say about an option that nobody knows, or that stands in the wrong place.
//!
//! People bring the prefixes of other clients (`transport.`, `connection.`, `cms.`), copy from XML files
//! and web pages, and put options where they have no effect. What they meant is looked for in all tables.

use relaismq_options::query::Entry;
use relaismq_options::{Row, Source, UriError, UriErrorKind, closest};

use super::location::Location;
use super::table::{self, CONNECTION, FAILOVER, MOCK, TRANSPORT};

/// A name as it may be written somewhere, and where, if that is not here.
pub(super) type Name = (String, Option<&'static str>);

const BEHIND_THE_LIST: &str = "behind the closing parenthesis";
const IN_A_LIST: &str = "behind the parentheses of a failover:(…)";

/// All options of a URI, those first that may stand here.
pub(super) fn names(location: Location) -> Vec<Name> {
    let connection = prefixed("jms.", CONNECTION, None);
    match location {
        Location::Outer => {
            [prefixed("", FAILOVER, None), connection, prefixed("nested.", TRANSPORT, None)]
                .concat()
        }
        Location::Listed => [
            prefixed("", TRANSPORT, None),
            prefixed("jms.", CONNECTION, Some(BEHIND_THE_LIST)),
            prefixed("", FAILOVER, Some(BEHIND_THE_LIST)),
        ]
        .concat(),
        Location::Mocked => {
            [prefixed("", MOCK, None), prefixed("", TRANSPORT, None), connection].concat()
        }
        Location::Unlisted => {
            [prefixed("", FAILOVER, None), prefixed("", TRANSPORT, None), connection].concat()
        }
        Location::Plain => {
            [prefixed("", TRANSPORT, None), connection, prefixed("", FAILOVER, Some(IN_A_LIST))]
                .concat()
        }
    }
}

/// The names of a table with their prefix.
pub(super) fn prefixed<T>(
    prefix: &str,
    table: &[Row<T>],
    place: Option<&'static str>,
) -> Vec<Name> {
    table.iter().map(|row| (format!("{prefix}{}", row.name), place)).collect()
}

/// The error for a known option in a place where it has no meaning.
pub(super) fn misplaced(source: Source<'_>, location: Location, entry: &Entry<'_>) -> UriError {
    let key = &entry.key;
    let hint = match (location, key.strip_prefix("nested.")) {
        (Location::Outer, _) => format!("write nested.{key}, or put it on one broker"),
        (_, Some(name)) => format!("on a broker write {name}, without nested."),
        (Location::Plain, _) => format!("write failover:(tcp://host:port)?{key}=…"),
        (_, None) => format!("put it {BEHIND_THE_LIST}"),
    };
    source.hinted(entry.key_span.at(), UriErrorKind::MisplacedOption(key.clone()), hint)
}

/// The error for a name that is in no table.
pub(super) fn option(source: Source<'_>, entry: &Entry<'_>, names: &[Name]) -> UriError {
    let at = entry.key_span.at();
    if entry.key.starts_with("amp;") {
        let kind = UriErrorKind::Unexpected("&amp; of an XML or HTML file".to_owned());
        return source.hinted(at.saturating_sub(1), kind, "write & alone");
    }
    if entry.key.starts_with('?') {
        let kind = UriErrorKind::Unexpected("second question mark".to_owned());
        return source.hinted(at, kind, "the first option follows a ?, each other one an &");
    }
    let shown = source.echo(entry.key_span);
    let withheld = shown != entry.key_span.text();
    let kind = UriErrorKind::UnknownOption(shown);
    if let Some(instead) = table::instead_of(&entry.key) {
        return source.hinted(at, kind, instead);
    }
    match closest(&entry.key, names.iter().map(|(name, _)| name.as_str())) {
        Some(name) => {
            let place = names.iter().find(|(known, _)| known == name).and_then(|(_, place)| *place);
            let place = place.map(|place| format!(" It stands {place}.")).unwrap_or_default();
            source.hinted(at, kind, format!("did you mean {name}?{place}"))
        }
        None if withheld => {
            source.hinted(at, kind, "if it belongs to the value before it, write & as %26")
        }
        None => source.hinted(at, kind, "leave it out; docs/uris.md lists all options"),
    }
}
