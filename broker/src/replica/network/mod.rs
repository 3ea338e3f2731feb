//! How brokers that keep the same messages talk: one TCP connection for each thing that waits for an answer.
//!
//! ```text
//! hello               both sides prove that they know the token, and say who they are
//! frame, message      pieces of bounded length, and what is in them
//! carrier             TCP, or in tests something else
//! link                a connection to another broker
//! pool, peer          connections that are kept; what the Raft library asks of them
//! server, receiving   answers the others; takes in a snapshot
//! ```
//! Whoever is spoken to has to be the one that is meant: a broker that has lost its disk has another number.

mod carrier;
mod frame;
mod hello;
mod link;
mod message;
mod peer;
mod pool;
mod receiving;
mod server;
#[cfg(test)]
mod tests;

#[cfg(test)]
pub(super) use self::carrier::{Pending, Stream};
pub(crate) use self::hello::Token;
pub(super) use self::{
    carrier::{Carrier, Incoming, Tcp},
    hello::Own,
    message::{About, Answer, Joined, Request},
    pool::Network,
    server::{Desk, Server},
};
