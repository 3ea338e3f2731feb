//! The wish to end a connection.

use std::sync::OnceLock;

use tokio::sync::Notify;

use crate::engine::io::Parting;

/// What both tasks of a connection need to end it together.
#[derive(Debug, Default)]
pub(crate) struct Hangup {
    asked: OnceLock<Parting>,
    notify: Notify,
}

impl Hangup {
    /// The first wish counts.
    pub(crate) fn ask(&self, parting: Parting) {
        self.asked.get_or_init(|| parting);
        self.notify.notify_one();
    }

    /// Cancel-safe.
    pub(crate) async fn asked(&self) -> Parting {
        loop {
            if let Some(parting) = self.asked.get() {
                return parting.clone();
            }
            self.notify.notified().await;
        }
    }
}
