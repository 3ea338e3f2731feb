//! Our client on brokers of every make.

mod compressed;
mod durable;
mod expiring;
mod pulling;
