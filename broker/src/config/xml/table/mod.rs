//! Every element and attribute there is: what it is called, what values it takes, what becomes of it.
//!
//! These tables drive reading, suggestions and documentation. What ActiveMQ knows and this broker
//! does not is in them, too: passed over with its reason where that changes nothing for clients, and
//! refused where it would.
//!
//! ```text
//! beans          the root of a Spring file
//! broker         the broker itself; system_usage, policies, interceptors: parts of it
//! plugins        what is refused, or passed over, of plugins and networks
//! persistence    what is kept where; database: data sources and statements; locker: who is master;
//! replicated     the same on several brokers
//! tls            certificates
//! ```

mod beans;
mod broker;
mod database;
mod interceptors;
mod locker;
mod persistence;
mod plugins;
mod policies;
mod replicated;
mod system_usage;
mod tls;

pub(in crate::config) use self::{
    beans::BEANS,
    broker::{BROKER, BROKER_ATTRIBUTES},
    database::DATA_SOURCE,
};
