//! Moving over the tokens and saying where they go wrong.

use super::super::SelectorError;
use super::super::lexer::{Keyword, Token, offset_in};
use super::Parser;

impl<'t> Parser<'t> {
    pub(super) fn peek(&self) -> &Token<'t> {
        self.tokens.get(self.at).map_or(&Token::End, |(token, _)| token)
    }

    /// Moves over the next token if it is the one given, and says whether it was.
    fn eat(&mut self, token: &Token<'_>) -> bool {
        let found = self.peek() == token;
        self.at += usize::from(found);
        found
    }

    pub(super) fn eat_keyword(&mut self, keyword: Keyword) -> bool {
        self.eat(&Token::Keyword(keyword))
    }

    pub(super) fn eat_symbol(&mut self, symbol: &'static str) -> bool {
        self.eat(&Token::Symbol(symbol))
    }

    pub(super) fn expect(
        &mut self,
        token: &Token<'_>,
        expected: &'static str,
    ) -> Result<(), SelectorError> {
        if self.eat(token) { Ok(()) } else { Err(self.unexpected(expected)) }
    }

    pub(super) fn string(&mut self, expected: &'static str) -> Result<String, SelectorError> {
        let Token::String(text) = self.peek() else { return Err(self.unexpected(expected)) };
        let text = text.clone().into_owned();
        self.at += 1;
        Ok(text)
    }

    /// The character offset of a token.
    pub(super) fn offset(&self, token: usize) -> usize {
        let byte = self.tokens.get(token).map_or(self.text.len(), |&(_, begin)| begin);
        offset_in(self.text, byte)
    }

    pub(super) fn unexpected(&self, expected: &'static str) -> SelectorError {
        let found = self.peek().to_string();
        SelectorError::Unexpected { offset: self.offset(self.at), expected, found }
    }

    pub(super) fn meaningless(&self, begin: usize, problem: &'static str) -> SelectorError {
        SelectorError::Meaningless { offset: self.offset(begin), problem }
    }

    pub(super) fn unsupported(&self, begin: usize, feature: String) -> SelectorError {
        SelectorError::Unsupported { offset: self.offset(begin), feature }
    }
}
