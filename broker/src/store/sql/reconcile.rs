//! Subscriptions after a turn of ActiveMQ: its rows say which there are and how far they are, ours what it
//! has no columns for. Where they differ, its rows are right: it keeps no account of ours.

use std::collections::{BTreeMap, BTreeSet};

use relaismq_openwire::Text;

use super::progress::Progress;
use super::state::{QUEUE, TOPIC};
use super::topics::{Mark, Topics};
use crate::model::{SubscriptionKey, SubscriptionRecord};

/// What the tables say about topics.
#[derive(Debug, Default)]
pub(super) struct Left {
    pub(super) records: Vec<OurRecord>,
    pub(super) rows: Vec<Row>,
    pub(super) exceptions: BTreeMap<u32, BTreeSet<u64>>,
    /// Topic, id and priority of each message.
    pub(super) messages: Vec<(Text, u64, i64)>,
}

/// A row of our table of subscriptions.
#[derive(Clone, Debug)]
pub(super) struct OurRecord {
    pub(super) number: u32,
    pub(super) key: SubscriptionKey,
    pub(super) destination: String,
    pub(super) selector: Option<String>,
    pub(super) no_local: bool,
    /// It has had rows in ActiveMQ's table.
    pub(super) seen: bool,
}

/// A row of ActiveMQ's table of marks.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) container: String,
    pub(super) key: SubscriptionKey,
    pub(super) destination: Option<String>,
    pub(super) selector: Option<String>,
    pub(super) last_acked: i64,
    pub(super) priority: i64,
}

/// What follows.
#[derive(Debug, Default)]
pub(super) struct Reconciled {
    pub(super) topics: Topics,
    pub(super) records: BTreeMap<SubscriptionKey, SubscriptionRecord>,
    /// Queues that ActiveMQ remembers.
    pub(super) queues: BTreeSet<String>,
    /// Subscriptions whose rows of ours are to be written.
    pub(super) put: BTreeSet<u32>,
    /// What else is to be written.
    pub(super) progress: Progress,
}

/// ActiveMQ remembers queues among the subscriptions, with a priority that no message has.
const REMEMBERED_QUEUE: i64 = 11;

impl Left {
    pub(super) fn reconcile(self) -> Reconciled {
        let mut found = Reconciled::default();
        let (mut subscribed, ours) = (BTreeMap::<_, Vec<Row>>::new(), self.records);
        for row in self.rows {
            if row.priority == REMEMBERED_QUEUE && row.container.starts_with(QUEUE) {
                found.queues.insert(row.container);
            } else if row.container.starts_with(TOPIC) {
                subscribed.entry(row.key.clone()).or_default().push(row);
            }
        }
        let mut numbers = found.keep(ours, &subscribed);
        found.adopt(&subscribed, &mut numbers);
        let mut priorities: BTreeMap<&Text, Vec<(u64, i64)>> = BTreeMap::new();
        for (topic, id, priority) in &self.messages {
            priorities.entry(topic).or_default().push((*id, *priority));
        }
        let mut marks = BTreeMap::new();
        for (key, rows) in &subscribed {
            let Some(&number) = numbers.get(key) else { continue };
            for (topic, lasts) in by_topic(rows) {
                let mut mark = mark(&lasts, priorities.get(&topic).map_or(&[], Vec::as_slice));
                mark.except.extend(self.exceptions.get(&number).into_iter().flatten());
                marks.insert((topic, number), mark);
            }
        }
        let ids = self.messages.iter().map(|(topic, id, _)| (topic.clone(), *id));
        let (topics, dead) = Topics::load(numbers, marks, ids);
        found.topics = topics;
        found.progress.dead = dead;
        found
    }
}

impl Reconciled {
    /// Our records, but for those that ActiveMQ has dropped meanwhile.
    fn keep(
        &mut self,
        ours: Vec<OurRecord>,
        subscribed: &BTreeMap<SubscriptionKey, Vec<Row>>,
    ) -> BTreeMap<SubscriptionKey, u32> {
        let mut numbers = BTreeMap::new();
        for record in ours {
            let there = subscribed.contains_key(&record.key);
            if record.seen && !there {
                self.progress.drop(record.number, &record.key);
                continue;
            }
            let topic = record.destination.strip_prefix(TOPIC).unwrap_or(&record.destination);
            let kept = SubscriptionRecord {
                key: record.key.clone(),
                topic: topic.to_owned(),
                selector: record.selector,
                no_local: record.no_local,
            };
            numbers.insert(record.key.clone(), record.number);
            self.records.insert(record.key, kept);
        }
        numbers
    }

