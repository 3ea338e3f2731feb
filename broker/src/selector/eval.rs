//! Evaluation of expressions over one message, in three-valued logic.
//!
//! An absent value and UNKNOWN are both `None`. Operands are evaluated from left to right, and only
//! as far as the result needs.

use std::borrow::Cow;

use super::ast::{Comparison, EqualityTest, Expression, LikeTest};
use super::compare::{self, Strings};
use super::number::{Number, Operator};
use super::{EvaluationError, MAX_TEXT, Properties, Value};

type Evaluated<'a> = Result<Option<Value<'a>>, EvaluationError>;

type Truth = Result<Option<bool>, EvaluationError>;

/// What an expression is evaluated over.
#[derive(Clone, Copy)]
pub(super) struct Evaluator<'a> {
    pub(super) properties: &'a dyn Properties,
    pub(super) strings: Strings,
}

impl<'a> Evaluator<'a> {
    /// The truth of a condition. A value that is no boolean is FALSE.
    pub(super) fn truth(self, expression: &'a Expression) -> Truth {
        match expression {
            Expression::Truth(name) => Ok(self.properties.value(name).as_ref().map(is_true)),
            Expression::Not(operand) => Ok(self.truth(operand)?.map(|truth| !truth)),
            Expression::And(operands) => self.junction(operands, false),
            Expression::Or(operands) => self.junction(operands, true),
            Expression::Equality { first, tests } => {
                Ok(self.equality(first, tests)?.as_ref().map(is_true))
            }
            Expression::Compare { left, comparison, right } => {
                self.compare(left, *comparison, right)
            }
            Expression::Between { operand, low, high, negated } => {
                self.between(operand, low, high, *negated)
            }
            Expression::Like { operand, tests } => {
                Ok(self.like(operand, tests)?.as_ref().map(is_true))
            }
            Expression::In { property, sorted, negated } => {
                Ok(self.in_list(property, sorted).map(|found| found != *negated))
            }
            Expression::XPath(xpath) => xpath.holds(self.properties.body_text()).map(Some),
            _ => Ok(self.value(expression)?.as_ref().map(is_true)),
        }
    }

    /// The value of any expression.
    fn value(self, expression: &'a Expression) -> Evaluated<'a> {
        match expression {
            Expression::Literal(value) => Ok(value.as_ref().map(borrow)),
            Expression::Property(name) => Ok(self.properties.value(name)),
            Expression::Negate(operand) => Ok(self.value(operand)?.and_then(|v| v.negate())),
            Expression::Arithmetic { first, rest } => self.arithmetic(first, rest),
            Expression::Call(call) => call.apply(|argument| self.value(argument)).map(Some),
            condition => Ok(self.truth(condition)?.map(Value::Boolean)),
        }
    }

    /// Joins operands by OR if `decisive` is true, else by AND: the first operand that is
    /// decisive decides; without one, any UNKNOWN makes the whole UNKNOWN.
    fn junction(self, operands: &'a [Expression], decisive: bool) -> Truth {
        let mut joined = Some(!decisive);
        for operand in operands {
            match self.truth(operand)? {
                Some(truth) if truth == decisive => return Ok(Some(decisive)),
                Some(_) => {}
                None => joined = None,
            }
        }
        Ok(joined)
    }

    fn equality(self, first: &'a Expression, tests: &'a [EqualityTest]) -> Evaluated<'a> {
        let mut value = self.value(first)?;
        for test in tests {
            let truth = match test {
                EqualityTest::Equal(right) => self.equal(value.as_ref(), right)?,
                EqualityTest::NotEqual(right) => self.equal(value.as_ref(), right)?.map(|t| !t),
                EqualityTest::IsNull => Some(value.is_none()),
                EqualityTest::IsNotNull => Some(value.is_some()),
            };
            value = truth.map(Value::Boolean);
        }
        Ok(value)
    }

    fn equal(self, left: Option<&Value<'_>>, right: &'a Expression) -> Truth {
        let right = self.value(right)?;
        Ok(compare::equal(left, right.as_ref(), self.strings))
    }

