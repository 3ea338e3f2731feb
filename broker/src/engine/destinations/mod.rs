//! Destinations come and go: `making` and `removing` them, on `requests` of clients. `durables` keep a backlog,
//! `virtual_topics` copy to queues, `advisory` topics tell of all that, and `replay` it for who comes later.

pub(crate) mod advisory;
pub(crate) mod durables;
pub(crate) mod making;
pub(crate) mod removing;
pub(crate) mod replay;
pub(crate) mod requests;
pub(crate) mod virtual_topics;
