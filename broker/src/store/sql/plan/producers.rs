//! How far a producer is has to be known after its messages are gone. While its last one is there, that
//! one tells it; so the row is written when messages go, not when they come.

use std::collections::BTreeSet;

use super::Plan;
use crate::store::sql::state::State;

/// Producers that this group says something about.
pub(super) type Touched = BTreeSet<String>;

impl Plan {
    pub(super) fn save_producers(&mut self, touched: Touched, state: &mut State) {
        let told: BTreeSet<(&str, i64)> = self
            .added
            .values()
            .filter_map(|it| Some((it.producer.as_deref()?, it.envelope.producer_sequence)))
            .collect();
        for name in touched {
            let Some(&sequence) = state.producers.get(&name) else { continue };
            if told.contains(&(name.as_str(), sequence)) {
                state.unsaved.insert(name);
            } else {
                state.unsaved.remove(&name);
                self.producers.insert(name, Some(sequence));
            }
        }
        if self.removes() {
            for name in std::mem::take(&mut state.unsaved) {
                let sequence = state.producers.get(&name).copied();
                self.producers.insert(name, sequence);
            }
        }
    }
}
