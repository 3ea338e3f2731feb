//! How many handshakes go on at once.
//!
//! Each costs memory and much computing. Whoever has begun one and does not go on is cut off when others
//! wait; whoever has said nothing at all takes no room here.

use std::time::Duration;

use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::{Instant, MissedTickBehavior, interval_at},
};

use crate::server::waiting::Waiting;

/// Handshakes at once.
const MOST: usize = 64;
/// What one may take while others wait.
const WHILE: Duration = Duration::from_secs(1);

/// Room for handshakes.
#[derive(Debug)]
pub(super) struct Crowd {
    room: Semaphore,
    waiting: Waiting,
    /// What one may take while others wait.
    patience: Duration,
}

/// The room of one.
#[derive(Debug)]
pub(super) struct Turn<'a> {
    crowd: &'a Crowd,
    _room: SemaphorePermit<'a>,
}

impl Default for Crowd {
    fn default() -> Self {
        Self::of(MOST, WHILE)
    }
}

impl Crowd {
    pub(super) fn of(most: usize, patience: Duration) -> Self {
        Self { room: Semaphore::new(most), waiting: Waiting::default(), patience }
    }

    /// Waits for its turn; nothing if there will be none. Cancel-safe, but the turn is lost.
    pub(super) async fn turn(&self) -> Option<Turn<'_>> {
        let waiting = self.waiting.one_more();
        let room = self.room.acquire().await.ok()?;
        drop(waiting);
        Some(Turn { crowd: self, _room: room })
    }
}

impl Turn<'_> {
    /// Returns when it has taken its time, and others wait. Cancel-safe.
    pub(super) async fn is_over(&self) {
        let patience = self.crowd.patience;
        let mut looks = interval_at(Instant::now() + patience, patience);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            looks.tick().await;
            if self.crowd.waiting.is_anybody() {
                return;
            }
        }
    }
}
