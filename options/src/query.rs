//! `key=value&key=value`, with offsets and percent escapes.

use crate::error::{UriError, UriErrorKind};
use crate::source::Source;
use crate::span::Span;

/// One `key=value` of a query, decoded.
#[derive(Debug, Clone)]
pub struct Entry<'a> {
    /// What stands before the `=`.
    pub key: String,
    /// What stands behind it.
    pub value: String,
    /// Where the key stands.
    pub key_span: Span<'a>,
    /// Where the value stands.
    pub value_span: Span<'a>,
}

/// Splits a query at `&` and `=`.
///
/// `+` is an ordinary character: passwords contain it, and nothing here is an HTML form.
///
/// # Errors
/// If an option has no value, an escape is malformed, or a `#` cuts something off.
pub fn entries<'a>(source: Source<'a>, query: Span<'a>) -> Result<Vec<Entry<'a>>, UriError> {
    if let Some((before, _)) = query.split_once('#') {
        return Err(source.hinted(
            before.end(),
            UriErrorKind::Fragment,
            "write a literal # as %23",
        ));
    }
    let pieces = query.split('&').map(Span::trim).filter(|piece| !piece.is_empty());
    pieces.map(|piece| entry(source, piece)).collect()
}

fn entry<'a>(source: Source<'a>, piece: Span<'a>) -> Result<Entry<'a>, UriError> {
    let Some((key, value)) = piece.split_once('=') else {
        let kind = UriErrorKind::MissingValue(source.echo(piece));
        return Err(source.hinted(piece.at(), kind, "write name=value, and a literal & as %26"));
    };
    let (key_span, value_span) = (key.trim(), value.trim());
    let key = decode(source, key_span)?;
    let value = decode(source, value_span)?;
    Ok(Entry { key, value, key_span, value_span })
}

/// A text with its escapes undone.
///
/// # Errors
/// If an escape is malformed.
pub fn decode(source: Source<'_>, span: Span<'_>) -> Result<String, UriError> {
    let bad = |at| source.hinted(at, UriErrorKind::BadEscape, "write a literal % as %25");
    let mut bytes = Vec::with_capacity(span.text().len());
    let mut rest = span.text().as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let at = span.end() - tail.len() - 1;
        let (high, low) = match tail {
            [high, low, after @ ..] => {
                rest = after;
                (char::from(*high).to_digit(16), char::from(*low).to_digit(16))
            }
            _ => (None, None),
        };
        let digits = high.zip(low).and_then(|(high, low)| u8::try_from(high * 16 + low).ok());
        bytes.push(digits.ok_or_else(|| bad(at))?);
    }
    String::from_utf8(bytes).map_err(|_| bad(span.at()))
}

/// Escapes everything that could mean something in a URI or in a broker list.
#[must_use]
pub fn encode(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut encoded, byte| {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'*' | b':' => {
                encoded.push(char::from(byte));
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
        encoded
    })
}
