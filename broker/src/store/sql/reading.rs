//! Pages: what lasts and what does not, together.

use super::SqlStore;
use super::page::{self, Found, Wanted};
use super::state::queue;
use super::trouble::Result;
use crate::model::{Container, StoreError, StoredMessage, sequence};

impl SqlStore {
    fn find(&mut self, container: &Container, wanted: Wanted) -> Result<Found> {
        match container {
            Container::Queue(name) => self.link.read(|database, options| {
                let of_queue = match options.prioritized.has(name) {
                    true => page::by_priority,
                    false => page::of_queue,
                };
                of_queue(database, &options.tables, &queue(name), wanted)
            }),
            Container::Subscription(key) => {
                let Some(number) = self.state.topics.known(key) else {
                    return Ok(Found { messages: Vec::new(), is_last: true });
                };
                let ids = self.state.topics.page(number, wanted.after, wanted.most);
                self.link
                    .read(|database, options| page::by_ids(database, &options.tables, &ids, wanted))
            }
            Container::Topic(_) | Container::Subscriber(_) => {
                Ok(Found { messages: Vec::new(), is_last: true })
            }
        }
    }

    /// Some are marked whatever their priority.
    fn is_marked(&self, container: &Container, sequence: u64) -> bool {
        let id = sequence::arrival(sequence);
        [sequence, id].into_iter().any(|it| {
            let name = self.state.marks_name(container, it);
            name.and_then(|name| self.state.marks.get(&name)).is_some_and(|marks| marks.has(id))
        })
    }

    /// Those that last and those that do not, by their ids.
    pub(super) fn merge(
        &mut self,
        container: &Container,
        wanted: Wanted,
    ) -> std::result::Result<Vec<StoredMessage>, StoreError> {
        let found = self.find(container, wanted).map_err(|it| it.of(&self.place))?;
        let Wanted { after, most, bytes } = wanted;
        let (spilled, spilled_last) = self.spill.page(container, after, most, bytes)?;
        let ends = [
            found.messages.last().map(|it| it.0).filter(|_| !found.is_last),
            spilled.last().map(|it| it.sequence).filter(|_| !spilled_last),
        ];
        let end = ends.into_iter().flatten().min().unwrap_or(u64::MAX);
        let lasting = found.messages.into_iter().map(|(sequence, blob)| StoredMessage {
            sequence,
            blob,
            offered: self.is_marked(container, sequence),
        });
        let mut messages: Vec<StoredMessage> = lasting.chain(spilled).collect();
        messages.sort_by_key(|it| it.sequence);
        messages.retain(|it| it.sequence <= end);
        Ok(within(messages, most, bytes))
    }
}

/// As many as fit; the first always does.
fn within(messages: Vec<StoredMessage>, most: usize, mut bytes: usize) -> Vec<StoredMessage> {
    let mut kept: Vec<StoredMessage> = Vec::new();
    for message in messages {
        let fits = message.blob.len() <= bytes || kept.is_empty();
        if kept.len() >= most || !fits {
            break;
        }
        bytes = bytes.saturating_sub(message.blob.len());
        kept.push(message);
    }
    kept
}
