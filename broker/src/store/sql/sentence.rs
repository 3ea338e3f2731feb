//! A statement as it is put together: its text, and what it is given.

use super::dialects::Dialect;
use super::value::Value;

/// A statement in one dialect.
#[derive(Clone, Debug)]
pub(super) struct Sentence {
    pub(super) text: String,
    pub(super) values: Vec<Value>,
    dialect: &'static Dialect,
}

impl Sentence {
    pub(super) fn new(dialect: &'static Dialect, text: impl Into<String>) -> Self {
        Self { text: text.into(), values: Vec::new(), dialect }
    }

    /// Text of the program, never of a client.
    #[must_use]
    pub(super) fn say(mut self, text: &str) -> Self {
        self.text.push_str(text);
        self
    }

    /// A value.
    #[must_use]
    pub(super) fn give(mut self, value: impl Into<Value>) -> Self {
        self.push(value.into());
        self
    }

    pub(super) fn push(&mut self, value: Value) {
        self.values.push(value);
        if self.dialect.numbered {
            self.text.push_str(&format!("${}", self.values.len()));
        } else {
            self.text.push('?');
        }
    }

    /// A column holds exactly this text: case and blanks at the end count, whatever the table was
    /// made with.
    #[must_use]
    pub(super) fn is(mut self, column: &str, text: &str) -> Self {
        self = self.say(column).say(" = ").give(text);
        match self.dialect.exactly {
            Some(exactly) => self.say(" AND ").say(exactly).say(column).say(" = ").give(text),
            None => self,
        }
    }

    /// A column holds one of these.
    #[must_use]
    pub(super) fn one_of(self, column: &str, ids: &[u64]) -> Self {
        let start = self.say(column).say(" IN (");
        list(start, ids.iter().map(|&id| Value::from(id))).say(")")
    }

    /// `(a, b), (c, d)`.
    #[must_use]
    pub(super) fn rows(mut self, rows: impl IntoIterator<Item = Vec<Value>>) -> Self {
        for (index, row) in rows.into_iter().enumerate() {
            self = list(self.say(if index == 0 { "(" } else { ", (" }), row).say(")");
        }
        self
    }
}

fn list(mut sentence: Sentence, values: impl IntoIterator<Item = Value>) -> Sentence {
    for (index, value) in values.into_iter().enumerate() {
        if index > 0 {
            sentence.text.push_str(", ");
        }
        sentence.push(value);
    }
    sentence
}

/// Pieces of a list for statements of a few lengths only, so that the database has each of them
/// prepared: as many of the largest as there are, then the next one.
pub(super) fn pieces<T>(mut rest: &[T], most: usize) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let length = [256, 64, 16, 4, 1].into_iter().find(|&it| it <= rest.len() && it <= most)?;
        let (piece, left) = rest.split_at(length);
        rest = left;
        Some(piece)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_cut_into_pieces_of_few_lengths() {
        let list: Vec<u8> = vec![0; 87];
        let lengths: Vec<_> = pieces(&list, 64).map(<[u8]>::len).collect();
        assert_eq!(lengths, [64, 16, 4, 1, 1, 1]);
        assert_eq!(pieces(&list, 16).map(<[u8]>::len).sum::<usize>(), 87);
        assert_eq!(pieces::<u8>(&[], 16).count(), 0);
    }
}
