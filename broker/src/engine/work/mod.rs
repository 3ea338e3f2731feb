//! What a step did goes to the store (`batching`), and what follows from its answer happens (`outcome`), or is
//! undone (`undo`). `restoring` takes over what a store holds.

pub(crate) mod batching;
pub(crate) mod outcome;
pub(crate) mod restoring;
pub(crate) mod undo;
