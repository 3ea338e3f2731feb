//! Who has which message of a topic left. A message is one row; each durable subscription has a mark
//! in that topic, and exceptions above it. All of it is known here, so that a message's row goes with
//! the last one that has it left, and the marks move as ActiveMQ's do.

use std::collections::{BTreeMap, BTreeSet};

use relaismq_openwire::Text;

use super::progress::Progress;
use crate::model::SubscriptionKey;

/// All topics with durable subscriptions.
#[derive(Clone, Debug, Default)]
pub(super) struct Topics {
    numbers: BTreeMap<SubscriptionKey, u32>,
    keys: BTreeMap<u32, SubscriptionKey>,
    topics: BTreeMap<Text, Topic>,
    /// The topics that a subscription has a mark in.
    marked: BTreeMap<u32, BTreeSet<Text>>,
    /// Of every message, its topic, and how many subscriptions have it left.
    live: BTreeMap<u64, (Text, u32)>,
}

#[derive(Clone, Debug, Default)]
struct Topic {
    ids: BTreeSet<u64>,
    marks: BTreeMap<u32, Mark>,
}

/// How far a subscription is in a topic.
#[derive(Clone, Debug, Default)]
pub(super) struct Mark {
    /// Nothing below this is left; one more than ActiveMQ's `LAST_ACKED_ID`.
    pub(super) next: u64,
    /// At or above it, and not left either.
    pub(super) except: BTreeSet<u64>,
}

impl Topics {
    /// What was found in the database; the counts follow from it. Returns the messages that nobody has
    /// left.
    pub(super) fn load(
        numbers: BTreeMap<SubscriptionKey, u32>,
        marks: BTreeMap<(Text, u32), Mark>,
        ids: impl IntoIterator<Item = (Text, u64)>,
    ) -> (Self, Vec<u64>) {
        let keys = numbers.iter().map(|(key, &number)| (number, key.clone())).collect();
        let mut topics = Self { numbers, keys, ..Self::default() };
        for ((topic, number), mark) in marks {
            topics.marked.entry(number).or_default().insert(topic.clone());
            topics.topics.entry(topic).or_default().marks.insert(number, mark);
        }
        for (topic, id) in ids {
            topics.topics.entry(topic).or_default().ids.insert(id);
        }
        let mut dead = Vec::new();
        for (name, topic) in &mut topics.topics {
            topic.forget_absent();
            for (id, left) in topic.left() {
                if left == 0 {
                    topic.ids.remove(&id);
                    dead.push(id);
                } else {
                    topics.live.insert(id, (name.clone(), left));
                }
            }
        }
        (topics, dead)
    }

    /// A subscription's number; a new one gets the next.
    pub(super) fn number(&mut self, key: &SubscriptionKey) -> u32 {
        if let Some(number) = self.known(key) {
            return number;
        }
        let number = self.keys.keys().next_back().map_or(1, |highest| highest + 1);
        self.numbers.insert(key.clone(), number);
        self.keys.insert(number, key.clone());
        number
    }

    pub(super) fn known(&self, key: &SubscriptionKey) -> Option<u32> {
        self.numbers.get(key).copied()
    }

    pub(super) fn key(&self, number: u32) -> Option<&SubscriptionKey> {
        self.keys.get(&number)
    }

    pub(super) fn subscriptions(&self) -> impl Iterator<Item = (&SubscriptionKey, u32)> {
        self.numbers.iter().map(|(key, &number)| (key, number))
    }

    pub(super) fn mark(&self, topic: &Text, number: u32) -> Option<&Mark> {
        self.topics.get(topic)?.marks.get(&number)
    }

    /// The topics in which a subscription has a mark.
    pub(super) fn topics_of(&self, number: u32) -> impl Iterator<Item = &Text> {
        self.marked.get(&number).into_iter().flatten()
    }

