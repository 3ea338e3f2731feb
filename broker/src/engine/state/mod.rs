//! What the engine knows. Nothing here says anything to a client or to the store.
//!
//! * `slab` and its ids, `account` (memory that many share), `common` (what counts once in it), `timers`, `recent` (a map), `refusal` (how a command is answered).
//! * `client` with its transactions, those that are `prepared`, `behind` (what it has said that waits), `room` (who waits for room).
//! * `destinations`, `durables`, `remembered` (what producers have sent before), `buried` (what has died).
//! * A `line` of messages: each an `entry`; its `members`, their `groups` and `pace`, its `tail` in the store,
//!   its `tally` of what came and went. A `walk` goes through one.
//! * A `subscription`: what it `wants`, its `window`, what is `in_flight` to it, the `range` of an
//!   acknowledgement.
//! * `fits` (what the store can hold), `work` (what a step did) and `outcomes` (what has been handed to the store).

pub(crate) mod account;
pub(crate) mod behind;
pub(crate) mod buried;
pub(crate) mod client;
pub(crate) mod common;
pub(crate) mod destinations;
pub(crate) mod durables;
pub(crate) mod entry;
pub(crate) mod fits;
pub(crate) mod groups;
pub(crate) mod in_flight;
pub(crate) mod line;
pub(crate) mod members;
pub(crate) mod outcomes;
pub(crate) mod pace;
pub(crate) mod prepared;
pub(crate) mod range;
pub(crate) mod recent;
pub(crate) mod refusal;
pub(crate) mod remembered;
pub(crate) mod room;
pub(crate) mod slab;
pub(crate) mod subscription;
pub(crate) mod tail;
pub(crate) mod tally;
pub(crate) mod timers;
pub(crate) mod walk;
pub(crate) mod wants;
pub(crate) mod window;
pub(crate) mod work;
