//! Our client and our broker, as programs on real sockets. No other server is needed.

mod kill;
mod ledger;
