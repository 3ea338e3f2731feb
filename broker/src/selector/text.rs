//! How Java writes numbers and lists when it makes strings of them.

use super::{EvaluationError, MAX_TEXT, Value};

/// Writes a double as `Double.toString` does: `1.0`, `1.0E10`, `1.0E-4`, `NaN`, `Infinity`.
pub(super) fn of_double(value: f64) -> String {
    special(value).unwrap_or_else(|| arrange(&format!("{value:e}")))
}

/// Writes a float as `Float.toString` does.
pub(super) fn of_float(value: f32) -> String {
    special(value.into()).unwrap_or_else(|| arrange(&format!("{value:e}")))
}

/// Writes a list as Java's collections do: `[a, b]`.
pub(super) fn of_list(entries: Vec<Option<Value<'_>>>) -> Result<String, EvaluationError> {
    let mut text = String::from("[");
    for (index, entry) in entries.into_iter().enumerate() {
        if index > 0 {
            text.push_str(", ");
        }
        match entry {
            Some(value) => text.push_str(&value.into_text()?),
            None => text.push_str("null"),
        }
        if text.len() > MAX_TEXT {
            return Err(EvaluationError::TooLarge { limit: MAX_TEXT });
        }
    }
    text.push(']');
    Ok(text)
}

fn special(value: f64) -> Option<String> {
    let text = match value {
        _ if value.is_nan() => "NaN",
        f64::INFINITY => "Infinity",
        f64::NEG_INFINITY => "-Infinity",
        _ => return None,
    };
    Some(text.to_owned())
}

/// Turns `-d.ddde±n` into Java's form: plain from 10⁻³ up to 10⁷, with an exponent elsewhere.
fn arrange(scientific: &str) -> String {
    let (sign, magnitude) = match scientific.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", scientific),
    };
    let (mantissa, exponent) = magnitude.split_once('e').unwrap_or((magnitude, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    if !(-3..7).contains(&exponent) {
        return format!("{sign}{whole}.{fraction}E{exponent}");
    }
    let digits = mantissa.replace('.', "");
    let shift = usize::try_from(exponent.unsigned_abs()).unwrap_or(0);
    if exponent < 0 {
        return format!("{sign}0.{}{digits}", "0".repeat(shift - 1));
    }
    let whole: String = digits.chars().chain(std::iter::repeat('0')).take(shift + 1).collect();
    let fraction = digits.get(shift + 1..).filter(|rest| !rest.is_empty()).unwrap_or("0");
    format!("{sign}{whole}.{fraction}")
}

#[cfg(test)]
mod tests {
    use super::{of_double, of_float};

    #[test]
    fn writes_doubles_as_java_does() {
        for (value, text) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (100.0, "100.0"),
            (1234567.8, "1234567.8"),
            (12345678.9, "1.23456789E7"),
            (0.001, "0.001"),
            (0.0001, "1.0E-4"),
            (-2.5, "-2.5"),
            (1e10, "1.0E10"),
            (f64::INFINITY, "Infinity"),
        ] {
            assert_eq!(of_double(value), text);
        }
        assert_eq!(of_float(0.1), "0.1");
    }
}
