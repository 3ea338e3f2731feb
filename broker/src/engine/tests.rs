//! The engine in virtual time, with a store that answers when told.

mod acknowledging;
mod connections;
mod delivering;
mod durability;
mod paging;
mod rig;
mod subscriptions;
