//! "Did you mean …?"

/// The candidate a misspelt name most probably stands for.
///
/// Wrong case and a wrong or missing prefix (`transport.` of the .NET client, `connection.` of the
/// C++ client) count as sure, otherwise about one wrong letter in four is forgiven.
#[must_use]
pub fn closest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if name.len() > LONGEST {
        return None;
    }
    let wanted = name.to_ascii_lowercase();
    let nearest = candidates
        .into_iter()
        .map(|candidate| (distance(&wanted, &candidate.to_ascii_lowercase()), candidate))
        .min_by_key(|(distance, _)| *distance)?;
    let (distance, candidate) = nearest;
    (distance <= wanted.len().div_ceil(4)).then_some(candidate)
}

fn distance(wanted: &str, candidate: &str) -> usize {
    let whole = strsim::osa_distance(wanted, candidate);
    let last = strsim::osa_distance(last_segment(wanted), last_segment(candidate));
    // A wrong prefix is a smaller mistake than a wrong name, yet never better than no mistake.
    whole.min(last + usize::from(whole > 0))
}

fn last_segment(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

/// No option is as long; comparing takes time in proportion to the length.
const LONGEST: usize = 80;
