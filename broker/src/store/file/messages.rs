//! The messages in the segments of one folder: where they are, and themselves.

use std::sync::Arc;

use bytes::Bytes;

use super::backlogs::{Backlogs, Unwanted};
use super::format::change::{Head, Logged};
use super::format::table::Place;
use super::index::{Found, Holdings, Origin, Tables, Wanted};
use super::log::{Ended, SegmentFile, open, segment_name};
use super::recent::Recent;
use super::trouble::{Result, Trouble, damaged, with};
use crate::store::disk::DiskFile;

/// What can be read.
#[derive(Debug)]
pub(super) struct Messages {
    pub(super) origin: Origin,
    pub(super) holdings: Holdings,
    pub(super) tables: Tables,
    /// What subscriptions have of the messages of topics.
    pub(super) backlogs: Backlogs,
    /// Older segments that are being read.
    opened: Recent<u64, Arc<dyn DiskFile>>,
}

/// A message with what stands before it in the log.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) container: u32,
    pub(super) sequence: u64,
    pub(super) offered: bool,
    pub(super) blob: Bytes,
}

impl Messages {
    pub(super) fn new(origin: Origin, holdings: Holdings) -> Self {
        let (tables, backlogs) = (Tables::new(origin.clone()), Backlogs::default());
        Self { origin, holdings, tables, backlogs, opened: Recent::new(MOST_OPEN) }
    }

    pub(super) fn with(self, backlogs: Backlogs) -> Self {
        Self { backlogs, ..self }
    }

    /// Applies a change that concerns messages; the body it is in begins there in the newest segment.
    pub(super) fn apply(&mut self, logged: &Logged<'_>, body_at: u32) -> Result<()> {
        let (holdings, tables) = (&mut self.holdings, &mut self.tables);
        match logged {
            Logged::Add(stored) => {
                holdings.add(tables, stored.container, stored.place(body_at), false)
            }
            Logged::Move(stored, offered) => {
                holdings.add(tables, stored.container, stored.place(body_at), *offered)
            }
            Logged::Remove { container, sequence } => {
                holdings.remove(tables, *container, *sequence).map(drop)
            }
            Logged::Offer { container, first, last } => {
                holdings.offer(tables, *container, *first, *last)
            }
            Logged::Give { topic, sequence, to } => {
                self.backlogs.give(*topic, *sequence, to.iter());
                Ok(())
            }
            Logged::Take { topic, first, last, from } => {
                let unwanted = self.backlogs.take(*topic, (*first, *last), from.iter());
                self.remove_all(*topic, unwanted)
            }
            Logged::OfferEach { first, last, to } => {
                to.iter().for_each(|it| self.backlogs.offer(it, *first, *last));
                Ok(())
            }
            Logged::Drop(container) => self.drop_container(*container),
            _ => Ok(()),
        }
    }

    fn drop_container(&mut self, container: u32) -> Result<()> {
        self.holdings.drop_container(container);
        for (topic, unwanted) in self.backlogs.drop_subscription(container) {
            match unwanted {
                Unwanted::All => self.holdings.drop_container(topic),
                Unwanted::Some(sequences) => self.remove_all(topic, sequences)?,
            }
        }
        Ok(())
    }

    fn remove_all(&mut self, container: u32, sequences: Vec<u64>) -> Result<()> {
        for sequence in sequences {
            self.holdings.remove(&mut self.tables, container, sequence)?;
        }
        Ok(())
    }

    /// How many messages are in a container, its own and those of topics.
    pub(super) fn count(&self, container: u32) -> u64 {
        self.holdings.count(container) + self.backlogs.count(container)
    }

    /// The wanted messages of a container in order, its own and those of topics.
    pub(super) fn list(&mut self, container: u32, wanted: Wanted) -> Result<Vec<Found>> {
        let shared = self.backlogs.list(container, wanted.after, wanted.most);
        if shared.is_empty() {
            return self.holdings.list(&mut self.tables, container, wanted);
        }
        // Which of two lists ends first for its bytes is not known before they are merged.
        let all = Wanted { bytes: usize::MAX, ..wanted };
        let mut found = self.holdings.list(&mut self.tables, container, all)?;
        for (sequence, topic, offered) in shared {
            let one = self.holdings.find(&mut self.tables, topic, sequence)?;
            let one = one.ok_or_else(|| self.has_lost(sequence))?;
            found.push(Found { offered, ..one });
        }
        found.sort_by_key(|it| it.place.sequence);
        keep_first(&mut found, wanted);
        Ok(found)
    }

