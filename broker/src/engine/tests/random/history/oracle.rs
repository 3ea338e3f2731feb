//! What is known of every message, and what must not happen to it.

use std::collections::{BTreeMap, BTreeSet};

use super::{Answer, Consumer, Delivery, Marks};

/// What the oracle knows of each message, by its text.
#[derive(Debug, Default)]
pub(super) struct Oracle {
    pub(super) sent: BTreeSet<String>,
    pub(super) confirmed: BTreeSet<String>,
    pub(super) refused: BTreeSet<String>,
    /// Acknowledged, and that was confirmed.
    pub(super) consumed: BTreeSet<String>,
    /// Acknowledged, with an outcome that nobody knows.
    pub(super) perhaps_consumed: BTreeSet<String>,
    pub(super) delivered: BTreeSet<String>,
    /// After a power cut nobody knows who was given what up to this sequence.
    pub(super) perhaps_given: i64,
    /// Messages of one commit of which the outcome is unknown.
    pub(super) doubtful: Vec<Vec<String>>,
    /// Of each producer, consumer and priority, the last message that was delivered for the first time.
    pub(super) order: BTreeMap<(String, String, Option<i8>), i64>,
}

impl Oracle {
    pub(super) fn answered(&mut self, text: &str, answer: &Answer) {
        match answer {
            Answer::Done => self.confirmed.insert(text.to_owned()),
            Answer::Refused(class, _) if class == "javax.jms.ResourceAllocationException" => {
                self.refused.insert(text.to_owned())
            }
            other => panic!("{text}: {other:?}"),
        };
    }

    pub(super) fn delivered(
        &mut self,
        seed: u64,
        consumer: &Consumer,
        delivery: &Delivery,
        marks: &Marks,
    ) {
        let text = delivery.text();
        assert!(self.sent.contains(&text), "seed {seed}: {text} was never sent");
        assert!(!self.consumed.contains(&text), "seed {seed}: {text} was acknowledged before");
        let (id, flagged) = (delivery.id(), delivery.counter > 0);
        self.delivered.insert(text.clone());
        if marks.given(&id) > 1 || delivery.sequence() <= self.perhaps_given {
            assert!(flagged, "seed {seed}: {text} comes again without a flag");
            return;
        }
        // The broker may have died between the mark and the dispatch.
        let known = !flagged || marks.was_foreseen(delivery) || marks.was_assigned(delivery);
        assert!(known, "seed {seed}: {text} is flagged, and nobody was given it");
        let producer = id.producer_id.expect("a producer").to_string();
        let priority = delivery.message.as_ref().map(|message| message.priority);
        let way = (producer, consumer.id.to_string(), priority);
        let last = self.order.insert(way, id.producer_sequence_id);
        let in_order = last.is_none_or(|it| it < id.producer_sequence_id);
        // What goes before it is sent may have been another consumer's.
        let in_order = in_order || flagged || marks.was_assigned(delivery);
        assert!(in_order, "seed {seed}: {text} after a later one");
    }

    pub(super) fn judge(&self, seed: u64, left: &BTreeSet<String>) {
        let there = |text: &String| {
            left.contains(text)
                || self.consumed.contains(text)
                || self.perhaps_consumed.contains(text)
        };
        let lost: Vec<_> = self.confirmed.iter().filter(|text| !there(text)).collect();
        assert!(lost.is_empty(), "seed {seed}: lost {lost:?} of {self:?}");
        let undead: Vec<_> = self.refused.intersection(&self.delivered).collect();
        assert!(undead.is_empty(), "seed {seed}: refused and delivered {undead:?}");
        for texts in &self.doubtful {
            let count = texts.iter().filter(|text| self.delivered.contains(*text)).count();
            assert!(count == 0 || count == texts.len(), "seed {seed}: half of {texts:?}");
        }
    }
}
