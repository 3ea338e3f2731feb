//! The messages in the segments of one folder: where they are, and themselves.

use std::sync::Arc;

use bytes::Bytes;

use super::disk::DiskFile;
use super::format::change::{Head, Logged};
use super::format::table::Place;
use super::index::{Found, Holdings, Origin, Tables};
use super::log::{Ended, SegmentFile, open, segment_name};
use super::recent::Recent;
use super::trouble::{Result, damaged, with};

/// What can be read.
#[derive(Debug)]
pub(super) struct Messages {
    pub(super) origin: Origin,
    pub(super) holdings: Holdings,
    pub(super) tables: Tables,
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
        let tables = Tables::new(origin.clone());
        Self { origin, holdings, tables, opened: Recent::new(MOST_OPEN) }
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
            Logged::Drop(container) => {
                holdings.drop_container(*container);
                Ok(())
            }
            _ => Ok(()),
        }
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
