//! What waits to be written to one client.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use relaismq_openwire::{Command, KeepAliveInfo};
use tokio::sync::{Notify, mpsc};

/// Something for the writer of a connection.
#[derive(Debug)]
pub(crate) enum Outgoing {
    /// Commands of the engine to encode, in order, and what they take in memory.
    Commands(Vec<Command>, usize),
    /// A sign of life, or a question for one.
    Beat(KeepAliveInfo),
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
#[derive(Debug)]
pub(crate) struct Gate {
    paused: AtomicBool,
    admitted: AtomicBool,
    owed_bytes: AtomicUsize,
    most_bytes: usize,
    all: Arc<Owed>,
    changed: Notify,
}

/// What is owed to all clients together.
#[derive(Debug)]
pub(crate) struct Owed {
    bytes: AtomicUsize,
    limit: usize,
}

/// What is owed to somebody who has not logged in, before nothing more is read from there.
const STRANGER_BYTES: usize = 64 * 1024;
/// The same for a client, when all together are owed too much.
const FEW_BYTES: usize = 256 * 1024;
/// What a sign of life takes while it waits.
const BEAT_BYTES: usize = 128;

/// A new outbox, the writer's end of it, and the gate of its reader, which closes when the client
/// is owed more than `most_bytes`.
pub(crate) fn outbox(
    most_bytes: usize,
    all: Arc<Owed>,
) -> (Outbox, mpsc::UnboundedReceiver<Outgoing>, Arc<Gate>) {
    let (queue, outgoing) = mpsc::unbounded_channel();
    let gate = Arc::new(Gate {
        paused: AtomicBool::new(false),
        admitted: AtomicBool::new(false),
        owed_bytes: AtomicUsize::new(0),
        most_bytes,
        all,
        changed: Notify::new(),
    });
    (Outbox { queue, gate: gate.clone() }, outgoing, gate)
}

impl Outgoing {
    /// What it takes in memory.
    pub(crate) const fn bytes(&self) -> usize {
        match self {
            Self::Commands(_, bytes) => *bytes,
            Self::Beat(_) => BEAT_BYTES,
            Self::Close(_) => 0,
        }
    }
}

impl Outbox {
    /// Queues commands that take so much memory. A connection that is gone takes nothing.
    pub(crate) fn send(&self, commands: Vec<Command>, bytes: usize) {
        self.queue(Outgoing::Commands(commands, bytes));
    }

    pub(crate) fn beat(&self, beat: KeepAliveInfo) {
        self.queue(Outgoing::Beat(beat));
    }

    pub(crate) fn close(&self, reason: String) {
        self.queue(Outgoing::Close(reason));
    }

    fn queue(&self, outgoing: Outgoing) {
        let bytes = outgoing.bytes();
        if self.queue.send(outgoing).is_ok() {
            self.gate.owe(bytes);
        }
    }

    /// Stops (or lets go on) reading from this client.
    pub(crate) fn pause(&self, paused: bool) {
        self.gate.paused.store(paused, Ordering::Release);
        self.gate.changed.notify_one();
    }

    /// The client has logged in.
    pub(crate) fn admit(&self) {
        self.gate.admitted.store(true, Ordering::Release);
        self.gate.changed.notify_one();
    }
}

impl Gate {
    fn owe(&self, bytes: usize) {
        self.owed_bytes.fetch_add(bytes, Ordering::Relaxed);
        self.all.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// What was owed has left for the socket.
    pub(crate) fn written(&self, bytes: usize) {
        self.owed_bytes.fetch_sub(bytes, Ordering::Relaxed);
        self.all.bytes.fetch_sub(bytes, Ordering::Relaxed);
        self.changed.notify_one();
    }

    pub(crate) fn owed_bytes(&self) -> usize {
        self.owed_bytes.load(Ordering::Relaxed)
    }

    /// The engine lets the client go on, and it is not owed too much.
    pub(crate) fn is_open(&self) -> bool {
        let most = match self.is_admitted() {
            false => STRANGER_BYTES,
            true if self.all.is_too_much() => FEW_BYTES.min(self.most_bytes),
            true => self.most_bytes,
        };
        !self.paused.load(Ordering::Acquire) && self.owed_bytes() <= most
    }

    /// Cancel-safe.
    pub(crate) async fn open(&self) {
        while !self.is_open() {
            self.changed.notified().await;
        }
    }

    pub(crate) fn is_admitted(&self) -> bool {
        self.admitted.load(Ordering::Acquire)
    }

    /// Cancel-safe; never returns if the login is refused.
    pub(crate) async fn admitted(&self) {
        while !self.is_admitted() {
            self.changed.notified().await;
        }
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.all.bytes.fetch_sub(self.owed_bytes(), Ordering::Relaxed);
    }
}

impl Owed {
    pub(crate) const fn new(limit: usize) -> Self {
        Self { bytes: AtomicUsize::new(0), limit }
    }

    fn is_too_much(&self) -> bool {
        self.bytes.load(Ordering::Relaxed) > self.limit
    }
}
