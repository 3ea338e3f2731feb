//! The expressions a selector is made of.
//!
//! Chains such as `a OR b OR c` are lists, not trees, so that only parentheses, signs, `NOT`s and
//! function calls make the tree deeper. The parser bounds those, hence evaluating and dropping a
//! tree by recursion is safe.

use super::Value;
use super::function::Call;
use super::like::Pattern;
use super::number::Operator;
use super::xpath::XPath;

/// An expression of any type.
#[derive(Debug, Clone)]
pub(super) enum Expression {
    /// A constant; `None` is the literal NULL.
    Literal(Option<Value<'static>>),
    /// The value of a property or header.
    Property(Box<str>),
    /// A property where a boolean is needed: FALSE for other types, UNKNOWN when absent.
    Truth(Box<str>),
    Not(Box<Self>),
    Negate(Box<Self>),
    And(Vec<Self>),
    Or(Vec<Self>),
    Arithmetic {
        first: Box<Self>,
        rest: Vec<(Operator, Self)>,
    },
    /// `=`, `<>` and `IS NULL` from left to right; each result is the next one's left operand.
    Equality {
        first: Box<Self>,
        tests: Vec<EqualityTest>,
    },
    Compare {
        left: Box<Self>,
        comparison: Comparison,
        right: Box<Self>,
    },
    Between {
        operand: Box<Self>,
        low: Box<Self>,
        high: Box<Self>,
        negated: bool,
    },
    /// LIKE tests from left to right; after the first, the operand is a boolean.
    Like {
        operand: Box<Self>,
        tests: Vec<LikeTest>,
    },
    /// Whether a string property is in a sorted list.
    In {
        property: Box<str>,
        sorted: Vec<Box<str>>,
        negated: bool,
    },
    Call(Box<Call<Self>>),
    XPath(Box<XPath>),
}

/// One step of an [`Expression::Equality`] chain.
#[derive(Debug, Clone)]
pub(super) enum EqualityTest {
    Equal(Expression),
    NotEqual(Expression),
    IsNull,
    IsNotNull,
}

/// One step of an [`Expression::Like`] chain.
#[derive(Debug, Clone)]
pub(super) struct LikeTest {
    pub(super) pattern: Pattern,
    pub(super) negated: bool,
}

/// The operators that put two values in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Expression {
    /// The text, if this is a string literal.
    pub(super) fn literal_text(&self) -> Option<&str> {
        match self {
            Self::Literal(Some(Value::String(text))) => Some(text),
            _ => None,
        }
    }

    /// Whether the expression can only give TRUE, FALSE or UNKNOWN, by its form alone.
    ///
    /// A bare property is not among them, nor is a literal.
    pub(super) fn is_boolean(&self) -> bool {
        match self {
            Self::Literal(_) | Self::Property(_) | Self::Negate(_) | Self::Arithmetic { .. } => {
                false
            }
            Self::Call(call) => call.is_boolean(),
            _ => true,
        }
    }

    /// Turns the expression into one that stands where a boolean is needed, if it can.
    pub(super) fn into_condition(self) -> Option<Self> {
        match self {
            Self::Property(name) => Some(Self::Truth(name)),
            Self::Literal(None | Some(Value::Boolean(_))) => Some(self),
            _ => self.is_boolean().then_some(self),
        }
    }

    /// Why the expression cannot be an operand of `<`, `<=`, `>`, `>=` or BETWEEN, if it cannot.
    pub(super) fn order_problem(&self) -> Option<&'static str> {
        match self {
            Self::Literal(None) => Some("NULL cannot be put in order"),
            Self::Literal(Some(Value::String(_))) => {
                Some("a string literal cannot be put in order; only numbers can")
            }
            Self::Literal(Some(Value::Boolean(_))) => Some("TRUE and FALSE cannot be put in order"),
            _ => self.is_boolean().then_some("a condition cannot be put in order"),
        }
    }
}

/// Why `left = right` can never make sense, if it cannot; no `left` stands for a condition.
///
/// ActiveMQ refuses a boolean literal against another literal only with the boolean first.
pub(super) fn equality_problem(
    left: Option<&Expression>,
    right: &Expression,
) -> Option<&'static str> {
    use Expression::Literal;
    use Value::Boolean;
    match (left, right) {
        (Some(Literal(None)), _) | (_, Literal(None)) => {
            Some("NULL is not comparable with = or <>; use IS NULL or IS NOT NULL")
        }
        (Some(Literal(Some(Boolean(_)))), Literal(Some(Boolean(_)))) => None,
        (Some(Literal(Some(Boolean(_)))), Literal(Some(_))) => {
            Some("TRUE and FALSE are never equal to a literal of another type")
        }
        _ => None,
    }
}
