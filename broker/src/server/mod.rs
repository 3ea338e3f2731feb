//! The broker's network side while it is the master: listeners, one pair of tasks per client, one task for the
//! engine.
//!
//! ```text
//! socket -> reader -> [inputs] -> engine task -> [outbox] -> writer -> socket
//!                                 |        ^
//!                                 v        |
//!                             store writer thread
//! ```
//! Only the reader waits for room in a channel (so a client that is too fast is slowed down by
//! TCP); the engine never does. What a client is owed is bounded by its prefetch and by
//! `outbox::Gate`, which stops the reader of a client that does not read; one that takes nothing for
//! too long is cut off. What is read is bounded by `unfinished`; a peer that says nothing is asked,
//! and given up by `silence`.
//!
//! ```text
//! ports, served        addresses, taken and closed, or open
//! stream               what the bytes of a client travel on: a socket, or `tls` over it
//! listener, shared     accepting clients, and what all connections share
//! connection           one client to its end; handshake: the first frame of each side; hangup: the wish to end it
//! reader, writer       the halves of a socket; unfinished, silence: what a reader allows; waiting: who waits
//! outbox               what waits to be written to one client
//! engine_task          feeds the engine, and does what it wants; clock: tells it the time
//! questions, answers   whoever wants to know something of the engine; stat: in text, by hand
//! store_thread         the store's thread, as a task sees it
//! ```

mod answers;
mod clock;
mod connection;
mod engine_task;
mod handshake;
mod hangup;
mod listener;
mod outbox;
mod ports;
mod questions;
mod reader;
mod served;
mod shared;
mod silence;
mod stat;
mod store_thread;
mod stream;
#[cfg(feature = "tls")]
mod tls;
mod unfinished;
mod waiting;
mod writer;

pub(crate) use self::{
    clock::Clock,
    engine_task::{Ending, EngineTask, Order},
    listener::Accepting,
    ports::{Ports, certificate},
    questions::Questions,
    served::{Served, urls},
    shared::Master,
    store_thread::StoreThread,
};
