//! Reads messages back, durable and spilled ones merged by sequence.

use bytes::Bytes;
use fjall::{Iter, Keyspace, UserValue};

use super::{FileStore, Shelf, catalog, error};
use crate::model::{Container, StoredMessage};
use crate::store::StoreError;
use crate::store::memory::Page;

impl FileStore {
    pub(super) fn read_page(
        &mut self,
        container: &Container,
        after: u64,
        max_count: usize,
        max_bytes: usize,
    ) -> Result<Vec<StoredMessage>, StoreError> {
        let Some(&shelf) = self.containers.get(container) else { return Ok(Vec::new()) };
        let (Some(from), false) = (after.checked_add(1), shelf.is_empty()) else {
            return Ok(Vec::new());
        };
        let mut page = Page::new(max_count, max_bytes);
        let lowest = self.fill(&mut page, shelf, from.max(shelf.head))?;
        if from <= shelf.head {
            self.raise_head(container, lowest)?;
        }
        Ok(page.messages)
    }

    /// Returns the lowest sequence found, whether it fits the page or not.
    fn fill(&self, page: &mut Page, shelf: Shelf, from: u64) -> Result<Option<u64>, StoreError> {
        let stored = (shelf.count > 0).then_some(&self.files.messages);
        let spilled = if shelf.spilled > 0 { self.spill.messages() } else { None };
        let cursor = |keyspace| Cursor::new(keyspace, shelf.id, from);
        let failed = |e| error::fjall(&self.dir, &e);
        let (mut stored, mut spilled) = (cursor(stored), cursor(spilled));
        stored.advance().map_err(failed)?;
        spilled.advance().map_err(failed)?;
        let mut lowest = None;
        loop {
            let next = match (&stored.next, &spilled.next) {
                (Some((a, _)), Some((b, _))) if b < a => &mut spilled,
                (None, Some(_)) => &mut spilled,
                _ => &mut stored,
            };
            let Some((sequence, blob)) = &next.next else { return Ok(lowest) };
            lowest = lowest.or(Some(*sequence));
            let message = || StoredMessage {
                sequence: *sequence,
                blob: Bytes::copy_from_slice(blob),
                offered: false,
            };
            if !page.offer(blob.len(), message) {
                return Ok(lowest);
            }
            next.advance().map_err(failed)?;
        }
    }

    /// Remembers where the container really begins: the next reader need not pass the removed
    /// messages below. Nothing found where the count says otherwise is damage.
    fn raise_head(&mut self, container: &Container, lowest: Option<u64>) -> Result<(), StoreError> {
        let Some(shelf) = self.containers.get_mut(container) else { return Ok(()) };
        let Some(lowest) = lowest else {
            let detail = format!("{} messages of {container:?} are missing", shelf.count);
            return Err(error::damaged(&self.dir, &detail));
        };
        shelf.head = lowest;
        Ok(())
    }
}

/// A place in one keyspace, with the message there already read.
struct Cursor {
    iter: Option<Iter>,
    next: Option<(u64, UserValue)>,
}

impl Cursor {
    fn new(keyspace: Option<&Keyspace>, id: u32, from: u64) -> Self {
        let keys = catalog::message_key(id, from)..=catalog::message_key(id, u64::MAX);
        Self { iter: keyspace.map(|keyspace| keyspace.range(keys)), next: None }
    }

    fn advance(&mut self) -> fjall::Result<()> {
        self.next = match self.iter.as_mut().and_then(Iterator::next) {
            Some(found) => {
                let (key, blob) = found.into_inner()?;
                catalog::sequence_of(&key).map(|sequence| (sequence, blob))
            }
            None => None,
        };
        Ok(())
    }
}