    /// Gives a subscription a mark in a topic if it has none: it has left what comes from `next` on.
    pub(super) fn begin(&mut self, topic: &Text, number: u32, next: u64, progress: &mut Progress) {
        if !self.marked.entry(number).or_default().insert(topic.clone()) {
            return;
        }
        let place = self.topics.entry(topic.clone()).or_default();
        for id in place.ids.range(next..) {
            if let Some((_, left)) = self.live.get_mut(id) {
                *left += 1;
            }
        }
        place.marks.insert(number, Mark { next, except: BTreeSet::new() });
        progress.begin(topic, number);
    }

    /// A message that these subscriptions have left, and the others in its topic have not.
    pub(super) fn publish(
        &mut self,
        topic: &Text,
        wanted: &BTreeSet<u32>,
        id: u64,
        progress: &mut Progress,
    ) {
        for &number in wanted {
            self.begin(topic, number, id, progress);
        }
        let Some(place) = self.topics.get_mut(topic) else { return };
        place.ids.insert(id);
        self.live.insert(id, (topic.clone(), u32::try_from(wanted.len()).unwrap_or(u32::MAX)));
        for (&number, mark) in &mut place.marks {
            if wanted.contains(&number) {
                if id < mark.next {
                    mark.reach_back(id, &place.ids, number, progress);
                    progress.moved(topic, number);
                }
            } else if id >= mark.next {
                mark.leave_out(id, number, progress);
                if mark.advance(&place.ids, number, progress) {
                    progress.moved(topic, number);
                }
            }
        }
    }

    /// A subscription has a message no more. Says whether it had.
    pub(super) fn remove(&mut self, number: u32, id: u64, progress: &mut Progress) -> bool {
        let Some((topic, _)) = self.live.get(&id) else { return false };
        let topic = topic.clone();
        let Some(place) = self.topics.get_mut(&topic) else { return false };
        let Some(mark) = place.marks.get_mut(&number).filter(|mark| mark.has(id)) else {
            return false;
        };
        mark.leave_out(id, number, progress);
        if mark.advance(&place.ids, number, progress) {
            progress.moved(&topic, number);
        }
        self.release(id, progress);
        true
    }

    /// A subscription is gone; returns its number.
    pub(super) fn drop(&mut self, key: &SubscriptionKey, progress: &mut Progress) -> Option<u32> {
        let number = self.numbers.remove(key)?;
        self.keys.remove(&number);
        for topic in self.marked.remove(&number).unwrap_or_default() {
            let Some(place) = self.topics.get_mut(&topic) else { continue };
            let Some(mark) = place.marks.remove(&number) else { continue };
            let left: Vec<u64> = mark.left(&place.ids).collect();
            for id in left {
                self.release(id, progress);
            }
        }
        progress.drop(number, key);
        Some(number)
    }

    /// Ids that a subscription has left, in order.
    pub(super) fn page(&self, number: u32, after: u64, most: usize) -> Vec<u64> {
        let mut ids = Vec::new();
        for topic in self.topics_of(number) {
            let Some(place) = self.topics.get(topic) else { continue };
            let Some(mark) = place.marks.get(&number) else { continue };
            let first = mark.next.max(after.saturating_add(1));
            let left = place.ids.range(first..).filter(|id| !mark.except.contains(id));
            ids.extend(left.take(most));
        }
        ids.sort_unstable();
        ids.truncate(most);
        ids
    }

    /// How many messages a subscription has left.
    pub(super) fn count(&self, number: u32) -> u64 {
        let of_topic = |topic: &Text| {
            let place = self.topics.get(topic)?;
            let mark = place.marks.get(&number)?;
            let all = place.ids.range(mark.next..).count();
            Some(all.saturating_sub(mark.except.len()) as u64)
        };
        self.topics_of(number).filter_map(of_topic).sum()
    }

