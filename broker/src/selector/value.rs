//! Values of message properties and of the expressions over them.

use std::borrow::Cow;

use super::number::{Number, java_float};
use super::{EvaluationError, text};

/// A value a selector computes with: a property, a header or an intermediate result.
///
/// There is no null: an absent value is `None`, in [`Properties::value`] and everywhere else.
///
/// [`Properties::value`]: super::Properties::value
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Value<'a> {
    /// A Java `boolean`.
    Boolean(bool),
    /// A Java `byte`.
    Byte(i8),
    /// A Java `short`.
    Short(i16),
    /// A Java `int`.
    Int(i32),
    /// A Java `long`.
    Long(i64),
    /// A Java `float`.
    Float(f32),
    /// A Java `double`.
    Double(f64),
    /// A Java `char`, one UTF-16 code unit; never equal to a string.
    Char(u16),
    /// A Java `String`.
    String(Cow<'a, str>),
    /// A whole number too large for a `long`, as decimal digits with an optional minus sign.
    ///
    /// Only literals have this type. As in ActiveMQ it compares with its own kind only.
    Decimal(Cow<'a, str>),
    /// A list, made by the functions `SPLIT` and `MAKELIST`.
    List(Vec<Option<Self>>),
    /// A value that is present but that selectors cannot look into: a map, a byte array.
    Opaque,
}

impl<'a> Value<'a> {
    /// The name of the value's type, for messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Boolean(_) => "boolean",
            Self::Byte(_) => "byte",
            Self::Short(_) => "short",
            Self::Int(_) => "int",
            Self::Long(_) => "long",
            Self::Float(_) => "float",
            Self::Double(_) => "double",
            Self::Char(_) => "char",
            Self::String(_) => "string",
            Self::Decimal(_) => "decimal",
            Self::List(_) => "list",
            Self::Opaque => "opaque value",
        }
    }

    /// The value as a number that comparisons and arithmetic can promote; `None` for other types.
    pub(super) fn number(&self) -> Option<Number> {
        Some(match *self {
            Self::Byte(value) => Number::Int(value.into()),
            Self::Short(value) => Number::Int(value.into()),
            Self::Int(value) => Number::Int(value),
            Self::Long(value) => Number::Long(value),
            Self::Float(value) => Number::Float(value),
            Self::Double(value) => Number::Double(value),
            _ => return None,
        })
    }

    /// The value with its sign changed; absent for values without a sign, as in ActiveMQ.
    pub(super) fn negate(&self) -> Option<Self> {
        let Self::Decimal(digits) = self else {
            return self.number().map(|number| number.negate().into());
        };
        // The first number above the range of a long is within it once it is negative.
        let negative = match digits.strip_prefix('-') {
            Some(positive) => positive.to_owned(),
            None => format!("-{digits}"),
        };
        Some(negative.parse().map_or(Self::Decimal(negative.into()), Self::Long))
    }

    /// Reads `text` as a value of the same type, for selectors that convert strings.
    ///
    /// `None` if it is no such number, or if this type is not one strings convert to.
    pub(super) fn parse_alike(&self, text: &str) -> Option<Self> {
        match self {
            Self::Boolean(_) => Some(Self::Boolean(text.eq_ignore_ascii_case("true"))),
            Self::Byte(_) => text.parse().ok().map(Self::Byte),
            Self::Short(_) => text.parse().ok().map(Self::Short),
            Self::Int(_) => text.parse().ok().map(Self::Int),
            Self::Long(_) => text.parse().ok().map(Self::Long),
            Self::Float(_) => java_float(text)?.parse().ok().map(Self::Float),
            Self::Double(_) => java_float(text)?.parse().ok().map(Self::Double),
            _ => None,
        }
    }

    /// The value as Java's string concatenation writes it; an error if a list gets too long.
    pub(super) fn into_text(self) -> Result<Cow<'a, str>, EvaluationError> {
        Ok(match self {
            Self::String(value) | Self::Decimal(value) => value,
            Self::Boolean(value) => Cow::Borrowed(if value { "true" } else { "false" }),
            Self::Byte(value) => value.to_string().into(),
            Self::Short(value) => value.to_string().into(),
            Self::Int(value) => value.to_string().into(),
            Self::Long(value) => value.to_string().into(),
            Self::Float(value) => text::of_float(value).into(),
            Self::Double(value) => text::of_double(value).into(),
            Self::Char(unit) => String::from_utf16_lossy(&[unit]).into(),
            Self::List(entries) => text::of_list(entries)?.into(),
            Self::Opaque => Cow::Borrowed("?"),
        })
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(value: &'a str) -> Self {
        Self::String(Cow::Borrowed(value))
    }
}

impl From<String> for Value<'_> {
    fn from(value: String) -> Self {
        Self::String(Cow::Owned(value))
    }
}

impl From<Number> for Value<'_> {
    fn from(value: Number) -> Self {
        match value {
            Number::Int(value) => Self::Int(value),
            Number::Long(value) => Self::Long(value),
            Number::Float(value) => Self::Float(value),
            Number::Double(value) => Self::Double(value),
        }
    }
}
