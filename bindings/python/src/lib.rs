//! The native half of the Python package `relaismq`, which is the face of all this.
//!
//! What takes time is an [`operation`]: the package waits for it on a thread, or awaits it. Threads of
//! the client's runtime never call Python.

mod arguments;
mod broker;
mod completions;
mod connection;
mod consumer;
mod counters;
mod errors;
mod events;
mod logging;
mod message;
mod operation;
mod policies;
mod process;
mod producer;
mod program;
mod received;
mod relay;
mod session;
mod temporary;
mod tracer;
mod value;

use pyo3::prelude::*;

/// Private: use `relaismq`, `relaismq.aio` and `relaismq.testing`.
///
/// It has not been tried without the interpreter's lock yet, and so asks for it.
#[pymodule(gil_used = true)]
mod _native {
    #[pymodule_export]
    use super::{
        broker::Broker,
        completions::Completions,
        connection::{Connection, connect},
        consumer::{Consumer, Iteration},
        events::Events,
        logging::{begin_log, end_log, next_log},
        message::{BytesMessage, MapMessage, ObjectMessage, Outgoing, StreamMessage, TextMessage},
        operation::Operation,
        producer::{Pipeline, Producer, Receipt},
        program::main,
        received::{AwaitedDelivery, BlockingDelivery, Received},
        session::{Session, Transaction},
        temporary::{Browser, Temporary},
    };
}
