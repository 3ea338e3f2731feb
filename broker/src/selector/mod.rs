//! The selector language: conditions that consumers put on the messages they receive.
//!
//! It is the language of JMS 1.1, section 3.8.1, as ActiveMQ 5.17.2 reads it, with its functions
//! and its XPath. [`Selector::parse`] does everything that can be done before a message comes;
//! [`Selector::matches`] looks at one message through [`Properties`]. Nothing here knows OpenWire
//! or the engine.
//!
//! On purpose it differs from ActiveMQ 5.17.2 in this:
//! - byte and short properties compare and negate like other numbers, wherever they stand, and
//!   float with double (there: FALSE or a failure, depending on the side);
//! - with string conversion, a boolean on the left of a string is converted to as well (there: a
//!   failure);
//! - arithmetic on numbers above a long is done in doubles (there: on their lowest 32 bits);
//! - a faulty XPath and XQUERY are refused (there: FALSE for every message), as are look-around,
//!   back-references and possessive quantifiers in regular expressions;
//! - evaluation that fails selects nothing (there: the message is lost).
//!
//! Both run in bounded stack and time: a text is limited in length and nesting, LIKE and regular
//! expressions never try anything twice, and what is built on the way is limited in size.
//!
//! ```text
//! lexer, parser, ast              from the text to an expression; error: what is wrong with it
//! eval, compare, value, number    over one message, in three-valued logic
//! function, like, pattern, replacement, text   what some expressions can do
//! xpath                           conditions on the body
//! ```

mod ast;
mod compare;
mod error;
mod eval;
mod function;
mod lexer;
mod like;
mod number;
mod parser;
mod pattern;
mod replacement;
mod text;
mod value;
mod xpath;

use std::borrow::Cow;
use std::str::FromStr;

use self::ast::Expression;
use self::compare::Strings;
use self::eval::Evaluator;

pub use self::error::{EvaluationError, SelectorError};
pub use self::value::Value;

/// What a selector sees of a message.
pub trait Properties {
    /// The value of the property or header of this name; `None` if there is none, or it is null.
    ///
    /// The names of JMS headers (`JMSPriority`, `JMSXGroupID`, ..) come here like all others, in
    /// exact case. `JMSDeliveryMode` is one of the strings `PERSISTENT` and `NON_PERSISTENT`,
    /// `JMSDestination` is a string such as `queue://NAME`. A selector may ask for a name many
    /// times over, so strings should be borrowed.
    fn value(&self, name: &str) -> Option<Value<'_>>;

    /// The body as text, if it is text or bytes; only `XPATH` asks for it.
    fn body_text(&self) -> Option<Cow<'_, str>> {
        None
    }
}

/// A condition on messages.
///
/// ```
/// use relaismq_broker::selector::{Properties, Selector, Value};
///
/// struct Order;
///
/// impl Properties for Order {
///     fn value(&self, name: &str) -> Option<Value<'_>> {
///         match name {
///             "JMSPriority" => Some(Value::Int(7)),
///             "colour" => Some("blue".into()),
///             _ => None,
///         }
///     }
/// }
///
/// let selector = Selector::parse("JMSPriority > 4 AND colour LIKE 'bl%'")?;
/// assert!(selector.matches(&Order));
/// // Without the property the comparison is UNKNOWN.
/// assert_eq!(Selector::parse("size <> 3")?.evaluate(&Order), Ok(None));
/// # Ok::<(), relaismq_broker::selector::SelectorError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Selector {
    condition: Expression,
    strings: Strings,
}

impl Selector {
    /// Reads a selector.
    ///
    /// A text that begins with `convert_string_expressions:`, exactly so, gives a selector that
    /// compares a string with a number or boolean by reading the string as such; STOMP subscribers
    /// need that. Beware of caches: the prefix is part of the meaning.
    ///
    /// An empty text is an error here; that it means "all messages" is for the caller to know.
    ///
    /// # Errors
    ///
    /// If the text is no selector, or one beyond the limits or features of this broker.
    pub fn parse(text: &str) -> Result<Self, SelectorError> {
        if text.len() > MAX_LENGTH {
            return Err(SelectorError::TooLong { length: text.len(), limit: MAX_LENGTH });
        }
        let (from, strings) = match text.starts_with(CONVERSION_PREFIX) {
            true => (CONVERSION_PREFIX.len(), Strings::Converted),
            false => (0, Strings::Distinct),
        };
        Ok(Self { condition: parser::parse(text, from)?, strings })
    }

    /// Whether a message is selected: only if the condition is TRUE.
    ///
    /// UNKNOWN and evaluation that fails count as no.
    pub fn matches(&self, properties: &dyn Properties) -> bool {
        self.evaluate(properties) == Ok(Some(true))
    }

    /// Evaluates the condition; `None` is UNKNOWN.
    ///
    /// # Errors
    ///
    /// If an operator or function meets a value it cannot work with, or passes a limit.
    pub fn evaluate(&self, properties: &dyn Properties) -> Result<Option<bool>, EvaluationError> {
        Evaluator { properties, strings: self.strings }.truth(&self.condition)
    }
}

impl FromStr for Selector {
    type Err = SelectorError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

/// Greatest length of a selector in bytes.
pub const MAX_LENGTH: usize = 64 * 1024;

/// Greatest depth of parentheses, signs, `NOT`s and function calls in one another.
///
/// The deepest selector needs some 1.2 MB of stack in an unoptimized build, much less otherwise.
pub const MAX_DEPTH: usize = 100;

/// Greatest length in bytes of a string made during evaluation.
const MAX_TEXT: usize = 1024 * 1024;

const CONVERSION_PREFIX: &str = "convert_string_expressions:";

#[cfg(test)]
mod tests;
