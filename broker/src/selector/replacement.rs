//! The replacement texts of REPLACE: `$1`, `${name}` and `\` before a literal character.

use regex::{Captures, Regex};

use super::{EvaluationError, MAX_TEXT};

/// Replaces each match of `regex` in `text` as Java's `replaceAll` does.
pub(super) fn replace_all(
    text: &str,
    regex: &Regex,
    replacement: &str,
) -> Result<String, EvaluationError> {
    let mut replaced = String::new();
    let mut from = 0;
    for captures in regex.captures_iter(text) {
        let Some(found) = captures.get(0) else { continue };
        replaced.push_str(text.get(from..found.start()).unwrap_or(""));
        expand(replacement, regex, &captures, &mut replaced)?;
        from = found.end();
        check_size(&replaced)?;
    }
    replaced.push_str(text.get(from..).unwrap_or(""));
    check_size(&replaced)?;
    Ok(replaced)
}

fn check_size(text: &str) -> Result<(), EvaluationError> {
    if text.len() > MAX_TEXT {
        return Err(EvaluationError::TooLarge { limit: MAX_TEXT });
    }
    Ok(())
}

fn expand(
    replacement: &str,
    regex: &Regex,
    captures: &Captures<'_>,
    replaced: &mut String,
) -> Result<(), EvaluationError> {
    let mut rest = replacement;
    while let Some(at) = rest.find(['\\', '$']) {
        let (plain, special) = rest.split_at(at);
        replaced.push_str(plain);
        rest = if let Some(escaped) = special.strip_prefix('\\') {
            let mut characters = escaped.chars();
            replaced
                .push(characters.next().ok_or_else(|| faulty("\\ at the end of REPLACE's text"))?);
            characters.as_str()
        } else {
            let (group, rest) = group(special.get(1..).unwrap_or(""), regex, captures)?;
            replaced.push_str(group);
            rest
        };
        check_size(replaced)?;
    }
    replaced.push_str(rest);
    Ok(())
}

/// The text of the group that a reference names, and what follows the reference.
fn group<'c, 'r>(
    reference: &'r str,
    regex: &Regex,
    captures: &'c Captures<'_>,
) -> Result<(&'c str, &'r str), EvaluationError> {
    if let Some((name, rest)) = reference.strip_prefix('{').and_then(|name| name.split_once('}')) {
        if !regex.capture_names().flatten().any(|known| known == name) {
            return Err(faulty("no group of the name in ${..}"));
        }
        return Ok((captures.name(name).map_or("", |found| found.as_str()), rest));
    }
    let length = number_length(reference, captures.len());
    let number = reference.get(..length).and_then(|digits| digits.parse::<usize>().ok());
    let number = number.ok_or_else(|| faulty("$ without a group number"))?;
    if number >= captures.len() {
        return Err(faulty("no group of the number after $"));
    }
    let text = captures.get(number).map_or("", |found| found.as_str());
    Ok((text, reference.get(length..).unwrap_or("")))
}

/// How many digits belong to a group number: the first, and more while such a group exists.
fn number_length(reference: &str, groups: usize) -> usize {
    let mut length = usize::from(reference.starts_with(|c: char| c.is_ascii_digit()));
    while reference.as_bytes().get(length).is_some_and(u8::is_ascii_digit) && length > 0 {
        let longer = reference.get(..=length).and_then(|digits| digits.parse::<usize>().ok());
        if longer.is_none_or(|number| number >= groups) {
            break;
        }
        length += 1;
    }
    length
}

fn faulty(problem: &str) -> EvaluationError {
    EvaluationError::Pattern { function: "REPLACE", problem: problem.to_owned() }
}
