//! The broker's network side: listeners, one pair of tasks per client, one task for the engine.
//!
//! ```text
//! socket -> reader -> [inputs] -> engine task -> [outbox] -> writer -> socket
//!                                 |        ^
//!                                 v        |
//!                             store writer thread
//! ```
//! Only the reader waits for room in a channel (so a client that is too fast is slowed down by
//! TCP); the engine never does. What the engine owes a client is bounded by the client's prefetch
//! and by [`Quota`], which stops the reader of a client that does not read.

mod clock;
mod connection;
mod engine_task;
mod handshake;
mod hangup;
mod listener;
mod outbox;
mod reader;
mod writer;

pub(crate) use self::{
    clock::Clock,
    engine_task::{Ending, EngineTask, Event},
    listener::Listeners,
};
