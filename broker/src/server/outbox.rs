//! What waits to be written to one client.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use relaismq_openwire::Command;
use tokio::sync::{Notify, mpsc};

/// Something for the writer of a connection.
#[derive(Debug)]
pub(crate) enum Outgoing {
    /// Commands to encode, in order, and what they weigh.
    Commands(Vec<Command>, usize),
    /// Write everything before this, then end the connection.
    Close(String),
}

/// The engine's end: never waits.
#[derive(Clone, Debug)]
pub(crate) struct Outbox {
    queue: mpsc::UnboundedSender<Outgoing>,
    gate: Arc<Gate>,
}

/// Decides whether the reader of a connection may go on.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    paused: AtomicBool,
    owed_bytes: AtomicUsize,
    changed: Notify,
}

/// A new outbox, the writer's end of it, and the gate of its reader.
pub(crate) fn outbox() -> (Outbox, mpsc::UnboundedReceiver<Outgoing>, Arc<Gate>) {
    let (queue, outgoing) = mpsc::unbounded_channel();
    let gate = Arc::new(Gate::default());
    (Outbox { queue, gate: gate.clone() }, outgoing, gate)
}

impl Outbox {
    /// Queues commands that weigh `bytes`. A connection that is gone takes nothing.
    pub(crate) fn send(&self, commands: Vec<Command>, bytes: usize) {
        self.gate.owed_bytes.fetch_add(bytes, Ordering::Relaxed);
        drop(self.queue.send(Outgoing::Commands(commands, bytes)));
    }

    pub(crate) fn close(&self, reason: String) {
        drop(self.queue.send(Outgoing::Close(reason)));
    }

    /// Stops (or lets go on) reading from this client.
    pub(crate) fn pause(&self, paused: bool) {
        self.gate.paused.store(paused, Ordering::Release);
        self.gate.changed.notify_one();
    }
}

impl Gate {
    /// What was owed has left for the socket.
    pub(crate) fn written(&self, bytes: usize) {
        self.owed_bytes.fetch_sub(bytes, Ordering::Relaxed);
        self.changed.notify_one();
    }

    /// Waits until the engine lets the client go on and it is owed at most `limit` bytes.
    /// Cancel-safe.
    pub(crate) async fn open(&self, limit: usize) {
        while self.paused.load(Ordering::Acquire) || self.owed_bytes.load(Ordering::Relaxed) > limit
        {
            self.changed.notified().await;
        }
    }
}
