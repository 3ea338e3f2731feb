//! Queues larger than memory: their tail stays in the store until there is room again, and is read page by
//! page.

use crate::{
    engine::{
        Engine,
        io::{Effect, Ticket},
        lines::space::SMALL,
        state::{
            entry::Entry,
            outcomes::{Asked, Reader},
            slab::LineId,
            walk::STRIDE,
        },
    },
    model::StoredMessage,
};

/// Messages asked for at once.
const PAGE_COUNT: usize = 1000;

/// Pages that are on their way at once: each may be as large as what memory is left for it.
const PAGES: usize = 16;

impl Engine {
    /// The store is to be asked for something, and may be.
    pub(crate) fn wants_pages(&self) -> bool {
        !self.work.pages.is_empty() && self.outcomes.pages.len() < PAGES
    }

    /// Asks the store, after everything that has been handed to it.
    pub(crate) fn request_pages(&mut self) {
        while self.wants_pages() {
            let Some(reader) = self.work.pages.pop_front() else { return };
            let (max_count, max_bytes) = self.page_size(reader);
            let line = self.destinations.late_line_mut(reader.line());
            // A line that has gone meanwhile has nothing to read.
            let line = line.and_then(|line| Some((line.container.clone()?, line)));
            let Some((container, line)) = line else {
                self.page_gone(reader);
                continue;
            };
            match reader {
                Reader::Browser(..) => {}
                Reader::Walk(..) => line.tail.walked += 1,
                Reader::Line(_) | Reader::Away(..) | Reader::Scout(..) => line.ask(),
            }
            let after = match reader {
                Reader::Line(_) => line.tail.read_through,
                Reader::Away(_, after) | Reader::Scout(_, after) => after,
                Reader::Browser(_, _, after) | Reader::Walk(_, _, after) => after,
            };
            let ticket = self.outcomes.ticket();
            self.outcomes.pages.insert(ticket, Asked { reader, after });
            self.effects.push_back(Effect::Page { ticket, container, after, max_count, max_bytes });
        }
    }

    /// As much as memory allows; when it is used up, what is taken at once.
    fn page_size(&self, reader: Reader) -> (usize, usize) {
        let most = (self.settings.queue_memory_bytes / 2).max(1);
        let free = self.destinations.memory.free();
        let bytes = (free / PAGES).max(SMALL).min(most);
        let count = match reader {
            Reader::Line(line) | Reader::Away(line, _) if free == 0 => {
                self.demand(line).clamp(1, PAGE_COUNT)
            }
            Reader::Walk(..) => STRIDE,
            _ => PAGE_COUNT,
        };
        (count, bytes)
    }

    fn page_gone(&mut self, reader: Reader) {
        match reader {
            Reader::Browser(sub, line, _) => self.browse_page(sub, line, &[]),
            Reader::Walk(walk, line, _) => self.walk_page(walk, line, &[]),
            Reader::Line(_) | Reader::Away(..) | Reader::Scout(..) => {}
        }
    }

    pub(crate) fn paged(&mut self, ticket: Ticket, messages: &[StoredMessage]) {
        let Some(Asked { reader, after }) = self.outcomes.pages.remove(&ticket) else { return };
        let gone = self.destinations.late_line(reader.line()).is_none();
        match reader {
            Reader::Browser(sub, line, _) => self.browse_page(sub, line, messages),
            Reader::Walk(walk, line, _) => self.walk_page(walk, line, messages),
            _ if gone => {}
            Reader::Line(line) => self.load_page(line, messages),
            Reader::Away(line, _) => self.fetch_page(line, after, messages),
            Reader::Scout(line, _) => self.scouted(line, after, messages),
        }
    }

    fn load_page(&mut self, id: LineId, messages: &[StoredMessage]) {
        let Some(line) = self.destinations.line(id) else { return };
        let readable = messages.iter().take_while(|it| line.tail.is_confirmed(it.sequence));
        let last = readable.clone().last().map(|it| it.sequence);
        let entries: Vec<Entry> = readable.filter_map(|it| self.stored_entry(id, it)).collect();
        let known = self.known_behind(id);
        let Some(line) = self.destinations.line_mut(id) else { return };
        for entry in entries {
            if known.contains(&entry.sequence) {
                line.fetch(&entry);
            } else {
                // Something read out of turn may be behind it.
                line.insert(entry);
            }
        }
        line.tail.note_read(last, messages.is_empty());
        line.rest();
        self.bury_doomed(id);
        self.work.ready(id);
    }
}
