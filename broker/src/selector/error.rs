//! What can be wrong with a selector, when it is read and when it is applied.

/// Why a text is not a selector this broker accepts.
///
/// The broker answers these as `javax.jms.InvalidSelectorException`, at the time of subscribing.
/// Offsets count characters from 0 at the start of the text as it was given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SelectorError {
    /// The text is longer than [`MAX_LENGTH`](super::MAX_LENGTH) bytes.
    #[error("selector of {length} bytes is longer than the {limit} bytes allowed")]
    TooLong {
        /// Length of the text in bytes.
        length: usize,
        /// Greatest length accepted.
        limit: usize,
    },
    /// Parentheses, signs, `NOT`s or function calls are nested too deeply.
    #[error("selector nests deeper than the {limit} levels allowed (character {offset})")]
    TooDeep {
        /// Where the limit was passed.
        offset: usize,
        /// Greatest depth accepted.
        limit: usize,
    },
    /// The text breaks the grammar.
    #[error("expected {expected}, found {found} (character {offset})")]
    Unexpected {
        /// Where the text stops making sense.
        offset: usize,
        /// What could have stood there.
        expected: &'static str,
        /// What stands there instead.
        found: String,
    },
    /// A character, number, string or comment cannot be read.
    #[error("{problem} (character {offset})")]
    Malformed {
        /// Where the faulty piece begins.
        offset: usize,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The text is grammatical, but its operands can never make sense there.
    #[error("{problem} (character {offset})")]
    Meaningless {
        /// Where the faulty expression begins.
        offset: usize,
        /// Which rule it breaks.
        problem: &'static str,
    },
    /// A function is unknown or has the wrong number of arguments.
    #[error("{name}: {problem} (character {offset})")]
    Function {
        /// Where the call begins.
        offset: usize,
        /// Name of the function as written.
        name: String,
        /// What is wrong with the call.
        problem: &'static str,
    },
    /// The text is a selector elsewhere, but uses something this broker does not do.
    #[error("{feature} not supported (character {offset})")]
    Unsupported {
        /// Where the feature is used.
        offset: usize,
        /// What is not supported, in words that end with "is" or "are".
        feature: String,
    },
}

/// Why a selector could not be applied to one message.
///
/// Such a message does not match: [`Selector::matches`](super::Selector::matches) answers `false`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EvaluationError {
    /// An operand of an arithmetic operator is no number.
    #[error("operator {operator} needs a number, not a {found}")]
    NotANumber {
        /// The operator as written in selectors.
        operator: char,
        /// The kind of value met.
        found: &'static str,
    },
    /// An argument of a function is absent or of the wrong kind.
    #[error("{function} needs a {expected}, not {found}")]
    Argument {
        /// Name of the function.
        function: &'static str,
        /// The kind of value it takes.
        expected: &'static str,
        /// What it was given.
        found: &'static str,
    },
    /// A regular expression or its replacement cannot be read, or is too costly.
    #[error("{function}: {problem}")]
    Pattern {
        /// Name of the function.
        function: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// A string or list built on the way would pass a bound.
    #[error("intermediate value larger than {limit} bytes or entries")]
    TooLarge {
        /// Greatest size allowed.
        limit: usize,
    },
    /// An XPath visits too many nodes of the message body.
    #[error("XPath takes more than {limit} steps on this message")]
    TooManySteps {
        /// Greatest number of steps allowed.
        limit: usize,
    },
}
