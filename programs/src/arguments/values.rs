//! What the values of options may be, and what is said if they are something else.

use std::{fmt::Display, ops::RangeInclusive, str::FromStr};

/// Largest body that is sent: brokers accept frames of 104857600 bytes if nobody tells them otherwise,
/// and a message has more than its body.
pub const LARGEST_BODY: usize = 104_000_000;

/// A whole number within bounds; `what` it counts.
///
/// # Errors
/// What would be right.
pub fn whole<T>(text: &str, range: &RangeInclusive<T>, what: &str) -> Result<T, String>
where
    T: FromStr + PartialOrd + Display,
{
    let (least, most) = (range.start(), range.end());
    let number = text.parse().ok().filter(|number| range.contains(number));
    number.ok_or_else(|| format!("give {what} as a whole number from {least} to {most}"))
}

/// So many messages; also none.
///
/// # Errors
/// What would be right.
pub fn messages(text: &str) -> Result<u64, String> {
    whole(text, &(0..=u64::MAX), "messages")
}

/// Milliseconds, at most some hundred years.
///
/// # Errors
/// What would be right.
pub fn milliseconds(text: &str) -> Result<u64, String> {
    whole(text, &(0..=LONGEST_MS), "milliseconds")
}

/// Seconds, at most some hundred years.
///
/// # Errors
/// What would be right.
pub fn seconds(text: &str) -> Result<u64, String> {
    whole(text, &(0..=LONGEST_MS / 1000), "seconds")
}

/// Workers at the same time.
///
/// # Errors
/// What would be right.
pub fn threads(text: &str) -> Result<u32, String> {
    whole(text, &(1..=1000), "threads")
}

/// Messages in a second.
///
/// # Errors
/// What would be right.
pub fn rate(text: &str) -> Result<u32, String> {
    whole(text, &(1..=1_000_000), "messages in a second")
}

/// Messages in a transaction; 0 for no transaction.
///
/// # Errors
/// What would be right.
pub fn batch(text: &str) -> Result<u64, String> {
    whole(text, &(0..=1_000_000), "messages")
}

/// Bytes of a body.
///
/// # Errors
/// What would be right.
pub fn body_size(text: &str) -> Result<usize, String> {
    whole(text, &(0..=LARGEST_BODY), "bytes").map_err(|text| {
        format!("{text}: brokers accept no larger messages if they are not told to")
    })
}

/// Some text; an empty one is a mistake, such as a variable of the shell that is not set.
///
/// # Errors
/// What would be right.
pub fn some_text(text: &str) -> Result<String, String> {
    if text.trim().is_empty() {
        return Err("it is empty; give some text, or leave the option out".to_owned());
    }
    Ok(text.to_owned())
}

/// No overflow when added to any clock.
const LONGEST_MS: u64 = 10_000_000_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_named() {
        assert_eq!(threads("7"), Ok(7));
        for wrong in ["0", "-1", "1001", "two", "", "1.5"] {
            let text = "give threads as a whole number from 1 to 1000";
            assert_eq!(threads(wrong).unwrap_err(), text, "{wrong}");
        }
        assert!(body_size("99999999999").unwrap_err().contains("from 0 to 104000000"));
        assert!(some_text(" ").is_err());
    }
}
