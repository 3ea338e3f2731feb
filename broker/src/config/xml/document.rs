//! From text to a tree, within bounds.

use roxmltree::{Document, Error, ParsingOptions, TextPos};

use crate::config::finding::{Finding, Weight};

/// Nobody writes so much by hand.
pub(in crate::config) const MOST_BYTES: usize = 1024 * 1024;
const MOST_NODES: u32 = 100_000;

/// Reads a text. Entities of its own are not expanded: there are none without a DTD, which is refused.
pub(super) fn parse<'a>(file: &str, text: &'a str) -> Result<Document<'a>, Finding> {
    if text.len() > MOST_BYTES {
        let what = format!("{} bytes are more than a configuration has", text.len());
        return Err(error(file, TextPos::new(1, 1), what, "name the right file"));
    }
    let options =
        ParsingOptions { allow_dtd: false, nodes_limit: MOST_NODES, ..Default::default() };
    Document::parse_with_options(text, options).map_err(|failure| explain(file, text, &failure))
}

fn error(file: &str, at: TextPos, what: String, remedy: &str) -> Finding {
    Finding {
        weight: Weight::Error,
        file: file.to_owned(),
        line: at.row,
        column: at.col,
        element: String::new(),
        what,
        remedy: remedy.to_owned(),
    }
}

fn explain(file: &str, text: &str, failure: &Error) -> Finding {
    let at = position(text, failure);
    // Where it is stands in front already.
    let said = failure.to_string();
    let said = said.strip_suffix(&format!(" at {}", failure.pos())).unwrap_or(&said);
    let what = match failure {
        Error::DtdDetected => "a document type is not read".to_owned(),
        Error::NodesLimitReached => format!("more than {MOST_NODES} elements and texts"),
        _ => format!("not well-formed XML: {said}"),
    };
    error(file, at, what, remedy(text, at, failure))
}

fn position(text: &str, failure: &Error) -> TextPos {
    let offset = match failure {
        Error::DtdDetected => text.find("<!DOCTYPE"),
        Error::UnclosedRootNode | Error::UnexpectedEndOfStream => Some(text.len()),
        _ => None,
    };
    offset.map_or_else(|| failure.pos(), |offset| place(text, offset))
}

/// Line and column of a byte.
pub(super) fn place(text: &str, offset: usize) -> TextPos {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.rsplit('\n').next().unwrap_or_default();
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    TextPos::new(number(before.matches('\n').count() + 1), number(line.chars().count() + 1))
}

fn remedy(text: &str, at: TextPos, failure: &Error) -> &'static str {
    let line = text.lines().nth(at.row as usize - 1).unwrap_or_default();
    let here: String = line.chars().skip(at.col as usize - 1).collect();
    match failure {
        Error::DtdDetected => "leave <!DOCTYPE …> out",
        Error::NodesLimitReached => "name the right file",
        Error::NoRootNode | Error::UnknownToken(_) if !text.contains('<') => {
            "write <broker xmlns=\"http://activemq.apache.org/schema/core\">…</broker>"
        }
        Error::UnknownNamespace(..) => {
            "declare it: xmlns:amq=\"http://activemq.apache.org/schema/core\", or leave the prefix out"
        }
        Error::MalformedEntityReference(_) | Error::UnknownEntityReference(..) => {
            "within XML, & is written &amp;"
        }
        Error::DuplicatedAttribute(..) => "leave one of the two out",
        Error::InvalidAttributeValue(_) => "close the quotation mark, and write < as &lt;",
        Error::UnexpectedCloseTag(..) | Error::UnclosedRootNode | Error::UnexpectedEndOfStream => {
            "close what was opened"
        }
        _ if here.starts_with("...") || here.starts_with('…') => "put in what the dots stand for",
        _ if here.starts_with('#') => {
            "a comment is written <!-- … -->, between elements and never inside of a tag"
        }
        _ if line.contains(['“', '”', '‘', '’']) => "write \" for the quotation marks",
        Error::InvalidChar2(..) => "write values in quotation marks: name=\"value\"",
        _ => "mend it there, or a little before",
    }
}
