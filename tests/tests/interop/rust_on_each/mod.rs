//! Our client on brokers of every make.

mod expiring;
