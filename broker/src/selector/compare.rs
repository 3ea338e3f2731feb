//! Comparing two values of any types.

use std::cmp::Ordering;

use super::Value;
use super::ast::Comparison;

/// What a comparison does with a string against a number or a boolean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Strings {
    /// The two are different and in no order.
    Distinct,
    /// The string is read as a value of the other's type.
    Converted,
}

/// Whether two values are equal; `None` is UNKNOWN.
///
/// Two absent values are equal, and a present one is not equal to an absent one on its right, so
/// that `1 <> a` is TRUE without `a`: JMS says UNKNOWN, ActiveMQ 5.17.2 was seen to do this. Only
/// an absent value on the left makes the result UNKNOWN.
pub(super) fn equal(
    left: Option<&Value<'_>>,
    right: Option<&Value<'_>>,
    strings: Strings,
) -> Option<bool> {
    match (left, right) {
        (None, None) => Some(true),
        (None, Some(_)) => None,
        (Some(_), None) => Some(false),
        (Some(left), Some(right)) => Some(order(left, right, strings).map_or_else(
            || left == right && !matches!(left, Value::Opaque),
            |order| order == Ordering::Equal,
        )),
    }
}

/// Whether two values stand in an order; values of types that have none do not.
pub(super) fn holds(
    comparison: Comparison,
    left: &Value<'_>,
    right: &Value<'_>,
    strings: Strings,
) -> bool {
    order(left, right, strings).is_some_and(|order| match comparison {
        Comparison::Less => order.is_lt(),
        Comparison::LessOrEqual => order.is_le(),
        Comparison::Greater => order.is_gt(),
        Comparison::GreaterOrEqual => order.is_ge(),
    })
}

fn order(left: &Value<'_>, right: &Value<'_>, strings: Strings) -> Option<Ordering> {
    if let (Some(left), Some(right)) = (left.number(), right.number()) {
        return Some(left.compare(right));
    }
    match (left, right) {
        (Value::String(left), Value::String(right)) => Some(order_code_units(left, right)),
        (Value::Boolean(left), Value::Boolean(right)) => Some(left.cmp(right)),
        (Value::Char(left), Value::Char(right)) => Some(left.cmp(right)),
        (Value::Decimal(left), Value::Decimal(right)) => Some(order_decimals(left, right)),
        (Value::String(text), other) if strings == Strings::Converted => {
            order(&other.parse_alike(text)?, other, Strings::Distinct)
        }
        (other, Value::String(text)) if strings == Strings::Converted => {
            order(other, &other.parse_alike(text)?, Strings::Distinct)
        }
        _ => None,
    }
}

/// Orders strings as Java does, by UTF-16 code units: U+FF00 comes after U+10000.
fn order_code_units(left: &str, right: &str) -> Ordering {
    // Without surrogates the order of the bytes is the same, and much faster.
    let differ = left.bytes().zip(right.bytes()).find(|(left, right)| left != right);
    match differ {
        Some((0xee..=0xef, 0xf0..)) => Ordering::Greater,
        Some((0xf0.., 0xee..=0xef)) => Ordering::Less,
        _ => left.cmp(right),
    }
}

/// Orders digits without leading zeros, with an optional minus sign.
fn order_decimals(left: &str, right: &str) -> Ordering {
    let magnitude =
        |digits: &str, other: &str| digits.len().cmp(&other.len()).then_with(|| digits.cmp(other));
    match (left.strip_prefix('-'), right.strip_prefix('-')) {
        (None, None) => magnitude(left, right),
        (Some(left), Some(right)) => magnitude(right, left),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::order_code_units;

    proptest! {
        #[test]
        fn strings_are_ordered_by_their_code_units(
            left in "[a\u{e000}\u{ff00}\u{10000}é]{0,4}",
            right in "[a\u{e000}\u{ff00}\u{10000}é]{0,4}",
        ) {
            let expected = left.encode_utf16().cmp(right.encode_utf16());
            prop_assert_eq!(order_code_units(&left, &right), expected);
        }
    }
}
