//! The end of a history: all that should be there is.

use std::{collections::BTreeSet, time::Duration};

use relaismq_openwire::destination::Kind;

use super::{Delivery, World};
use crate::engine::io::{Question, Report};

impl World {
    /// Everything works again: what is there comes out.
    pub(super) fn finish(&mut self) {
        self.rig.full = false;
        self.rig.thaw();
        self.rig.advance(Duration::from_secs(5));
        self.observe();
        if self.dice.one_in(2) {
            self.crash();
        }
        self.observe();
        let left: BTreeSet<String> = (0..3).flat_map(|line| self.take_all(line)).collect();
        self.oracle.judge(self.seed, &left);
        // What could not be removed for lack of room is, with the next sweep.
        self.rig.advance(Duration::from_secs(31));
        for name in ["A", "B"] {
            let kept = self.rig.kept_texts(name);
            assert_eq!(kept, [""; 0], "seed {}: {:?}", self.seed, self.oracle);
            // Whatever was refused, undone and done again, it was counted.
            let question = Question::Destination { kind: Kind::Queue, name: name.into() };
            let Report::Destinations(reports, _) = self.rig.ask(question) else { continue };
            let depths: Vec<u64> = reports.iter().map(|it| it.depth).collect();
            assert!(depths.iter().all(|depth| *depth == 0), "seed {}: {reports:?}", self.seed);
        }
    }

    /// Everything that is left in a line, to one consumer.
    fn take_all(&mut self, line: usize) -> Vec<String> {
        let consumers = self.receivers.iter_mut().filter_map(|it| it.consumers[line].take());
        for (consumer, _) in consumers {
            // What consumers of other lines have given back in memory may have come to this one.
            for delivery in self.rig.deliveries(&consumer) {
                self.oracle.delivered(self.seed, &consumer, &delivery, &self.rig.marks);
            }
            self.rig.close(&consumer, -2);
        }
        self.open(0, line);
        let consumer = self.receivers[0].consumers[line].as_ref().expect("open").0.clone();
        let mut texts = Vec::new();
        loop {
            let given = self.rig.deliveries(&consumer);
            if given.is_empty() {
                return texts;
            }
            for delivery in &given {
                self.oracle.delivered(self.seed, &consumer, delivery, &self.rig.marks);
            }
            texts.extend(given.iter().map(Delivery::text));
            self.rig.consume(&consumer, &given);
        }
    }
}
