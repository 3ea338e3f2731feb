//! Frames that are not complete yet, of all connections together.
//!
//! A large frame has to be whole in memory before it can be understood. So that many of them do not
//! take more than one may, each waits here for its turn before it is read, and keeps its place until
//! the engine has it. Whoever has its turn and does not use it is cut off when others wait.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, Interval, MissedTickBehavior, interval_at},
};

use super::waiting::Waiting;

/// Room for unfinished frames.
#[derive(Debug)]
pub(crate) struct Unfinished {
    room: Arc<Semaphore>,
    /// Pieces of room in all.
    pieces: u32,
    waiting: Waiting,
}

/// The place of one large frame: given back when the engine has it.
pub(crate) type Place = OwnedSemaphorePermit;

/// A frame up to this size needs no place.
pub(crate) const SMALL: usize = 64 * 1024;
/// Room is counted in pieces of this size.
const PIECE: usize = 1024;
/// What a large frame grows by within [`WHILE`], if others wait.
const PACE_BYTES: usize = 64 * 1024;
const WHILE: Duration = Duration::from_secs(1);

impl Unfinished {
    /// Room for so many bytes.
    pub(crate) fn new(bytes: usize) -> Self {
        let pieces = u32::try_from(bytes.div_ceil(PIECE)).unwrap_or(u32::MAX).max(1);
        let room = Semaphore::new(usize::try_from(pieces).unwrap_or(Semaphore::MAX_PERMITS));
        Self { room: Arc::new(room), pieces, waiting: Waiting::default() }
    }

    /// Waits for a place; a frame that is larger than all the room has it for itself. Cancel-safe,
    /// but the turn is lost.
    pub(crate) async fn place(&self, bytes: usize) -> Option<Place> {
        let pieces = u32::try_from(bytes.div_ceil(PIECE)).unwrap_or(u32::MAX).min(self.pieces);
        if let Ok(place) = self.room.clone().try_acquire_many_owned(pieces) {
            return Some(place);
        }
        let waiting = self.waiting.one_more();
        let place = self.room.clone().acquire_many_owned(pieces).await.ok();
        drop(waiting);
        place
    }

    fn is_crowded(&self) -> bool {
        self.waiting.is_anybody()
    }
}

/// A large frame that is being read.
#[derive(Debug)]
pub(crate) struct Growing {
    all: Arc<Unfinished>,
    place: Place,
    looks: Interval,
    had: usize,
}

impl Growing {
    pub(crate) fn new(all: Arc<Unfinished>, place: Place, had: usize) -> Self {
        let mut looks = interval_at(Instant::now() + WHILE, WHILE);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self { all, place, looks, had }
    }

    /// Returns when others wait and the frame has not grown as it should; `has` bytes are there.
    /// Cancel-safe: what was seen before counts.
    pub(crate) async fn too_slow(&mut self, has: usize) {
        loop {
            self.looks.tick().await;
            let grown = has.saturating_sub(std::mem::replace(&mut self.had, has));
            if grown < PACE_BYTES && self.all.is_crowded() {
                return;
            }
        }
    }

    pub(crate) fn finish(self) -> Place {
        self.place
    }
}
