//! XPath conditions on message bodies: `XPATH '//order[@id="7"]'`.
//!
//! This is XPath 1.0 without variables, namespace prefixes, the rarer axes and functions; what is
//! missing is refused when the selector is read. A name without a prefix means elements in no
//! namespace; `local-name()` finds the others. Bodies with a DOCTYPE are never read, so there are
//! no entities to expand or fetch (CVE-2014-3600 was about those).
//!
//! ```text
//! scanner, parser, ast     from the text to an expression
//! eval, object, function   over a document, within a number of steps
//! ```

mod ast;
mod eval;
mod function;
mod object;
mod parser;
mod scanner;

use std::borrow::Cow;

use roxmltree::{Document, ParsingOptions};

use super::{EvaluationError, MAX_TEXT};

/// An XPath read from a selector.
#[derive(Debug, Clone)]
pub(super) struct XPath(ast::Expr);

/// Why an XPath is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum XPathError {
    Malformed(&'static str),
    /// The feature in words that end with "is" or "are".
    Unsupported(String),
}

impl XPath {
    pub(super) fn parse(text: &str) -> Result<Self, XPathError> {
        parser::parse(text).map(Self)
    }

    /// Whether the XPath is true of a body, by XPath's rules for making booleans.
    ///
    /// FALSE without a body, and if the body is no XML, has a DOCTYPE or more than
    /// [`MAX_NODES`] nodes.
    pub(super) fn holds(&self, body: Option<Cow<'_, str>>) -> Result<bool, EvaluationError> {
        let Some(body) = body else { return Ok(false) };
        if body.len() > MAX_TEXT {
            return Err(EvaluationError::TooLarge { limit: MAX_TEXT });
        }
        let options = ParsingOptions {
            allow_dtd: false,
            nodes_limit: MAX_NODES,
            ..ParsingOptions::default()
        };
        // Java's parser takes no notice of blanks around the document.
        match Document::parse_with_options(body.trim(), options) {
            Ok(document) => eval::holds(&self.0, &document),
            Err(_) => Ok(false),
        }
    }
}

/// Greatest number of nodes of a body.
const MAX_NODES: u32 = 100_000;

/// Greatest number of nodes visited and of pieces of text copied for one message.
const MAX_STEPS: usize = 1_000_000;

#[cfg(test)]
mod tests;
