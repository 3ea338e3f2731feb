//! The grammar of broker URIs.
//!
//! ```text
//! uri       = group | broker
//! group     = kind ":" ["//"] ( "(" list ")" [path] ["?" query] | list )
//! kind      = "failover" | "discovery" | "static" | "masterslave"
//! list      = component *( "," component ) [","]
//! component = group | mock | broker
//! mock      = "mock:" ["//"] ( "(" broker ")" ["?" query] | broker )
//! broker    = scheme "://" host [":" port] ["/" [host ":" port]] ["?" query]
//! ```
//! ASCII whitespace may stand around every part.

use relaismq_options::{Scheme, Source, Span, UriError, UriErrorKind, address, query};

use super::found::{Found, Listed, no_broker};
use super::location::Location;
use super::placing::{self, Placed, Setting};
use super::scheme::{self, List, Meaning};
use super::warning::{UriWarning, UriWarningKind};
use super::{BrokerUri, table};
use crate::options::TransportOptions;

/// Reads a whole URI.
pub(super) fn parse(text: &str) -> Result<BrokerUri, UriError> {
    read(text).map_err(|error| match text.trim_ascii_end().chars().next_back() {
        // Often what is wrong, and seldom what is noticed first.
        Some(last) if STRAY.contains(&last) => {
            error.also(&format!("leave out the {last} at its end"))
        }
        _ => error,
    })
}

fn read(text: &str) -> Result<BrokerUri, UriError> {
    let source = Source::new(text, table::is_harmless);
    let mut parser = Parser { source, found: Found::default(), discovery: false };
    let whole = source.whole().trim();
    if whole.is_empty() {
        return Err(source.hinted(0, UriErrorKind::Empty, "write failover:(tcp://host:61616)"));
    }
    let (meaning, rest) = parser.scheme(whole)?;
    match meaning {
        Named::Group(list) => {
            parser.discovery = list == List::Discovery;
            parser.found.ordered = list == List::Ordered;
            parser.group(rest, 0)?;
        }
        Named::Broker(scheme) => parser.broker(scheme, rest, Location::Plain)?,
        Named::Mock => parser.mock(rest)?,
    }
    parser.found.into_uri(source, matches!(meaning, Named::Group(_)))
}

/// A scheme that is supported.
#[derive(Clone, Copy)]
enum Named {
    Group(List),
    Broker(Scheme),
    Mock,
}

struct Parser<'a> {
    source: Source<'a>,
    found: Found<'a>,
    /// The list is one of what is discovered.
    discovery: bool,
}

impl<'a> Parser<'a> {
    fn scheme(&self, component: Span<'a>) -> Result<(Named, Span<'a>), UriError> {
        let source = self.source;
        let missing = |hint: &str| {
            Err(source.hinted(component.at(), UriErrorKind::MissingScheme, hint.to_owned()))
        };
        if component.text().starts_with('(') {
            return missing("a list begins with failover:(");
        }
        if component.text().starts_with(QUOTES) {
            let kind = UriErrorKind::Unexpected("quotation mark".to_owned());
            return Err(source.hinted(component.at(), kind, "leave it out"));
        }
        let Some((name, rest)) = component.split_once(':') else {
            return missing("write tcp://host:port");
        };
        let name = name.trim();
        if !is_scheme(name.text()) || rest.text().starts_with(|c: char| c.is_ascii_digit()) {
            return missing("write tcp://host:port");
        }
        match scheme::meaning(name.text()) {
            Some(Meaning::Group(list)) => Ok((Named::Group(list), rest)),
            Some(Meaning::Broker(scheme)) => Ok((Named::Broker(scheme), rest)),
            Some(Meaning::Mock) => Ok((Named::Mock, rest)),
            Some(Meaning::Refused(hint)) => {
                let kind = UriErrorKind::UnsupportedScheme(name.text().to_owned());
                Err(source.hinted(name.at(), kind, hint))
            }
            None => {
                let kind = UriErrorKind::UnknownScheme(source.echo(name));
                Err(source.hinted(name.at(), kind, scheme::hint(name.text())))
            }
        }
    }

    fn group(&mut self, rest: Span<'a>, depth: usize) -> Result<(), UriError> {
        if depth > MAX_DEPTH {
            return Err(self.source.hinted(
                rest.at(),
                UriErrorKind::TooDeep,
                "name all brokers in one failover:(…)",
            ));
        }
        let body = rest.trim();
        let body = body.strip_prefix("//").unwrap_or(body).trim();
        let Some(inner) = body.strip_prefix("(") else {
            return self.list(body, Location::Unlisted, depth);
        };
        let Some(close) = closing(inner.text()) else {
            return Err(self.source.hinted(
                body.at(),
                UriErrorKind::UnbalancedParentheses,
                "close the list with )",
            ));
        };
        let (list, tail) = inner.split_at(close);
        self.list(list, Location::Listed, depth)?;
        self.tail(tail.split_at(1).1.trim(), depth)
    }