    fn compare(self, left: &'a Expression, by: Comparison, right: &'a Expression) -> Truth {
        let Some(left) = self.value(left)? else { return Ok(None) };
        self.compare_value(&left, by, right)
    }

    fn compare_value(self, left: &Value<'_>, by: Comparison, right: &'a Expression) -> Truth {
        let right = self.value(right)?;
        Ok(right.map(|right| compare::holds(by, left, &right, self.strings)))
    }

    /// `BETWEEN` is `>=` and `<=`, its negation `<` or `>`: a value in no order is in neither.
    fn between(
        self,
        operand: &'a Expression,
        low: &'a Expression,
        high: &'a Expression,
        negated: bool,
    ) -> Truth {
        let Some(value) = self.value(operand)? else { return Ok(None) };
        let (by_low, by_high) = if negated {
            (Comparison::Less, Comparison::Greater)
        } else {
            (Comparison::GreaterOrEqual, Comparison::LessOrEqual)
        };
        let first = self.compare_value(&value, by_low, low)?;
        if first == Some(negated) {
            return Ok(first);
        }
        let second = self.compare_value(&value, by_high, high)?;
        // The first did not decide: it is UNKNOWN, or leaves the decision to the second.
        Ok(if second == Some(negated) { second } else { first.and(second) })
    }

    fn like(self, operand: &'a Expression, tests: &'a [LikeTest]) -> Evaluated<'a> {
        let mut value = self.value(operand)?;
        for test in tests {
            value = value.map(|value| {
                let fits = matches!(&value, Value::String(text) if test.pattern.matches(text));
                Value::Boolean(fits != test.negated)
            });
        }
        Ok(value)
    }

    /// Whether a property is in a list; UNKNOWN if it is absent or no string.
    fn in_list(self, property: &str, sorted: &[Box<str>]) -> Option<bool> {
        match self.properties.value(property)? {
            Value::String(text) => {
                Some(sorted.binary_search_by(|entry| (**entry).cmp(&*text)).is_ok())
            }
            _ => None,
        }
    }

    /// Applies operators from left to right; an absent operand makes the result absent.
    fn arithmetic(
        self,
        first: &'a Expression,
        rest: &'a [(Operator, Expression)],
    ) -> Evaluated<'a> {
        let Some(mut value) = self.value(first)? else { return Ok(None) };
        for (operator, right) in rest {
            let Some(right) = self.value(right)? else { return Ok(None) };
            value = apply(*operator, value, right)?;
        }
        Ok(Some(value))
    }
}

fn is_true(value: &Value<'_>) -> bool {
    matches!(value, Value::Boolean(true))
}

fn borrow<'a>(value: &'a Value<'static>) -> Value<'a> {
    match value {
        Value::String(text) => Value::String(Cow::Borrowed(text)),
        Value::Decimal(digits) => Value::Decimal(Cow::Borrowed(digits)),
        other => other.clone(),
    }
}

/// Applies an operator; `+` after a string appends whatever follows, as text.
fn apply<'a>(
    operator: Operator,
    left: Value<'a>,
    right: Value<'a>,
) -> Result<Value<'a>, EvaluationError> {
    match (operator, left) {
        (Operator::Add, Value::String(left)) => concatenate(left, &right.into_text()?),
        (_, left) => {
            let (left, right) = (operand(operator, &left)?, operand(operator, &right)?);
            Ok(operator.apply(left, right).into())
        }
    }
}

fn concatenate<'a>(left: Cow<'a, str>, right: &str) -> Result<Value<'a>, EvaluationError> {
    if left.len() + right.len() > MAX_TEXT {
        return Err(EvaluationError::TooLarge { limit: MAX_TEXT });
    }
    Ok((left.into_owned() + right).into())
}

fn operand(operator: Operator, value: &Value<'_>) -> Result<Number, EvaluationError> {
    if let Value::Decimal(digits) = value {
        return Ok(Number::Double(digits.parse().unwrap_or(f64::NAN)));
    }
    let not_a_number =
        || EvaluationError::NotANumber { operator: operator.symbol(), found: value.kind() };
    value.number().ok_or_else(not_a_number)
}