    fn has_lost(&self, sequence: u64) -> Trouble {
        damaged(self.origin.folder, format!("message {sequence} is in a backlog and nowhere else"))
    }

    pub(super) fn contains(&mut self, container: u32, sequence: u64) -> Result<bool> {
        self.holdings.contains(&mut self.tables, container, sequence)
    }

    /// The newest segment is not written any more.
    pub(super) fn seal(&mut self, ended: Ended) {
        self.holdings.seal(&mut self.tables, ended);
    }

    /// A segment is gone.
    pub(super) fn forget(&mut self, segment: u64) {
        self.tables.forget(segment);
        self.opened.forget(|&other| other == segment);
    }

    /// Reads messages that were found, some perhaps in the newest segment. Neighbours are read at
    /// once.
    pub(super) fn read(
        &mut self,
        found: &[Found],
        newest: Option<&SegmentFile>,
    ) -> Result<Vec<Message>> {
        let mut messages = Vec::with_capacity(found.len());
        for group in found.chunk_by(are_neighbours) {
            for part in parts(group) {
                self.read_part(part, newest, &mut messages)?;
            }
        }
        Ok(messages)
    }

    fn read_part(
        &mut self,
        part: &[Found],
        newest: Option<&SegmentFile>,
        into: &mut Vec<Message>,
    ) -> Result<()> {
        let (Some(first), Some(last)) = (part.first(), part.last()) else { return Ok(()) };
        let number = first.segment.or(newest.map(|newest| newest.number)).unwrap_or(0);
        let name = segment_name(self.origin.folder, number);
        let file = match (first.segment, newest) {
            (None, Some(newest)) => newest.file.clone(),
            _ => self.file(number)?,
        };
        let start = first.place.offset;
        let len = behind(last.place).saturating_sub(u64::from(start));
        let mut bytes = vec![0; usize::try_from(len).unwrap_or(0)];
        file.read_at(&mut bytes, start.into()).map_err(with(&name))?;
        for found in part {
            let at = (found.place.offset - start) as usize;
            let read = Head::read(bytes.get(at..).unwrap_or_default(), self.origin.seeds);
            let place = found.place;
            let whole =
                read.filter(|(head, _)| (head.sequence, head.len) == (place.sequence, place.len));
            let Some((head, blob)) = whole else {
                let what = format!("byte {}: message {} is damaged", place.offset, place.sequence);
                return Err(damaged(&name, what));
            };
            into.push(Message {
                container: head.container,
                sequence: head.sequence,
                offered: found.offered,
                blob: Bytes::copy_from_slice(blob),
            });
        }
        Ok(())
    }

    fn file(&mut self, number: u64) -> Result<Arc<dyn DiskFile>> {
        if let Some(file) = self.opened.get(number) {
            return Ok(file);
        }
        let Origin { disk, folder, store, .. } = &self.origin;
        let (segment, _) = open(&**disk, folder, *store, number)?;
        self.opened.put(number, segment.file.clone());
        Ok(segment.file)
    }
}

/// No more than is wanted.
pub(super) fn keep_first(found: &mut Vec<Found>, wanted: Wanted) {
    let mut bytes_left = wanted.bytes;
    let fits = found.iter().take(wanted.most).enumerate().take_while(|(n, found)| {
        let len = found.place.len as usize;
        let fits = *n == 0 || len <= bytes_left;
        bytes_left = bytes_left.saturating_sub(len);
        fits
    });
    found.truncate(fits.count());
}

/// Where the next change would begin.
fn behind(place: Place) -> u64 {
    u64::from(place.offset) + Head::LEN as u64 + u64::from(place.len)
}

/// Whether the second lies in the same segment, not far behind the first.
fn are_neighbours(a: &Found, b: &Found) -> bool {
    let from = behind(a.place);
    let to = u64::from(b.place.offset);
    a.segment == b.segment && (from..from + MOST_BETWEEN).contains(&to)
}

/// Stretches that are not too long to be read at once.
fn parts(group: &[Found]) -> impl Iterator<Item = &[Found]> {
    let mut rest = group;
    std::iter::from_fn(move || {
        let first = rest.first()?;
        let until = u64::from(first.place.offset) + MOST_AT_ONCE;
        let fit = rest.iter().take_while(|found| behind(found.place) <= until).count().max(1);
        let (part, others) = rest.split_at(fit);
        rest = others;
        Some(part)
    })
}

const MOST_OPEN: usize = 32;
const MOST_BETWEEN: u64 = 16 << 10;
const MOST_AT_ONCE: u64 = 1 << 20;
