//! Dates of certificates: seconds since 1970, and back into words.

/// Seconds since 1970 of a year and what follows it in a certificate, such as `0131235959Z`.
pub(crate) fn seconds(year: u64, rest: &str) -> Option<u64> {
    let number = |from: usize| rest.get(from..from + 2)?.parse::<u64>().ok();
    let [month, day, hour, minute] = [number(0)?, number(2)?, number(4)?, number(6)?];
    let (second, zone) = if rest.len() == "0131235959Z".len() { (number(8)?, 10) } else { (0, 8) };
    let is_date = (1..=12).contains(&month) && (1..=31).contains(&day);
    if !is_date || rest.get(zone..)? != "Z" {
        return None;
    }
    if year < 1970 {
        // What is long over is over, however long.
        return Some(0);
    }
    let days = days_before(year, month) + day - 1;
    Some(((days * 24 + hour) * 60 + minute) * 60 + second)
}

/// A moment, in seconds since 1970, in words, to the minute.
#[must_use]
pub fn text(seconds: u64) -> String {
    let (mut days, minutes) = (seconds / 86_400, seconds % 86_400 / 60);
    let mut year = 1970;
    while days >= days_of(year) {
        days -= days_of(year);
        year += 1;
        if year > LAST_YEAR {
            return format!("after the year {LAST_YEAR}");
        }
    }
    let before = |month| days_before(year, month) - days_before(year, 1);
    let month = (1..=12).rev().find(|month| before(*month) <= days).unwrap_or(1);
    let day = days - before(month) + 1;
    format!("{year}-{month:02}-{day:02} {:02}:{:02} UTC", minutes / 60, minutes % 60)
}

/// Days from 1970 to the first of a month.
fn days_before(year: u64, month: u64) -> u64 {
    let years: u64 = (1970..year.min(LAST_YEAR + 1)).map(days_of).sum();
    let february = days_of(year) - 337;
    let months = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30];
    let passed = usize::try_from(month.saturating_sub(1)).unwrap_or(0);
    years + months.iter().take(passed).sum::<u64>()
}

const fn days_of(year: u64) -> u64 {
    let leap = (year.is_multiple_of(4) && !year.is_multiple_of(100)) || year.is_multiple_of(400);
    if leap { 366 } else { 365 }
}

/// The last year that a certificate can name.
const LAST_YEAR: u64 = 9999;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_survive_the_way_to_seconds_and_back() {
        for (year, rest, words) in [
            (1970, "0101000000Z", "1970-01-01 00:00 UTC"),
            (2024, "0229235959Z", "2024-02-29 23:59 UTC"),
            (2026, "1231120000Z", "2026-12-31 12:00 UTC"),
            (2100, "0301000000Z", "2100-03-01 00:00 UTC"),
            (9999, "1231235959Z", "9999-12-31 23:59 UTC"),
            // Without seconds, as very old certificates have it.
            (2001, "02030405Z", "2001-02-03 04:05 UTC"),
        ] {
            assert_eq!(seconds(year, rest).map(text).as_deref(), Some(words));
        }
        assert_eq!(seconds(2038, "0119031408Z"), Some(2_147_483_648));
        assert_eq!(seconds(1950, "0101000000Z"), Some(0));
    }

    #[test]
    fn what_is_no_date_is_none() {
        for rest in ["", "1301000000Z", "0100000000Z", "010100000Z", "0101000000+0100", "éé0000"]
        {
            assert_eq!(seconds(2026, rest), None, "{rest}");
        }
    }

    #[test]
    fn a_time_without_end_has_words_too() {
        assert_eq!(text(u64::MAX), "after the year 9999");
    }
}
