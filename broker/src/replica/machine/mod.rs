//! What the log comes to: a plain store to which the batches are applied, with no engine above.
//!
//! ```text
//! contents     the store, and up to where the log was applied to it: in the same commit
//! installing   a snapshot takes the store's place, at once or not at all; replacing: how folders do that
//! applying     as the Raft library wants it
//! ```

mod applying;
mod contents;
mod installing;
mod replacing;
#[cfg(test)]
mod tests;

pub(super) use self::{
    applying::Machine,
    contents::{Contents, Shared, is_of_the_log},
};