    fn release(&mut self, id: u64, progress: &mut Progress) {
        let Some((topic, left)) = self.live.get_mut(&id) else { return };
        *left = left.saturating_sub(1);
        if *left > 0 {
            return;
        }
        if let Some(place) = self.topics.get_mut(topic) {
            place.ids.remove(&id);
            for (&number, mark) in &mut place.marks {
                mark.forget(id, number, progress);
            }
        }
        self.live.remove(&id);
        progress.dead.push(id);
    }
}

impl Topic {
    /// Of each message, how many subscriptions have it left.
    fn left(&self) -> Vec<(u64, u32)> {
        let mut nexts: Vec<u64> = self.marks.values().map(|mark| mark.next).collect();
        nexts.sort_unstable();
        let mut counts: BTreeMap<u64, u32> = self
            .ids
            .iter()
            .map(|&id| {
                let begun = nexts.partition_point(|&next| next <= id);
                (id, u32::try_from(begun).unwrap_or(u32::MAX))
            })
            .collect();
        for id in self.marks.values().flat_map(|mark| &mark.except) {
            if let Some(count) = counts.get_mut(id) {
                *count = count.saturating_sub(1);
            }
        }
        counts.into_iter().collect()
    }

    /// Exceptions for messages that are gone, or below the mark, say nothing.
    fn forget_absent(&mut self) {
        let ids = &self.ids;
        for mark in self.marks.values_mut() {
            let next = mark.next;
            mark.except.retain(|id| *id >= next && ids.contains(id));
        }
    }
}

impl Mark {
    fn has(&self, id: u64) -> bool {
        id >= self.next && !self.except.contains(&id)
    }

    fn left<'a>(&'a self, ids: &'a BTreeSet<u64>) -> impl Iterator<Item = u64> + 'a {
        ids.range(self.next..).copied().filter(|id| !self.except.contains(id))
    }

    fn leave_out(&mut self, id: u64, number: u32, progress: &mut Progress) {
        if self.except.insert(id) {
            progress.except(number, id, true);
        }
    }

    fn forget(&mut self, id: u64, number: u32, progress: &mut Progress) {
        if self.except.remove(&id) {
            progress.except(number, id, false);
        }
    }

    /// Moves over all that is not left. Says whether it moved.
    fn advance(&mut self, ids: &BTreeSet<u64>, number: u32, progress: &mut Progress) -> bool {
        let before = self.next;
        while let Some(&id) = ids.range(self.next..).next()
            && self.except.contains(&id)
        {
            self.forget(id, number, progress);
            self.next = id + 1;
        }
        self.next > before
    }

