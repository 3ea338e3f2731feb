//! Which queues are in the order of their messages' priorities.

use relaismq_openwire::Destination;

/// Names and patterns of queues, each with a word about those that it covers. The most particular one counts, as
/// with ActiveMQ: a name before patterns, and a pattern before those that cover it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prioritized(Vec<(Destination, bool)>);

impl Prioritized {
    /// What is said of these queues from now on.
    pub fn set(&mut self, queues: &str, prioritized: bool) {
        let queues = Destination::queue(queues);
        self.0.retain(|(other, _)| *other != queues);
        self.0.push((queues, prioritized));
    }

    /// No queue is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.0.iter().any(|(_, prioritized)| *prioritized)
    }

    /// Whether this queue is.
    #[must_use]
    pub fn has(&self, queue: &str) -> bool {
        let covering = self.0.iter().filter(|(queues, _)| queues.covers(queue));
        covering.max_by_key(|(queues, _)| particular(queues)).is_some_and(|(_, it)| *it)
    }
}

/// A name is more so than any pattern, a pattern the more levels it names.
fn particular(queues: &Destination) -> (bool, usize, usize) {
    let levels = queues.name.split('.').filter(|level| *level != ">");
    let named = levels.clone().filter(|level| *level != "*").count();
    (!queues.is_pattern(), named, levels.count())
}

impl<'a> FromIterator<&'a str> for Prioritized {
    fn from_iter<I: IntoIterator<Item = &'a str>>(queues: I) -> Self {
        let mut all = Self::default();
        queues.into_iter().for_each(|queues| all.set(queues, true));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_particular_word_about_a_queue_counts() {
        let mut all = Prioritized::default();
        assert!(all.is_empty() && !all.has("orders"));
        for (queues, prioritized) in
            [("orders.eu.slow", false), (">", false), ("orders.>", true), ("orders.*.slow", true)]
        {
            all.set(queues, prioritized);
        }
        assert!(!all.is_empty());
        assert!(all.has("orders") && all.has("orders.eu.fast") && all.has("orders.us.slow"));
        assert!(!all.has("orders.eu.slow") && !all.has("others"));
        all.set("orders.eu.slow", true);
        assert!(all.has("orders.eu.slow"));
    }
}
