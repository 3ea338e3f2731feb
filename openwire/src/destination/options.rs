//! Options in the text of a destination.

use super::Destination;

impl Destination {
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
