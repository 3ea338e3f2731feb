//! Redelivery policies by destination.

use relaismq_openwire::Destination;

use super::RedeliveryPolicy;

/// Which redelivery policy consumers of a destination have: as ActiveMQ's `RedeliveryPolicyMap`.
///
/// Patterns are those of ActiveMQ: `*` stands for one part of a name, `>` for the rest of it. The most
/// specific one that matches counts: read from the left, a part that is spelt out is more specific than
/// `*`, and that than `>`.
///
/// ```
/// use relaismq::options::{RedeliveryPolicy, RedeliveryPolicyMap};
/// use relaismq::Destination;
///
/// let never = RedeliveryPolicy::default().maximum_redeliveries(Some(0));
/// let map = RedeliveryPolicyMap::default().policy(Destination::queue("orders.>"), never.clone());
/// assert_eq!(map.of(&Destination::queue("orders.eu.new")), Some(&never));
/// assert_eq!(map.of(&Destination::queue("invoices")), None);
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RedeliveryPolicyMap {
    entries: Vec<(Destination, RedeliveryPolicy)>,
}

impl RedeliveryPolicyMap {
    /// Adds the policy of a destination or pattern; in place of an earlier one for the same.
    #[must_use]
    pub fn policy(mut self, pattern: Destination, policy: RedeliveryPolicy) -> Self {
        self.entries.retain(|(known, _)| *known != pattern);
        self.entries.push((pattern, policy));
        self
    }

    /// The policy of a destination; `None`: that of the connection.
    #[must_use]
    pub fn of(&self, destination: &Destination) -> Option<&RedeliveryPolicy> {
        let entries = self.entries.iter();
        let fitting = entries.filter(|(pattern, _)| pattern.kind == destination.kind);
        let ranked = fitting.filter_map(|(pattern, policy)| {
            rank(&pattern.name, &destination.name).map(|rank| (rank, policy))
        });
        ranked.max_by(|(one, _), (other, _)| one.cmp(other)).map(|(_, policy)| policy)
    }
}

/// How specific each part of the pattern is, from the left; `None` if it does not fit.
fn rank(pattern: &str, name: &str) -> Option<Vec<u8>> {
    let mut parts = name.split('.');
    let mut rank = Vec::new();
    for wanted in pattern.split('.') {
        match (wanted, parts.next()) {
            (">", _) => return Some(rank),
            ("*", Some(part)) if part != ">" => rank.push(1),
            (_, Some(part)) if part == wanted => rank.push(2),
            _ => return None,
        }
    }
    parts.next().is_none().then_some(rank)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_maximum(maximum: u32) -> RedeliveryPolicy {
        RedeliveryPolicy::default().maximum_redeliveries(Some(maximum))
    }

    fn map(patterns: &[&str]) -> RedeliveryPolicyMap {
        let numbered = (1..).zip(patterns);
        numbered.fold(RedeliveryPolicyMap::default(), |map, (number, pattern)| {
            map.policy(Destination::queue(*pattern), with_maximum(number))
        })
    }

    fn found(map: &RedeliveryPolicyMap, name: &str) -> Option<u32> {
        map.of(&Destination::queue(name)).and_then(|policy| policy.maximum_redeliveries)
    }

    #[test]
    fn the_most_specific_pattern_that_fits_counts_whatever_their_order() {
        for patterns in [["a.>", "a.*", "a.b"], ["a.b", "a.*", "a.>"]] {
            let map = map(&patterns);
            let of = |name| found(&map, name).map(|place| patterns[place as usize - 1]);
            assert_eq!(of("a.b"), Some("a.b"));
            assert_eq!(of("a.c"), Some("a.*"));
            assert_eq!(of("a.b.c"), Some("a.>"));
            assert_eq!(of("a"), Some("a.>"));
            assert_eq!(of("b"), None);
        }
        assert_eq!(found(&map(&["*.b.>", "a.>"]), "a.b.c"), Some(2));
    }

    #[test]
    fn a_queue_has_nothing_of_a_topic_and_the_later_policy_of_one_pattern_counts() {
        let map = map(&["a", "a"]);
        assert_eq!(found(&map, "a"), Some(2));
        assert_eq!(map.of(&Destination::topic("a")), None);
    }
}
