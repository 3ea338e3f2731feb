//! Transient messages that found no place in memory. They are kept as the durable ones are, in a
//! folder of their own that is never synced and is gone at the next start; most brokers never make it.

use super::compact::{Compaction, Need};
use super::format::body::Body;
use super::format::change::changes;
use super::format::segment::{FIRST_RECORD, SegmentHeader};
use super::index::{Holdings, Origin};
use super::keeper::{Job, Keeper};
use super::log::{Log, SegmentFile, make_without_room, segment_name, table_name};
use super::messages::Messages;
use super::trouble::{Result, Trouble, with};

/// The folder, if there is one.
pub(super) struct Spill {
    origin: Origin,
    segment_bytes: u64,
    /// Of the next segment. A file that is about to be removed never has the name of a new one.
    next: u64,
    open: Option<Open>,
}

struct Open {
    messages: Messages,
    log: Log,
    compaction: Compaction,
}

impl Spill {
    /// Of a store with this origin.
    pub(super) fn new(store: &Origin, segment_bytes: u64) -> Self {
        let origin = Origin { folder: FOLDER, ..store.clone() };
        Self { origin, segment_bytes, next: 1, open: None }
    }

    /// Removes it with all that is in it.
    pub(super) fn wipe(&mut self) -> Result<()> {
        self.open = None;
        self.origin.disk.remove(FOLDER).map_err(with(FOLDER))
    }

    /// What its files have, in bytes.
    pub(super) fn bytes(&self) -> u64 {
        self.open.as_ref().map_or(0, |open| {
            let sealed: u64 = open.messages.holdings.sealed().map(|it| it.end).sum();
            sealed + open.log.end()
        })
    }

    pub(super) fn count(&self, container: u32) -> u64 {
        self.open.as_ref().map_or(0, |open| open.messages.holdings.count(container))
    }

    pub(super) fn contains(&mut self, container: u32, sequence: u64) -> Result<bool> {
        match &mut self.open {
            Some(open) if open.messages.holdings.count(container) > 0 => {
                open.messages.contains(container, sequence)
            }
            _ => Ok(false),
        }
    }

    /// To be read.
    pub(super) fn reading(&mut self) -> Option<(&mut Messages, &SegmentFile)> {
        self.open.as_mut().map(|open| (&mut open.messages, open.log.segment()))
    }

    /// Writes the messages of a body and returns where it begins; nothing counts before it is
    /// applied. One that only removes is not written.
    pub(super) fn write(&mut self, body: &mut Body) -> Result<u32> {
        if body.messages == 0 {
            return Ok(0);
        }
        self.make_room(body)?;
        match &mut self.open {
            Some(open) => open.log.append(body),
            None => Ok(0),
        }
    }

    fn make_room(&mut self, body: &Body) -> Result<()> {
        if self.open.as_ref().is_some_and(|open| open.log.has_room_for(body.len())) {
            return Ok(());
        }
        let number = self.next;
        let Origin { disk, store, seeds, .. } = &self.origin;
        disk.make_folder(FOLDER).map_err(with(FOLDER))?;
        let bytes = self.segment_bytes.max(FIRST_RECORD + body.len() as u64 + SLACK);
        let header = SegmentHeader { store: *store, number, bytes };
        let made = make_without_room(&**disk, FOLDER, header);
        let segment = made.map_err(with(&segment_name(FOLDER, number)))?;
        self.next += 1;
        if let Some(open) = &mut self.open {
            open.messages.seal(open.log.ended());
            open.log.go_on_in(segment);
            open.messages.tables.save()?;
        } else {
            let messages = Messages::new(self.origin.clone(), Holdings::default());
            let log = Log::new(FOLDER, *seeds, segment, 0);
            self.open = Some(Open { messages, log, compaction: Compaction::default() });
        }
        Ok(())
    }

    pub(super) fn apply(&mut self, body: &Body, body_at: u32) -> Result<()> {
        let Some(open) = &mut self.open else { return Ok(()) };
        changes(body.changes()).try_for_each(|logged| open.messages.apply(&logged, body_at))
    }

    /// Gives the room of messages that are gone back to the disk.
    pub(super) fn give_back(&mut self, keeper: &mut dyn Keeper) -> Result<()> {
        let Some(open) = &mut self.open else { return Ok(()) };
        if open.messages.holdings.is_empty() && self.bytes() >= WIPE_FROM_BYTES {
            return self.wipe();
        }
        let Some(open) = &mut self.open else { return Ok(()) };
        let dead = open.messages.holdings.take_dead();
        let mut names = Vec::new();
        for segment in dead {
            open.messages.forget(segment.number);
            names.push(segment_name(FOLDER, segment.number));
            names.push(table_name(FOLDER, segment.number));
        }
        if !names.is_empty() {
            keeper.ask(Job::Remove(names));
        }
        Ok(())
    }

    /// Copies some messages out of the segment that has the fewest. False if there is no need.
    pub(super) fn compact(&mut self, bytes: u64) -> Result<bool> {
        let Some(open) = &mut self.open else { return Ok(false) };
        if !open.compaction.is_due(&open.messages.holdings, self.segment_bytes, Need::Idle) {
            return Ok(false);
        }
        let mut body = Body::new(self.origin.seeds, Vec::new());
        let more = open.compaction.gather(&mut open.messages, bytes, &mut body)?;
        if body.is_empty() {
            return Ok(more);
        }
        match self.write(&mut body) {
            Ok(at) => self.apply(&body, at).map(|()| more),
            Err(Trouble::NoRoom(_)) => {
                self.open.iter_mut().for_each(|open| open.compaction.give_up());
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }
}

const FOLDER: &str = "spill";
/// An emptied spill of this size is removed at once rather than message by message.
const WIPE_FROM_BYTES: u64 = 1 << 20;
/// Headers, paddings and the end of a segment.
const SLACK: u64 = 256;
