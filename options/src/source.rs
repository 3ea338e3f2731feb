//! The text being parsed, and what of it an error message may show.

use crate::error::{UriError, UriErrorKind};
use crate::secret::Secret;
use crate::span::Span;

/// The whole text, and from where on it may contain a secret.
///
/// A password with a raw `&` or `,` spills over into what looks like options or brokers, and a
/// misspelt `jms.pasword` is not known to be one. So nothing is shown from the first value on whose
/// option is not known to be harmless.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    text: &'a str,
    shown: usize,
}

impl<'a> Source<'a> {
    /// A text; whether the value of an option, named as it is written, may be shown is asked of
    /// `is_harmless`.
    pub fn new(text: &'a str, is_harmless: fn(&str) -> bool) -> Self {
        let shown =
            [value_of_unknown(text, is_harmless), user_info(text), after_password_word(text)]
                .into_iter()
                .flatten()
                .min()
                .unwrap_or(text.len());
        Self { text, shown }
    }

    /// All of it.
    #[must_use]
    pub fn whole(self) -> Span<'a> {
        Span::new(self.text)
    }

    /// The piece as text, unless it may be secret.
    #[must_use]
    pub fn echo(self, span: Span<'_>) -> String {
        if span.end() <= self.shown { span.text() } else { Secret::MASK }.to_owned()
    }

    /// An error at a place.
    #[must_use]
    pub fn error(self, offset: usize, kind: UriErrorKind) -> UriError {
        UriError { kind, offset, around: self.around(offset), hint: None }
    }

    /// The same, with what to write instead.
    #[must_use]
    pub fn hinted(self, offset: usize, kind: UriErrorKind, hint: impl Into<String>) -> UriError {
        UriError { hint: Some(hint.into()), ..self.error(offset, kind) }
    }

    fn around(self, offset: usize) -> String {
        let shown = self.text.get(..self.shown).unwrap_or("");
        let centre = offset.min(shown.len());
        let near = |at: usize| at + CONTEXT >= centre && at < centre + CONTEXT;
        let window: String =
            shown.char_indices().filter(|(at, _)| near(*at)).map(|(_, c)| c).collect();
        let before = if centre > CONTEXT { "…" } else { "" };
        let after = match (shown.len() > centre + CONTEXT, shown.len() < self.text.len()) {
            (true, _) => "…",
            (false, true) => Secret::MASK,
            (false, false) => "",
        };
        format!("{before}{window}{after}")
    }
}

/// Bytes shown on each side of an error.
const CONTEXT: usize = 32;

fn value_of_unknown(text: &str, is_harmless: fn(&str) -> bool) -> Option<usize> {
    text.match_indices('=').map(|(at, _)| at).find_map(|at| {
        let before = text.get(..at)?;
        let boundary = |c: char| matches!(c, '?' | '&' | ',' | '(');
        let key = before.rsplit(boundary).next().unwrap_or(before).trim_ascii();
        (!is_harmless(key)).then_some(at + 1)
    })
}

fn user_info(text: &str) -> Option<usize> {
    text.match_indices("//").map(|(at, _)| at + 2).find(|start| {
        let rest = text.get(*start..).unwrap_or("");
        let authority = rest.split(['/', '?', '(', ')']).next().unwrap_or(rest);
        authority.contains('@')
    })
}

fn after_password_word(text: &str) -> Option<usize> {
    let lower = text.to_ascii_lowercase();
    let start = lower.find("passw")?;
    let tail = lower.get(start..)?;
    let word = tail.find(|c: char| !c.is_ascii_lowercase()).unwrap_or(tail.len());
    Some(start + word.min("password".len()))
}