    /// Moves back to a message below it, leaving out all between.
    fn reach_back(&mut self, id: u64, ids: &BTreeSet<u64>, number: u32, progress: &mut Progress) {
        let between: Vec<u64> = ids.range(id + 1..self.next).copied().collect();
        self.next = id;
        for other in between {
            self.leave_out(other, number, progress);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str) -> SubscriptionKey {
        SubscriptionKey { client_id: "c".into(), name: name.into() }
    }

    struct Rig {
        topics: Topics,
        progress: Progress,
    }

    impl Rig {
        fn new() -> Self {
            Self { topics: Topics::default(), progress: Progress::default() }
        }

        fn publish(&mut self, topic: &str, names: &[&str], id: u64) {
            let wanted = names.iter().map(|name| self.topics.number(&key(name))).collect();
            self.topics.publish(&topic.into(), &wanted, id, &mut self.progress);
        }

        fn remove(&mut self, name: &str, id: u64) -> bool {
            let number = self.topics.number(&key(name));
            self.topics.remove(number, id, &mut self.progress)
        }

        fn left(&mut self, name: &str) -> Vec<u64> {
            let number = self.topics.number(&key(name));
            let page = self.topics.page(number, 0, usize::MAX);
            assert_eq!(self.topics.count(number), page.len() as u64);
            page
        }

        fn next(&mut self, topic: &str, name: &str) -> u64 {
            let number = self.topics.number(&key(name));
            self.topics.mark(&topic.into(), number).unwrap().next
        }
    }

    #[test]
    fn a_message_goes_with_the_last_one_that_has_it_left() {
        let mut rig = Rig::new();
        rig.publish("t", &["a", "b"], 1);
        rig.publish("t", &["b"], 2);
        rig.publish("t", &["a", "b"], 4);
        assert_eq!((rig.left("a"), rig.left("b")), (vec![1, 4], vec![1, 2, 4]));
        assert!(rig.remove("b", 1) && rig.remove("b", 2));
        assert_eq!(rig.progress.dead, [2]);
        assert!(rig.remove("a", 1) && !rig.remove("a", 1) && !rig.remove("a", 2));
        assert_eq!(rig.progress.dead, [2, 1]);
        assert_eq!((rig.next("t", "a"), rig.next("t", "b")), (2, 3));
        assert!(rig.remove("a", 4) && rig.remove("b", 4));
        assert_eq!((rig.next("t", "a"), rig.next("t", "b")), (5, 5));
        assert!(rig.progress.exceptions().is_empty());
    }

    #[test]
    fn what_is_acknowledged_out_of_order_is_an_exception_until_the_mark_reaches_it() {
        let mut rig = Rig::new();
        for id in 1..=3 {
            rig.publish("t", &["a", "b"], id);
        }
        rig.remove("a", 3);
        assert_eq!((rig.left("a"), rig.next("t", "a")), (vec![1, 2], 1));
        assert_eq!(rig.progress.exceptions(), [(1, 3, true)]);
        rig.remove("a", 1);
        rig.remove("a", 2);
        assert_eq!(rig.next("t", "a"), 4);
        assert!(rig.progress.exceptions().is_empty());
    }

    #[test]
    fn what_nobody_else_wants_moves_marks_that_have_nothing_left() {
        let mut rig = Rig::new();
        rig.publish("t", &["a", "b"], 1);
        rig.remove("b", 1);
        rig.publish("t", &["a"], 2);
        assert_eq!(rig.next("t", "b"), 3);
        rig.remove("a", 1);
        rig.publish("t", &["b"], 3);
        assert_eq!((rig.left("a"), rig.left("b")), (vec![2], vec![3]));
        assert_eq!(rig.progress.exceptions(), [(1, 3, true)]);
    }

    #[test]
    fn a_pattern_has_a_mark_in_each_topic() {
        let mut rig = Rig::new();
        rig.publish("t.1", &["a"], 1);
        rig.publish("t.2", &["a", "b"], 2);
        rig.publish("t.1", &["a"], 3);
        assert_eq!(rig.left("a"), [1, 2, 3]);
        assert_eq!(rig.topics.page(1, 1, 1), [2]);
        rig.topics.drop(&key("a"), &mut rig.progress);
        assert_eq!(rig.progress.dead, [1, 3]);
        assert_eq!(rig.left("b"), [2]);
    }

    #[test]
    fn what_is_loaded_is_counted_and_the_rest_is_dead() {
        let numbers = BTreeMap::from([(key("a"), 1), (key("b"), 2)]);
        let mark = |next, except: &[u64]| Mark { next, except: except.iter().copied().collect() };
        let marks = BTreeMap::from([
            (("t".into(), 1), mark(3, &[1, 5, 99])),
            (("t".into(), 2), mark(5, &[])),
        ]);
        let ids = (1..=5).map(|id| ("t".into(), id)).chain([("u".into(), 7)]);
        let (mut topics, mut dead) = Topics::load(numbers, marks, ids);
        dead.sort_unstable();
        assert_eq!(dead, [1, 2, 7]);
        assert_eq!((topics.page(1, 0, 9), topics.page(2, 0, 9)), (vec![3, 4], vec![5]));
        let mut progress = Progress::default();
        assert!(topics.remove(2, 5, &mut progress));
        assert_eq!(progress.dead, [5]);
        assert_eq!(progress.exceptions(), [(1, 5, false)]);
    }
}
