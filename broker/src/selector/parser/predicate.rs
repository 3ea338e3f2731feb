//! The tests that are words: LIKE, BETWEEN and IN.

use super::super::ast::{Expression, LikeTest};
use super::super::lexer::{Keyword, Token};
use super::super::like::Pattern;
use super::{Parsed, Parser};

impl Parser<'_> {
    /// Reads `[NOT] LIKE`, `[NOT] BETWEEN` or `[NOT] IN` after its left operand.
    pub(super) fn predicate(&mut self, left: Expression, begin: usize) -> Parsed {
        let negated = self.eat_keyword(Keyword::Not);
        if self.eat_keyword(Keyword::Like) {
            return self.like(left, negated);
        }
        if self.eat_keyword(Keyword::Between) {
            return self.between(left, negated, begin);
        }
        if self.eat_keyword(Keyword::In) {
            return self.in_list(left, negated, begin);
        }
        Err(self.unexpected("LIKE, BETWEEN or IN after NOT"))
    }

    fn like(&mut self, left: Expression, negated: bool) -> Parsed {
        let begin = self.at;
        let pattern = self.string("a string after LIKE")?;
        let mut escape = None;
        if self.eat_keyword(Keyword::Escape) {
            let begin = self.at;
            let text = self.string("a string of one character after ESCAPE")?;
            let mut characters = text.chars();
            // Like Java, count UTF-16 code units: no character beyond U+FFFF can be the escape.
            escape =
                characters.next().filter(|c| characters.next().is_none() && c.len_utf16() == 1);
            if escape.is_none() {
                return Err(self.meaningless(begin, "ESCAPE takes exactly one character"));
            }
        }
        let pattern =
            Pattern::new(&pattern, escape).map_err(|problem| self.meaningless(begin, problem))?;
        let test = LikeTest { pattern, negated };
        Ok(match left {
            Expression::Like { operand, mut tests } => {
                tests.push(test);
                Expression::Like { operand, tests }
            }
            operand => Expression::Like { operand: Box::new(operand), tests: vec![test] },
        })
    }

    fn between(&mut self, left: Expression, negated: bool, begin: usize) -> Parsed {
        let operand = Box::new(self.ordered(left, begin)?);
        let low = Box::new(self.ordered_sum()?);
        self.expect(&Token::Keyword(Keyword::And), "AND between the two bounds of BETWEEN")?;
        let high = Box::new(self.ordered_sum()?);
        Ok(Expression::Between { operand, low, high, negated })
    }

    fn in_list(&mut self, left: Expression, negated: bool, begin: usize) -> Parsed {
        let Expression::Property(property) = left else {
            return Err(self.meaningless(begin, "the left operand of IN must be a property"));
        };
        self.expect(&Token::Symbol("("), "( after IN")?;
        let mut sorted = Vec::new();
        loop {
            sorted.push(self.string("a string in the list of IN")?.into_boxed_str());
            if !self.eat_symbol(",") {
                break;
            }
        }
        self.expect(&Token::Symbol(")"), ", or ) in the list of IN")?;
        sorted.sort_unstable();
        Ok(Expression::In { property, sorted, negated })
    }
}
