//! Patterns of LIKE: `%` stands for any run of characters, `_` for any one.
//!
//! A pattern is cut at its `%`s. The first segment must begin the text, the last must end it, and
//! each one between is looked for after the one before: the leftmost place is always the best, so
//! nothing is tried twice. Line ends are characters like any other.

/// A pattern ready to be matched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern {
    first: Segment,
    /// The segments after each `%`; empty if there is none.
    rest: Vec<Segment>,
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// The escape character makes a following `%`, `_` or itself stand for itself. Before anything
    /// else, and at the end, it is an ordinary character, as in ActiveMQ.
    pub(super) fn new(text: &str, escape: Option<char>) -> Result<Self, &'static str> {
        let mut segments = vec![Segment::default()];
        let mut characters = text.chars().peekable();
        while let Some(character) = characters.next() {
            let escaped = if Some(character) == escape {
                characters.next_if(|&next| matches!(next, '%' | '_') || Some(next) == escape)
            } else {
                None
            };
            match (escaped, character, segments.last_mut()) {
                (None, '%', _) => segments.push(Segment::default()),
                (None, '_', Some(segment)) => segment.push_any(),
                (_, _, Some(segment)) => segment.push(escaped.unwrap_or(character)),
                (_, _, None) => {}
            }
        }
        if segments.iter().any(Segment::is_costly) {
            return Err("too many characters around _ between two % of LIKE");
        }
        let first = segments.remove(0);
        Ok(Self { first, rest: segments })
    }

    /// Whether the whole of `text` fits the pattern.
    pub(super) fn matches(&self, text: &str) -> bool {
        let Some(text) = self.first.strip_start(text) else { return false };
        let Some((last, middle)) = self.rest.split_last() else { return text.is_empty() };
        let Some(mut text) = last.strip_end(text) else { return false };
        middle.iter().all(|segment| match segment.strip_through(text) {
            Some(after) => {
                text = after;
                true
            }
            None => false,
        })
    }
}

/// A part of a pattern without `%`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Segment {
    pieces: Vec<Piece>,
    length: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Any(usize),
}

impl Segment {
    fn push(&mut self, character: char) {
        self.length += 1;
        match self.pieces.last_mut() {
            Some(Piece::Text(text)) => text.push(character),
            _ => self.pieces.push(Piece::Text(character.into())),
        }
    }

    fn push_any(&mut self) {
        self.length += 1;
        match self.pieces.last_mut() {
            Some(Piece::Any(count)) => *count += 1,
            _ => self.pieces.push(Piece::Any(1)),
        }
    }

    /// Whether finding the segment could take its whole length at each place of a text.
    ///
    /// Plain text has a linear search, and so has a run of `_`.
    fn is_costly(&self) -> bool {
        self.pieces.len() > 1 && self.length > MAX_MIXED_LENGTH
    }

    fn strip_start<'t>(&self, text: &'t str) -> Option<&'t str> {
        self.pieces.iter().try_fold(text, |text, piece| match piece {
            Piece::Text(piece) => text.strip_prefix(piece.as_str()),
            Piece::Any(count) => skip_characters(text, *count),
        })
    }

    fn strip_end<'t>(&self, text: &'t str) -> Option<&'t str> {
        self.pieces.iter().rev().try_fold(text, |text, piece| match piece {
            Piece::Text(piece) => text.strip_suffix(piece.as_str()),
            Piece::Any(count) => {
                let (begin, _) = text.char_indices().rev().nth(count.checked_sub(1)?)?;
                text.get(..begin)
            }
        })
    }

    /// What follows the leftmost place where the segment fits.
    fn strip_through<'t>(&self, text: &'t str) -> Option<&'t str> {
        match self.pieces.as_slice() {
            [] => Some(text),
            [Piece::Text(piece)] => text.split_once(piece.as_str()).map(|(_, after)| after),
            [Piece::Any(count)] => skip_characters(text, *count),
            _ => text.char_indices().find_map(|(begin, _)| self.strip_start(text.get(begin..)?)),
        }
    }
}

fn skip_characters(text: &str, count: usize) -> Option<&str> {
    let mut characters = text.chars();
    characters.nth(count.checked_sub(1)?)?;
    Some(characters.as_str())
}

/// Greatest length in characters of a segment that mixes text and `_`.
const MAX_MIXED_LENGTH: usize = 256;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Pattern;

    fn like(text: &str, pattern: &str, escape: Option<char>) -> bool {
        Pattern::new(pattern, escape).unwrap().matches(text)
    }

    #[test]
    fn escape_has_an_effect_only_before_a_wildcard_or_itself() {
        assert!(like("100%", "100!%", Some('!')));
        assert!(!like("1000", "100!%", Some('!')));
        assert!(like("a!bc", "a!bc", Some('!')));
        assert!(like("!", "!!", Some('!')));
        assert!(like("!", "!", Some('!')));
        assert!(like("a\\b", "a%b", Some('%')));
    }

    #[test]
    fn segments_do_not_overlap() {
        assert!(!like("aba", "ab%ba", None));
        assert!(like("abba", "ab%ba", None));
        assert!(like("xaby", "%a_y", None));
        assert!(!like("", "_", None));
        assert!(like("é😀", "__", None));
    }

    #[test]
    fn many_wildcards_take_no_longer_than_few() {
        let text = "a".repeat(200_000);
        assert!(!like(&text, &format!("{}b", "%a".repeat(10_000)), None));
        assert!(!like(&text, &format!("%{}b%", "a".repeat(10_000)), None));
        assert!(Pattern::new(&format!("%_{}", "a".repeat(10_000)), None).is_err());
    }

    /// The definition of LIKE, exponential and obvious.
    fn fits(text: &[char], pattern: &[char]) -> bool {
        match (pattern, text) {
            ([], _) => text.is_empty(),
            (['%', rest @ ..], _) => {
                fits(text, rest) || (!text.is_empty() && fits(&text[1..], pattern))
            }
            (['_', rest @ ..], [_, tail @ ..]) => fits(tail, rest),
            ([one, rest @ ..], [first, tail @ ..]) => one == first && fits(tail, rest),
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn agrees_with_the_definition(text in "[ab]{0,12}", pattern in "[ab%_]{0,8}") {
            let (chars, wild): (Vec<_>, Vec<_>) = (text.chars().collect(), pattern.chars().collect());
            prop_assert_eq!(like(&text, &pattern, None), fits(&chars, &wild));
        }
    }
}
