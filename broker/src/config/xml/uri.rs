//! Brokers without XML: `broker:(tcp://0.0.0.0:61616)?persistent=false`, and files of properties. They
//! set the attributes that the XML's element has.

use relaismq_options::{Source, Span, find, query};

use super::{
    connector, finish,
    reader::{Loaded, Reader},
    table::BROKER_ATTRIBUTES,
};
use crate::config::{finding::Refused, properties::Properties};

/// Reads a `broker:` URI.
pub(in crate::config) fn read_uri(uri: &str, properties: Properties) -> Result<Loaded, Refused> {
    let mut reader = Reader::new("the broker's URI", uri, properties);
    // Nothing in it is secret that a broker may be told.
    let source = Source::new(uri, |name| find(BROKER_ATTRIBUTES, name).is_some());
    let rest = source.whole().trim().strip_prefix("broker:").unwrap_or(source.whole());
    let rest = rest.strip_prefix("//").unwrap_or(rest).trim();
    let (list, behind) = split(&mut reader, rest);
    for component in components(list) {
        connect(&mut reader, component);
    }
    let (path, options) = behind.split_once('?').map_or((behind, None), |(p, o)| (p, Some(o)));
    let name = path.text().trim().trim_matches('/');
    if !name.is_empty() {
        reader.set("", BROKER_ATTRIBUTES, ("brokerName", name), path.at());
    }
    match options.map_or(Ok(Vec::new()), |options| query::entries(source, options)) {
        Ok(entries) => {
            for entry in entries {
                let at = entry.key_span.at();
                reader.set("", BROKER_ATTRIBUTES, (&entry.key, &entry.value), at);
            }
        }
        Err(error) => {
            let hint = error.hint.unwrap_or_default();
            reader.refuse(error.offset, "", &error.kind.to_string(), &hint);
        }
    }
    let config = finish::finish(&mut reader, 0);
    reader.done(config)
}

/// The list of connectors, and what stands behind it.
fn split<'a>(reader: &mut Reader<'_>, rest: Span<'a>) -> (Span<'a>, Span<'a>) {
    let Some(inner) = rest.strip_prefix("(") else {
        let end = rest.text().find('?').unwrap_or(rest.text().len());
        return rest.split_at(end);
    };
    let mut open = 0_usize;
    for (at, c) in inner.text().char_indices() {
        match c {
            '(' => open += 1,
            ')' if open == 0 => {
                let (list, behind) = inner.split_at(at);
                return (list, behind.split_at(1).1);
            }
            ')' => open -= 1,
            _ => {}
        }
    }
    reader.refuse(
        rest.at(),
        "",
        "the parenthesis is not closed",
        "write broker:(tcp://HOST:PORT)?…",
    );
    rest.split_at(rest.text().len())
}

/// What stands between commas outside of parentheses.
fn components(list: Span<'_>) -> Vec<Span<'_>> {
    let (mut found, mut open, mut rest) = (Vec::new(), 0_usize, list);
    for (index, c) in list.text().char_indices() {
        match c {
            '(' => open += 1,
            ')' => open = open.saturating_sub(1),
            ',' if open == 0 => {
                let (component, after) = rest.split_at(list.at() + index - rest.at());
                found.push(component.trim());
                rest = after.split_at(1).1;
            }
            _ => {}
        }
    }
    found.push(rest.trim());
    found.retain(|it| !it.is_empty());
    found
}

fn connect(reader: &mut Reader<'_>, component: Span<'_>) {
    let at = component.at();
    let refused = [
        ("network:", "networks of brokers are not built yet"),
        ("proxy:", "proxies are not built yet"),
    ];
    match refused.iter().find(|(scheme, _)| component.text().starts_with(scheme)) {
        Some((scheme, what)) => reader.refuse(at, scheme, what, "leave it out"),
        None => connector::serve(reader, component.text(), at),
    }
}

/// Reads a file with `brokerName=…` and the like on its lines.
pub(in crate::config) fn read_properties(
    file: &str,
    text: &str,
    properties: Properties,
) -> Result<Loaded, Refused> {
    let mut reader = Reader::new(file, text, properties);
    for (name, value) in crate::config::properties::lines(text) {
        let at = text.find(&name).unwrap_or_default();
        if name == "transportConnectorURIs" {
            value.split(',').for_each(|uri| connector::serve(&mut reader, uri.trim(), at));
        } else {
            reader.set("", BROKER_ATTRIBUTES, (&name, &value), at);
        }
    }
    let config = finish::finish(&mut reader, 0);
    reader.done(config)
}
