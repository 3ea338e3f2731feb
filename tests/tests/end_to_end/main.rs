//! Our client and our broker, as programs on real sockets. No other server is needed.

#![allow(clippy::indexing_slicing, reason = "these are tests")]

mod admin;
mod attacks;
mod chaos;
mod disk_fails;
mod disk_full;
mod frames;
mod garbage_server;
mod hostile;
mod kill;
mod ledger;
mod load;
mod log_file;
mod logging;
mod observed;
mod replicated;
mod startup;
mod store_damage;
mod store_gone;
mod takeover;
mod tls;
