//! The wish to end a connection.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

/// What both tasks of a connection need to end it together.
#[derive(Debug, Default)]
pub(crate) struct Hangup {
    asked: AtomicBool,
    notify: Notify,
}

impl Hangup {
    pub(crate) fn ask(&self) {
        self.asked.store(true, Ordering::Release);
        self.notify.notify_one();
    }

    /// Cancel-safe.
    pub(crate) async fn asked(&self) {
        while !self.asked.load(Ordering::Acquire) {
            self.notify.notified().await;
        }
    }
}
