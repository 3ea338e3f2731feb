//! Our client when brokers die and links break, on brokers of both makes.

mod acks;
mod catalogue;
mod clusters;
mod endings;
mod idle;
mod links;
mod moving;
mod refusals;
mod replies;
mod takeover;
