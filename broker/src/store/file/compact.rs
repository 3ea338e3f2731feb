//! Copies the messages that are left in nearly empty segments to the end of the log, so that the
//! segments can go.

use std::collections::{BTreeMap, BTreeSet};

use super::format::body::Body;
use super::index::{Found, Holdings, Sealed};
use super::messages::{Message, Messages};
use super::trouble::{Result, Trouble};

/// How far the current copying has come.
#[derive(Debug, Default)]
pub(super) struct Compaction {
    /// A segment, and where in its table to go on.
    current: Option<(u64, u32)>,
    /// Segments with messages that cannot be read: they stay as they are.
    spoiled: BTreeSet<u64>,
    /// There was nothing to do in holdings with so many living bytes.
    settled: BTreeMap<Need, u64>,
    /// Messages that were copied so far.
    pub(super) moved: u64,
}

/// How much it is worth to have room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Need {
    /// Nothing else is to be done.
    Idle,
    /// Commits wait meanwhile.
    Busy,
    /// Commits may fail for lack of room.
    Short,
}

impl Compaction {
    /// Whether something should be copied now.
    pub(super) fn is_due(&mut self, holdings: &Holdings, segment_bytes: u64, need: Need) -> bool {
        if self.current.is_some() {
            return true;
        }
        let living = holdings.living_bytes();
        let little = segment_bytes / LOOK_AGAIN_PARTS;
        if self.settled.get(&need).is_some_and(|before| living.abs_diff(*before) < little) {
            return false;
        }
        let next = self.choose(holdings, segment_bytes, need);
        self.current = next.map(|number| (number, 0));
        match next {
            Some(_) => self.settled.clear(),
            None => drop(self.settled.insert(need, living)),
        }
        next.is_some()
    }

    /// The segment that is emptiest, if it is worth its copying.
    fn choose(&self, holdings: &Holdings, segment_bytes: u64, need: Need) -> Option<u64> {
        let candidates = holdings.sealed().filter(|segment| segment.living > 0);
        let candidates: Vec<&Sealed> =
            candidates.filter(|segment| !self.spoiled.contains(&segment.number)).collect();
        let emptiest = candidates.iter().min_by_key(|segment| {
            // Per mille of the file.
            segment.living_bytes.saturating_mul(1000) / segment.bytes.max(1)
        })?;
        let used: u64 = candidates.iter().map(|segment| segment.bytes).sum();
        let living: u64 = candidates.iter().map(|segment| segment.living_bytes).sum();
        let dead_outweigh = used.saturating_sub(living) > living.saturating_add(segment_bytes);
        let pins_much = emptiest.bytes.saturating_sub(emptiest.living_bytes) >= segment_bytes / 2
            && emptiest.living_bytes <= emptiest.bytes / 4;
        let gains = emptiest.living_bytes <= emptiest.bytes / 4 * 3;
        let worthwhile = match need {
            Need::Idle => dead_outweigh || pins_much,
            Need::Busy => dead_outweigh,
            Need::Short => gains,
        };
        if worthwhile {
            return Some(emptiest.number);
        }
        // Each start ends a segment, however little is in it.
        let fair = MANY_SEGMENTS + 2 * usize::try_from(living / segment_bytes).unwrap_or(0);
        let smallest = candidates.iter().min_by_key(|segment| segment.living_bytes)?;
        let small = smallest.living_bytes <= segment_bytes / 4;
        (candidates.len() > fair && small).then_some(smallest.number)
    }

    /// Puts about so many bytes of messages into the body. False if there are none left.
    pub(super) fn gather(
        &mut self,
        messages: &mut Messages,
        bytes: u64,
        body: &mut Body,
    ) -> Result<bool> {
        let Some((number, from)) = self.current.take() else { return Ok(false) };
        let copied = read_some(messages, (number, from), bytes);
        let (read, next) = match copied {
            Err(Trouble::Damaged(detail)) => {
                tracing::error!(detail, "a segment is damaged; what is left in it stays there");
                self.spoiled.insert(number);
                return Ok(true);
            }
            other => other?,
        };
        self.current = next.map(|next| (number, next));
        self.moved += read.len() as u64;
        for message in &read {
            body.moved(message.container, message.sequence, &message.blob, message.offered);
        }
        Ok(true)
    }

    /// It cannot go on now.
    pub(super) fn give_up(&mut self) {
        self.current = None;
    }
}

/// Living messages from this place on, and where to go on, if there are more.
fn read_some(
    messages: &mut Messages,
    (number, from): (u64, u32),
    bytes: u64,
) -> Result<(Vec<Message>, Option<u32>)> {
    let Some(segment) = messages.holdings.segment(number) else { return Ok((Vec::new(), None)) };
    let (mut found, mut gathered, mut at) = (Vec::new(), 0, from);
    while gathered < bytes
        && let Some(next) = segment.next_living(at, segment.messages)
    {
        let place = messages.tables.place(segment, next)?;
        gathered += u64::from(place.len);
        let offered = segment.was_offered(next);
        found.push(Found { segment: Some(number), place, offered });
        at = next + 1;
    }
    let more = segment.next_living(at, segment.messages);
    Ok((messages.read(&found, None)?, more))
}

/// Nothing that is worth copying has come up before so much of a segment has died.
const LOOK_AGAIN_PARTS: u64 = 16;
/// Segments of which nobody complains.
const MANY_SEGMENTS: usize = 16;
