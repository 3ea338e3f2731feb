//! How many handshakes go on at once.
//!
//! Each costs memory and much computing. Whoever has begun one and does not go on is cut off when others
//! wait; whoever has said nothing at all takes no room here.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::{Instant, MissedTickBehavior, interval_at},
};

/// Handshakes at once.
const MOST: usize = 64;
/// What one may take while others wait.
const WHILE: Duration = Duration::from_secs(1);

/// Room for handshakes.
#[derive(Debug)]
pub(super) struct Crowd {
    room: Semaphore,
    waiting: AtomicUsize,
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
    pub(super) const fn of(most: usize, patience: Duration) -> Self {
        Self { room: Semaphore::const_new(most), waiting: AtomicUsize::new(0), patience }
    }

    /// Waits for its turn; nothing if there will be none. Cancel-safe, but the turn is lost.
    pub(super) async fn turn(&self) -> Option<Turn<'_>> {
        let waiting = Waiting::new(&self.waiting);
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
            if self.crowd.waiting.load(Ordering::Relaxed) > 0 {
                return;
            }
        }
    }
}

/// One more waits.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
