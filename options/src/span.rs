//! A piece of a text that remembers where it stood.

/// A piece of a text with the byte offset of its start.
#[derive(Debug, Clone, Copy)]
pub struct Span<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Span<'a> {
    /// A whole text.
    #[must_use]
    pub fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// What it says.
    #[must_use]
    pub fn text(self) -> &'a str {
        self.text
    }

    /// Where it begins.
    #[must_use]
    pub fn at(self) -> usize {
        self.at
    }

    /// Where it ends.
    #[must_use]
    pub fn end(self) -> usize {
        self.at + self.text.len()
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.text.is_empty()
    }

    /// Without ASCII whitespace at both ends.
    #[must_use]
    pub fn trim(self) -> Self {
        let from_start = self.text.trim_ascii_start();
        let at = self.end() - from_start.len();
        Self { text: from_start.trim_ascii_end(), at }
    }

    /// The pieces before and from `index` on; the second is empty if `index` lies outside.
    #[must_use]
    pub fn split_at(self, index: usize) -> (Self, Self) {
        let (before, after) = self.text.split_at_checked(index).unwrap_or((self.text, ""));
        (Self { text: before, at: self.at }, Self { text: after, at: self.at + before.len() })
    }

    /// The pieces around the first occurrence of an ASCII separator.
    #[must_use]
    pub fn split_once(self, separator: char) -> Option<(Self, Self)> {
        let (before, after) = self.text.split_once(separator)?;
        let after = Self { text: after, at: self.end() - after.len() };
        Some((Self { text: before, at: self.at }, after))
    }

    /// What follows a beginning that it has.
    #[must_use]
    pub fn strip_prefix(self, prefix: &str) -> Option<Self> {
        let rest = self.text.strip_prefix(prefix)?;
        Some(Self { text: rest, at: self.end() - rest.len() })
    }

    /// The pieces between an ASCII separator.
    pub fn split(self, separator: char) -> impl Iterator<Item = Self> {
        let mut rest = Some(self);
        std::iter::from_fn(move || {
            let current = rest?;
            let (piece, next) = match current.split_once(separator) {
                Some((piece, next)) => (piece, Some(next)),
                None => (current, None),
            };
            rest = next;
            Some(piece)
        })
    }
}
