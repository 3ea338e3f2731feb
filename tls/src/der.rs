//! Reads DER as far as certificates need it: one element after the other, each with its length.

/// What is left of some contents.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(rest: &'a [u8]) -> Self {
        Self { rest }
    }

    /// All that is left.
    pub(crate) const fn rest(self) -> &'a [u8] {
        self.rest
    }

    /// The type of the next element.
    pub(crate) fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// The next element: its type and its contents.
    pub(crate) fn next(&mut self) -> Option<(u8, &'a [u8])> {
        let (kind, rest) = self.rest.split_first()?;
        let (length, rest) = length(rest)?;
        let (contents, rest) = rest.split_at_checked(length)?;
        self.rest = rest;
        Some((*kind, contents))
    }

    /// The contents of the next element, if it is of this type.
    pub(crate) fn within(&mut self, kind: u8) -> Option<Self> {
        match self.next()? {
            (found, contents) if found == kind => Some(Self::new(contents)),
            _ => None,
        }
    }
}

/// One byte below 128, or a byte that counts those that follow.
fn length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (first, rest) = bytes.split_first()?;
    if *first < 0x80 {
        return Some((usize::from(*first), rest));
    }
    let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
    if digits.is_empty() || digits.len() > MOST_DIGITS {
        return None;
    }
    Some((digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)), rest))
}

/// No certificate is longer than 24 bits can say.
const MOST_DIGITS: usize = 3;