    /// What ActiveMQ's rows say of each subscription.
    fn adopt(
        &mut self,
        subscribed: &BTreeMap<SubscriptionKey, Vec<Row>>,
        numbers: &mut BTreeMap<SubscriptionKey, u32>,
    ) {
        for (key, rows) in subscribed {
            let Some(row) = rows.first() else { continue };
            let destination = row.destination.as_deref().unwrap_or(&row.container);
            let topic = destination.strip_prefix(TOPIC).unwrap_or(destination).to_owned();
            let selector = row.selector.clone().filter(|it| !it.trim().is_empty());
            let no_local = self.records.get(key).is_some_and(|record| record.no_local);
            let next = numbers.values().max().map_or(1, |highest| highest + 1);
            let number = *numbers.entry(key.clone()).or_insert(next);
            let record = SubscriptionRecord { key: key.clone(), topic, selector, no_local };
            if self.records.get(key) != Some(&record) {
                self.put.insert(number);
                self.records.insert(key.clone(), record);
            }
        }
    }
}

/// Of one subscription: in each topic, how far it is by priority.
fn by_topic(rows: &[Row]) -> BTreeMap<Text, BTreeMap<i64, i64>> {
    let mut topics: BTreeMap<Text, BTreeMap<i64, i64>> = BTreeMap::new();
    for row in rows {
        let name = row.container.strip_prefix(TOPIC).unwrap_or(&row.container);
        topics.entry(name.into()).or_default().insert(row.priority, row.last_acked);
    }
    topics
}

/// With prioritized destinations ActiveMQ has a row for each priority: the mark is on the lowest, and what
/// higher ones have behind them are exceptions.
fn mark(lasts: &BTreeMap<i64, i64>, messages: &[(u64, i64)]) -> Mark {
    let next = |last: i64| u64::try_from(last.saturating_add(1)).unwrap_or(0);
    let lowest = next(lasts.values().min().copied().unwrap_or(-1));
    let mut mark = Mark { next: lowest, except: BTreeSet::new() };
    if lasts.len() > 1 {
        let behind = messages.iter().filter(|(id, priority)| {
            *id >= lowest && lasts.get(priority).is_some_and(|last| *id < next(*last))
        });
        mark.except.extend(behind.map(|(id, _)| *id));
    }
    mark
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str) -> SubscriptionKey {
        SubscriptionKey { client_id: "c".into(), name: name.into() }
    }

    fn row(topic: &str, name: &str, last_acked: i64, priority: i64) -> Row {
        let container = format!("topic://{topic}");
        let destination = Some(container.clone());
        Row { container, key: key(name), destination, selector: None, last_acked, priority }
    }

    fn ours(number: u32, name: &str, topic: &str, seen: bool) -> OurRecord {
        let destination = format!("topic://{topic}");
        OurRecord { number, key: key(name), destination, selector: None, no_local: true, seen }
    }

    #[test]
    fn subscriptions_that_activemq_dropped_are_gone_and_new_ones_are_known() {
        let left = Left {
            records: vec![
                ours(1, "a", "t", true),
                ours(2, "b", "t", true),
                ours(3, "w", "x.>", false),
            ],
            rows: vec![row("t", "b", 4, 0), row("t", "n", 2, 0)],
            messages: (1..=5).map(|id| ("t".into(), id, 0)).collect(),
            ..Left::default()
        };
        let found = left.reconcile();
        assert_eq!(found.progress.dropped.keys().copied().collect::<Vec<_>>(), [1]);
        assert_eq!(found.records.keys().map(|it| &*it.name).collect::<Vec<_>>(), ["b", "n", "w"]);
        assert!(found.records.get(&key("b")).unwrap().no_local);
        assert_eq!(found.put, BTreeSet::from([4]));
        assert_eq!(
            (found.topics.page(2, 0, 9), found.topics.page(4, 0, 9)),
            (vec![5], vec![3, 4, 5])
        );
        assert_eq!(found.progress.dead, [1, 2]);
    }

    #[test]
    fn a_subscription_with_priorities_has_left_what_none_of_its_rows_has_behind_it() {
        let rows =
            (0..10).map(|priority| row("t", "p", if priority == 9 { 4 } else { 1 }, priority));
        let left = Left {
            rows: rows.collect(),
            messages: vec![("t".into(), 2, 4), ("t".into(), 3, 9), ("t".into(), 5, 9)],
            ..Left::default()
        };
        let found = left.reconcile();
        assert_eq!(found.topics.page(1, 0, 9), [2, 5]);
    }

    #[test]
    fn queues_that_activemq_remembers_are_no_subscriptions() {
        let mut remembered = row("x", "q", 0, 11);
        remembered.container = "queue://orders".into();
        let found = Left { rows: vec![remembered], ..Left::default() }.reconcile();
        assert!(found.records.is_empty() && found.queues.contains("queue://orders"));
    }
}
