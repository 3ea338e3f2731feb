//! Figures of the broker as a whole.

use relaismq_openwire::destination::Kind;

use crate::engine::{
    Engine,
    io::Figures,
    state::destinations::{Target, is_advisory},
};

impl Engine {
    pub(crate) fn figures(&self) -> Figures {
        let mut figures = Figures {
            subscriptions: self.durables.by_key.len(),
            counts: self.tally.counts,
            memory_used: self.destinations.memory.bytes(),
            memory_limit: self.settings.memory_bytes,
            queue_memory_limit: self.settings.queue_memory_bytes,
            stored_bytes: self.stored_bytes,
            store_limit: self.settings.store_bytes,
            ..Figures::default()
        };
        self.add_destinations(&mut figures);
        for (_, client) in self.clients.iter() {
            figures.connections += usize::from(client.connection.is_some());
            figures.consumers += client.consumers.len();
            figures.producers += client.producers.len();
        }
        figures
    }

    fn add_destinations(&self, figures: &mut Figures) {
        for (name, target) in &self.destinations.by_name {
            match target {
                Target::Queue(line) => {
                    let line = self.destinations.line(*line);
                    figures.messages += line.map_or(0, |line| line.tally.depth());
                    figures.queues += usize::from(name.kind == Kind::Queue);
                }
                Target::Topic(_) => {
                    let counts = name.kind == Kind::Topic && !is_advisory(name);
                    figures.topics += usize::from(counts);
                }
            }
        }
    }
}