    fn list(&mut self, list: Span<'a>, location: Location, depth: usize) -> Result<(), UriError> {
        let mut components = self.components(list)?;
        if components.last().is_some_and(|last| last.is_empty()) {
            components.pop();
        }
        if components.is_empty() {
            if location == Location::Listed && depth == 0 {
                self.found.empty_list = Some(list.at());
                return Ok(());
            }
            return Err(no_broker(self.source, list.at()));
        }
        for (index, component) in components.into_iter().enumerate() {
            if component.is_empty() {
                let hint = "leave out the comma";
                let kind = UriErrorKind::EmptyComponent;
                return Err(self.source.hinted(component.at(), kind, hint));
            }
            if index > 0 && is_option(component.text()) {
                let kind = UriErrorKind::Unexpected("comma between options".to_owned());
                let hint = "write failover:(tcp://a:1,tcp://b:1)?option=value&option=value";
                return Err(self.source.hinted(component.at() - 1, kind, hint));
            }
            match self.scheme(component)? {
                (Named::Broker(scheme), rest) => self.broker(scheme, rest, location)?,
                (Named::Mock, rest) => self.mock(rest)?,
                (Named::Group(list), rest) => {
                    if !self.discovery {
                        self.warn(component.at(), UriWarningKind::NestedGroup);
                    }
                    self.found.ordered |= list == List::Ordered;
                    self.group(rest, depth + 1)?;
                }
            }
        }
        Ok(())
    }

