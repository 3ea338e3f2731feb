//! Messages come in: `send`, or in a `transaction`, which may be `distributed`; `progress` knows which of them came before, `deliver` finds
//! their lines. They leave when consumers `acknowledge` them; others go to the `dead_letter` queue.
//! `suspects` have perhaps been seen before the last start.

pub(crate) mod acknowledge;
pub(crate) mod dead_letter;
pub(crate) mod deliver;
pub(crate) mod distributed;
pub(crate) mod progress;
pub(crate) mod send;
pub(crate) mod suspects;
pub(crate) mod transaction;
