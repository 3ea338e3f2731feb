//! Statements with their values written into them, so that several go in one packet.

use crate::store::sql::{sentence::Sentence, value::Value};

/// The statement as text, if it has no more than so many bytes then. What applications wrote is written in hexadecimal
/// digits: nothing in it can end it.
pub(super) fn written(sentence: &Sentence, most_bytes: usize) -> Option<String> {
    let lengths = sentence.values.iter().map(length);
    if sentence.text.len() + lengths.sum::<usize>() > most_bytes {
        return None;
    }
    let mut parts = sentence.text.split('?');
    let mut text = parts.next()?.to_owned();
    for value in &sentence.values {
        push(&mut text, value)?;
        text.push_str(parts.next()?);
    }
    parts.next().is_none().then_some(text)
}

/// At most.
fn length(value: &Value) -> usize {
    const AROUND: usize = 24;
    match value {
        Value::Text(Some(text)) => AROUND + 2 * text.len(),
        Value::Blob(bytes) => AROUND + 2 * bytes.len(),
        _ => AROUND,
    }
}

fn push(text: &mut String, value: &Value) -> Option<()> {
    match value {
        Value::Int(Some(number)) => text.push_str(&number.to_string()),
        Value::Int(None) | Value::Text(None) => text.push_str("NULL"),
        Value::Text(Some(words)) => {
            text.push_str("_utf8mb4 ");
            push_bytes(text, words.as_bytes());
        }
        Value::Blob(bytes) => push_bytes(text, bytes),
        Value::Ints(_) | Value::Texts(_) | Value::Blobs(_) => return None,
    }
    Some(())
}

fn push_bytes(text: &mut String, bytes: &[u8]) {
    // Half a byte is always a digit.
    let digit = |half: u8| char::from_digit(half.into(), 16).unwrap_or('0');
    text.push_str("X'");
    text.extend(bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]));
    text.push('\'');
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::store::sql::dialects::mysql;

    fn sentence() -> Sentence {
        let sentence = Sentence::new(&mysql::DIALECT, "INSERT INTO t VALUES (");
        let sentence = sentence.give(-7_i64).say(", ").give("it's").say(", ");
        sentence.give(Value::Text(None)).say(", ").give(Bytes::from_static(b"\0'\xff")).say(")")
    }

    #[test]
    fn values_are_digits_whatever_is_in_them() {
        let expected = "INSERT INTO t VALUES (-7, _utf8mb4 X'69742773', NULL, X'0027ff')";
        assert_eq!(written(&sentence(), 1000).as_deref(), Some(expected));
    }

    #[test]
    fn what_is_too_long_or_has_other_values_than_its_text_is_not_written() {
        assert_eq!(written(&sentence(), 60), None);
        let mut missing = sentence();
        missing.values.pop();
        assert_eq!(written(&missing, 1000), None);
    }
}