    /// Splits a list at the commas outside of parentheses.
    fn components(&self, list: Span<'a>) -> Result<Vec<Span<'a>>, UriError> {
        let mut components = Vec::new();
        let (mut depth, mut rest, mut open_at) = (0_usize, list, list.at());
        for (index, c) in list.text().char_indices() {
            let at = list.at() + index;
            match c {
                '(' => {
                    open_at = if depth == 0 { at } else { open_at };
                    depth += 1;
                }
                ')' if depth == 0 => return Err(self.unbalanced(at)),
                ')' => depth -= 1,
                ',' if depth == 0 => {
                    let (component, after) = rest.split_at(at - rest.at());
                    components.push(component.trim());
                    rest = after.split_at(1).1;
                }
                _ => {}
            }
        }
        if depth > 0 {
            return Err(self.unbalanced(open_at));
        }
        components.push(rest.trim());
        Ok(components)
    }

    fn unbalanced(&self, at: usize) -> UriError {
        let kind = UriErrorKind::UnbalancedParentheses;
        self.source.hinted(at, kind, "within a value, write ( as %28 and ) as %29")
    }

    /// What stands behind the closing parenthesis.
    fn tail(&mut self, tail: Span<'a>, depth: usize) -> Result<(), UriError> {
        let end = tail.text().find(['?', '#']).unwrap_or(tail.text().len());
        let (path, rest) = tail.split_at(end);
        if path.text().starts_with(',') {
            let kind = UriErrorKind::Unexpected("comma behind the closing parenthesis".to_owned());
            return Err(self.source.hinted(path.at(), kind, "list all brokers in the parentheses"));
        }
        if let Some(index) = path.text().find(['(', ')']) {
            return Err(self.unbalanced(path.at() + index));
        }
        if path.text().contains(QUOTES) {
            let kind = UriErrorKind::Unexpected("quotation mark".to_owned());
            return Err(self.source.hinted(path.at(), kind, "leave it out"));
        }
        if !path.trim().is_empty() {
            self.warn(path.at(), UriWarningKind::IgnoredTail);
        }
        let Some(query) = rest.strip_prefix("?") else {
            if !rest.is_empty() {
                self.warn(rest.at(), UriWarningKind::IgnoredTail);
            }
            return Ok(());
        };
        let entries = query::entries(self.source, query)?;
        if depth > 0 && !entries.is_empty() {
            let kind = UriErrorKind::Unexpected("options on an inner list".to_owned());
            let hint = "put them behind the last parenthesis";
            return Err(self.source.hinted(query.at(), kind, hint));
        }
        entries.into_iter().try_for_each(|entry| self.option(Location::Outer, entry, &mut vec![]))
    }

    /// One broker with faults on purpose, which stand on it or behind its parenthesis.
    fn mock(&mut self, rest: Span<'a>) -> Result<(), UriError> {
        let body = rest.trim();
        let body = body.strip_prefix("//").unwrap_or(body).trim();
        let (component, tail) = match body.strip_prefix("(") {
            None => (body, None),
            Some(inner) => {
                let close = closing(inner.text()).ok_or_else(|| self.unbalanced(body.at()))?;
                let (component, tail) = inner.split_at(close);
                (component.trim(), Some(tail.split_at(1).1.trim()))
            }
        };
        let (Named::Broker(scheme), rest) = self.scheme(component)? else {
            let kind = UriErrorKind::Unexpected("list within mock:".to_owned());
            let hint = "write failover:(mock:(tcp://a:1),mock:(tcp://b:1))";
            return Err(self.source.hinted(component.at(), kind, hint));
        };
        let known = self.found.brokers.len();
        self.broker(scheme, rest, Location::Mocked)?;
        self.mock_options(tail, known)
    }

    /// What stands behind the parenthesis belongs to the broker in it.
    fn mock_options(&mut self, tail: Option<Span<'a>>, known: usize) -> Result<(), UriError> {
        let Some(tail) = tail.filter(|tail| !tail.is_empty()) else { return Ok(()) };
        let Some(query) = tail.strip_prefix("?") else {
            let kind = UriErrorKind::Unexpected("text behind mock:(…)".to_owned());
            return Err(self.source.hinted(
                tail.at(),
                kind,
                "write mock:(tcp://host:port)?option=…",
            ));
        };
        let mut own = self.found.brokers.get_mut(known).map(|it| std::mem::take(&mut it.own));
        let mut nowhere = Vec::new();
        for entry in query::entries(self.source, query)? {
            self.option(Location::Mocked, entry, own.as_mut().unwrap_or(&mut nowhere))?;
        }
        if let (Some(listed), Some(own)) = (self.found.brokers.get_mut(known), own) {
            listed.own = own;
        }
        Ok(())
    }

    fn broker(
        &mut self,
        scheme: Scheme,
        rest: Span<'a>,
        location: Location,
    ) -> Result<(), UriError> {
        let (base, query) = match rest.split_once('?') {
            Some((base, query)) => (base, Some(query)),
            None => (rest, None),
        };
        if let Some((before, _)) = base.split_once('#') {
            return Err(self.source.hinted(before.end(), UriErrorKind::Fragment, "leave it out"));
        }
        let (address, local) = address::parse_both(self.source, scheme, base.trim())?;
        let mut own = Vec::new();
        if let Some(query) = query {
            for entry in query::entries(self.source, query)? {
                self.option(location, entry, &mut own)?;
            }
        }
        if self.found.brokers.iter().any(|known| known.address == address) {
            self.warn(rest.at(), UriWarningKind::RepeatedBroker(address.to_string()));
        } else {
            let mock = location == Location::Mocked;
            self.found.brokers.push(Listed { address, local, mock, own });
        }
        Ok(())
    }

    fn option(
        &mut self,
        location: Location,
        entry: query::Entry<'a>,
        own: &mut Vec<Setting<'a, TransportOptions>>,
    ) -> Result<(), UriError> {
        let entry = if self.discovery { renamed(entry) } else { entry };
        let (placed, warning) = placing::place(self.source, location, entry)?;
        self.found.warnings.extend(warning);
        match placed {
            Placed::Connect(setting) => placing::add(self.source, &mut self.found.connect, setting),
            Placed::Nested(setting) => placing::add(self.source, &mut self.found.nested, setting),
            Placed::Broker(setting) => placing::add(self.source, own, setting),
        }
    }

    fn warn(&mut self, offset: usize, kind: UriWarningKind) {
        self.found.warnings.push(UriWarning { kind, offset });
    }
}

const QUOTES: [char; 6] = ['"', '\'', '“', '”', '‘', '’'];
/// What stays at the end when a URI is copied out of a program or a configuration file.
const STRAY: [char; 5] = ['"', '\'', '”', '’', ';'];

/// `name=value`, and no broker.
fn is_option(component: &str) -> bool {
    component.split_once('=').is_some_and(|(name, _)| !name.contains([':', '?']))
}

/// Groups in groups in groups; each level costs stack.
const MAX_DEPTH: usize = 8;

/// What is for all brokers that are found is for all of the list.
fn renamed(mut entry: query::Entry<'_>) -> query::Entry<'_> {
    if let Some(name) = entry.key.strip_prefix("discovered.") {
        entry.key = format!("nested.{name}");
    }
    entry
}

/// Index of the parenthesis that closes the one before the text.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (index, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' if depth == 0 => return Some(index),
            ')' => depth -= 1,
            _ => {}
        }
    }
    None
}

fn is_scheme(name: &str) -> bool {
    let part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.bytes().all(part)
}
