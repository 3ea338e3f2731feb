//! Clients speak: what is `incoming` is taken on, or is `waiting` for room. `login`, `members` (sessions and
//! producers), `consumers`, and the `ending` of all of them.

pub(crate) mod consumers;
pub(crate) mod ending;
pub(crate) mod incoming;
pub(crate) mod login;
pub(crate) mod members;
pub(crate) mod waiting;
