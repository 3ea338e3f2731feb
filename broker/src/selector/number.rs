//! Numbers and their promotion: int, long, float, double.
//!
//! Byte and short widen to int before they get here. ActiveMQ 5.17.2 promotes only some pairs when
//! the narrower type stands on the right; here promotion is symmetric.

use std::cmp::Ordering;

/// A number of one of the four types that arithmetic knows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Number {
    Int(i32),
    Long(i64),
    Float(f32),
    Double(f64),
}

/// The operators of arithmetic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

impl Operator {
    /// The operator as written in selectors.
    pub(super) fn symbol(self) -> char {
        match self {
            Self::Add => '+',
            Self::Subtract => '-',
            Self::Multiply => '*',
            Self::Divide => '/',
            Self::Remainder => '%',
        }
    }

    /// Applies the operator; whole numbers wrap around, `/` and `%` always give a double.
    ///
    /// Division by zero therefore gives an infinity or NaN, never an error.
    pub(super) fn apply(self, left: Number, right: Number) -> Number {
        if matches!(self, Self::Divide | Self::Remainder) {
            return self.apply_double(left, right);
        }
        if let (Number::Int(left), Number::Int(right)) = (left, right) {
            return Number::Int(self.apply_int(left, right));
        }
        match (left.whole(), right.whole()) {
            (Some(left), Some(right)) => Number::Long(self.apply_long(left, right)),
            _ => self.apply_double(left, right),
        }
    }

    fn apply_int(self, left: i32, right: i32) -> i32 {
        match self {
            Self::Subtract => left.wrapping_sub(right),
            Self::Multiply => left.wrapping_mul(right),
            _ => left.wrapping_add(right),
        }
    }

    fn apply_long(self, left: i64, right: i64) -> i64 {
        match self {
            Self::Subtract => left.wrapping_sub(right),
            Self::Multiply => left.wrapping_mul(right),
            _ => left.wrapping_add(right),
        }
    }

    fn apply_double(self, left: Number, right: Number) -> Number {
        let (left, right) = (left.as_double(), right.as_double());
        Number::Double(match self {
            Self::Add => left + right,
            Self::Subtract => left - right,
            Self::Multiply => left * right,
            Self::Divide => left / right,
            Self::Remainder => left % right,
        })
    }
}

impl Number {
    /// Changes the sign; the smallest int and long stay as they are, as in Java.
    pub(super) fn negate(self) -> Self {
        match self {
            Self::Int(value) => Self::Int(value.wrapping_neg()),
            Self::Long(value) => Self::Long(value.wrapping_neg()),
            Self::Float(value) => Self::Float(-value),
            Self::Double(value) => Self::Double(-value),
        }
    }

    /// Orders two numbers in the wider of their types, the way Java's boxed types compare.
    ///
    /// That order is total: NaN equals itself and is above all else, -0.0 is below 0.0.
    pub(super) fn compare(self, other: Self) -> Ordering {
        if let (Some(left), Some(right)) = (self.whole(), other.whole()) {
            return left.cmp(&right);
        }
        match (self.single(), other.single()) {
            (Some(left), Some(right)) => java_order(left.into(), right.into()),
            _ => java_order(self.as_double(), other.as_double()),
        }
    }

    /// The value as a long, if its type is int or long.
    fn whole(self) -> Option<i64> {
        match self {
            Self::Int(value) => Some(value.into()),
            Self::Long(value) => Some(value),
            Self::Float(_) | Self::Double(_) => None,
        }
    }

    /// The value as a float, unless its type is wider.
    fn single(self) -> Option<f32> {
        match self {
            Self::Int(value) => Some(value as f32),
            Self::Long(value) => Some(value as f32),
            Self::Float(value) => Some(value),
            Self::Double(_) => None,
        }
    }

    fn as_double(self) -> f64 {
        match self {
            Self::Int(value) => value.into(),
            Self::Long(value) => value as f64,
            Self::Float(value) => value.into(),
            Self::Double(value) => value,
        }
    }
}

fn java_order(left: f64, right: f64) -> Ordering {
    match (left.is_nan(), right.is_nan()) {
        (true, true) => Ordering::Equal,
        (true, false) => Ordering::Greater,
        (false, true) => Ordering::Less,
        (false, false) => left.total_cmp(&right),
    }
}

/// Cuts a text down to what Rust reads as the float that Java's `valueOf` would.
///
/// Blanks around it and a type suffix go; of the words, only `NaN` and `Infinity` exactly so.
pub(super) fn java_float(text: &str) -> Option<&str> {
    let text = text.trim_matches(|c: char| c <= ' ');
    if matches!(text.trim_start_matches(['+', '-']), "NaN" | "Infinity") {
        return Some(text);
    }
    let digits = text.strip_suffix(['d', 'D', 'f', 'F']).unwrap_or(text);
    let is_plain = |byte: u8| byte.is_ascii_digit() || b".eE+-".contains(&byte);
    digits.bytes().all(is_plain).then_some(digits)
}
