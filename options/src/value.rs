//! From the text of a value to a field.

use std::time::Duration;

use crate::row::Kind;

/// Why a value was not taken.
#[derive(Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It is none of the values the option has; they are named.
    Bad(String),
    /// It is not among the names that the option takes; what is wrong with it.
    Unfit(String),
    /// The option is not implemented yet. The value that is accepted all the same, if any.
    Later(Option<&'static str>),
}

impl<T> Kind<T> {
    /// Sets the field, or reports why not. That an option has no effect, or not all of it, is no
    /// refusal: the reason is given.
    ///
    /// # Errors
    /// [`Refusal`], saying what would be right.
    pub fn apply(&self, target: &mut T, value: &str) -> Result<Option<&'static str>, Refusal> {
        match *self {
            Self::NoEffect(reason) => return Ok(Some(reason)),
            Self::Unneeded(usual, reason) => return Ok((usual != value).then_some(reason)),
            Self::Partly(set, missing) => {
                let on = truth(value).ok_or_else(|| Refusal::Bad(self.expected()))?;
                set(target, on);
                return Ok(on.then_some(missing));
            }
            Self::Later(honoured) if honoured == Some(value) => {}
            Self::Later(honoured) => return Err(Refusal::Later(honoured)),
            Self::Names(_, set) => set(target, value).map_err(Refusal::Unfit)?,
            _ => self.set(target, value).ok_or_else(|| Refusal::Bad(self.expected()))?,
        }
        Ok(None)
    }

    fn set(&self, target: &mut T, value: &str) -> Option<()> {
        match *self {
            Self::Bool(set) => set(target, truth(value)?),
            Self::Count(least, most, set) => {
                set(target, whole(value).filter(|count| (least..=most).contains(count))?);
            }
            Self::Limit(set) => set(target, unless(value, "-1", whole)?),
            Self::Every(set) => {
                let count: i64 = value.parse().ok()?;
                set(target, (count > 0).then(|| u32::try_from(count).unwrap_or(u32::MAX)));
            }
            Self::Bytes(set) => {
                let size: i64 = digits(value)?.parse().ok()?;
                set(target, (size > 0).then_some(size.unsigned_abs())?);
            }
            Self::Size(set) => set(target, bytes(value)?),
            Self::Factor(least, set) => {
                let factor: f64 = value.parse().ok()?;
                set(target, (factor.is_finite() && factor >= least).then_some(factor)?);
            }
            Self::Millis(set) => set(target, millis(value)?),
            Self::Timeout(set) if value.starts_with('-') => {
                value.parse::<i64>().ok()?;
                set(target, None);
            }
            Self::Timeout(set) => set(target, Some(millis(value)?).filter(|time| !time.is_zero())),
            Self::LongestMillis(set) => set(target, unless(value, "-1", millis)?),
            Self::Text(set) | Self::Secret(set) => set(target, value),
            Self::Names(..) | Self::Later(_) | Self::NoEffect(_) => {}
            Self::Unneeded(..) | Self::Partly(..) => {}
        }
        Some(())
    }

    /// The values the option takes, in words.
    #[must_use]
    pub fn expected(&self) -> String {
        let words = match self {
            Self::Bool(_) | Self::Partly(..) => "true or false",
            Self::Count(least, most, _) => {
                return format!("a whole number from {least} to {most}");
            }
            Self::Limit(_) => "a whole number, or -1 for no limit",
            Self::Every(_) => "a whole number, or 0 for never",
            Self::Bytes(_) => "a number of bytes above 0",
            Self::Size(_) => "a number of bytes, or one with kb, mb or gb",
            Self::Factor(least, _) => return format!("a number of at least {least}"),
            Self::Millis(_) => "a whole number of milliseconds",
            Self::Timeout(_) => "a whole number of milliseconds, or 0 for no limit",
            Self::LongestMillis(_) => "a whole number of milliseconds, or -1 for no limit",
            Self::Text(_) | Self::Secret(_) => "text",
            Self::Names(words, _) => words,
            Self::Later(Some(value)) => return format!("{value}; nothing else is supported yet"),
            Self::Later(None) => "nothing; it is not supported yet",
            Self::NoEffect(_) | Self::Unneeded(..) => "anything; it has no effect",
        };
        words.to_owned()
    }
}

fn truth(value: &str) -> Option<bool> {
    if value.eq_ignore_ascii_case("true") {
        Some(true)
    } else {
        value.eq_ignore_ascii_case("false").then_some(false)
    }
}

/// A number of bytes, as text with a unit or without: `500MB`, `10 gb`, `1g`, `1048576`. Units are powers
/// of 1024, as in ActiveMQ's configuration.
#[must_use]
pub fn bytes(text: &str) -> Option<u64> {
    let lower = text.trim().to_ascii_lowercase();
    let digits = lower.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = lower.split_at_checked(digits)?;
    let power = match unit.trim_start().trim_end_matches('b').trim_end_matches('i') {
        "" => 0,
        "k" => 1,
        "m" => 2,
        "g" => 3,
        "t" => 4,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(1024_u64.pow(power))
}

/// Rust's number parsers accept a leading plus sign, which no option has.
fn digits(value: &str) -> Option<&str> {
    value.bytes().all(|byte| byte.is_ascii_digit()).then_some(value)
}

fn whole(value: &str) -> Option<u32> {
    digits(value)?.parse().ok()
}

/// ActiveMQ's times are signed 64 bit numbers; so limited, they can be added to any `Instant`.
fn millis(value: &str) -> Option<Duration> {
    let count: i64 = digits(value)?.parse().ok()?;
    Some(Duration::from_millis(count.unsigned_abs()))
}

/// `None` for the word that means no limit; outer `None` if the value is bad.
fn unless<V>(value: &str, no_limit: &str, parse: fn(&str) -> Option<V>) -> Option<Option<V>> {
    if value == no_limit { Some(None) } else { parse(value).map(Some) }
}
