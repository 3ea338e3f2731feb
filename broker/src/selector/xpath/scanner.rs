//! Reading the characters of an XPath.

use super::XPathError;

/// A place in the text of an XPath; blanks before each piece are passed over.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scanner<'x> {
    rest: &'x str,
}

impl<'x> Scanner<'x> {
    pub(super) fn new(text: &'x str) -> Self {
        Self { rest: text.trim_start_matches(BLANKS) }
    }

    pub(super) fn at_end(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn starts_with(&self, text: &str) -> bool {
        self.rest.starts_with(text)
    }

    /// Moves over `text` if it comes next. A word must not go on behind it.
    pub(super) fn eat(&mut self, text: &str) -> bool {
        let Some(rest) = self.rest.strip_prefix(text) else { return false };
        if text.starts_with(is_name_start) && rest.starts_with(is_name) {
            return false;
        }
        *self = Self::new(rest);
        true
    }

    pub(super) fn expect(&mut self, text: &str, problem: &'static str) -> Result<(), XPathError> {
        if self.eat(text) { Ok(()) } else { Err(XPathError::Malformed(problem)) }
    }

    /// A name without a colon.
    pub(super) fn name(&mut self) -> Option<&'x str> {
        if !self.rest.starts_with(is_name_start) {
            return None;
        }
        Some(self.take(self.rest.find(|c| !is_name(c))))
    }

    /// A string in single or double quotes.
    pub(super) fn text(&mut self) -> Result<Option<&'x str>, XPathError> {
        let Some(quote) = self.rest.chars().next().filter(|c| matches!(c, '"' | '\'')) else {
            return Ok(None);
        };
        let inner = self.rest.get(1..).and_then(|rest| rest.split_once(quote));
        let (text, rest) = inner.ok_or(XPathError::Malformed("string in XPath is not closed"))?;
        *self = Self::new(rest);
        Ok(Some(text))
    }

    /// A number without a sign or exponent.
    pub(super) fn number(&mut self) -> Option<f64> {
        let point = self.rest.strip_prefix('.').unwrap_or(self.rest);
        if !point.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        let end = self.rest.find(|c: char| !c.is_ascii_digit() && c != '.');
        self.take(end).parse().ok()
    }

    fn take(&mut self, end: Option<usize>) -> &'x str {
        let (taken, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        *self = Self::new(rest);
        taken
    }
}

fn is_name_start(character: char) -> bool {
    character.is_alphabetic() || character == '_'
}

fn is_name(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '-' | '.')
}

const BLANKS: [char; 4] = [' ', '\t', '\n', '\r'];
