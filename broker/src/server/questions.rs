//! The way to the engine for whoever is no client.

use tokio::sync::{mpsc, oneshot};

use super::engine_task::Event;
use crate::engine::io::{Question, Report};

/// Asks the engine. It keeps none running.
#[derive(Clone, Debug)]
pub(crate) struct Questions {
    events: mpsc::WeakSender<Event>,
}

impl Questions {
    pub(crate) fn new(events: &mpsc::Sender<Event>) -> Self {
        Self { events: events.downgrade() }
    }

    /// Waits for its turn, and for the answer. Nothing if the engine has ended, or ends meanwhile. What was
    /// asked to be done may be done all the same. Cancel-safe.
    pub(crate) async fn ask(&self, question: Question) -> Option<Report> {
        let events = self.events.upgrade()?;
        let (answer, told) = oneshot::channel();
        events.send(Event::Asked(question, answer)).await.ok()?;
        drop(events);
        told.await.ok()
    }
}
