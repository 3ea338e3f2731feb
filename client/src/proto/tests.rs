//! The core as a whole, against scripted brokers in virtual time: no sockets, no bytes, no clock.
//!
//! [`world::World`] drives a [`Client`](super::Client) and plays its application; [`broker::Broker`]
//! is as strict as a real broker and notes every command that a real one would object to; both
//! brokers of a pair share one [`store::Store`]. Each scenario ends with [`world::World::finish`].

mod acknowledging;
mod applying;
mod breaking;
mod broker;
mod closing;
mod consuming;
mod counting;
mod directed;
mod dispatch;
mod draining;
mod ending;
mod faults;
mod first_connect;
mod frames;
mod grammar;
mod hopeless;
mod inactivity;
mod inbox;
mod listing;
mod living;
mod monitor;
mod moving;
mod network;
mod oracle;
mod play;
mod pulling;
mod racing;
mod redelivering;
mod rejecting;
mod repeating;
mod restoring;
mod rig;
mod sending;
mod settling;
mod spares;
mod store;
mod transacting;
mod world;

/// What only tests look at.
impl super::Client {
    /// The link that deliveries come by at the moment.
    fn epoch(&self) -> super::Epoch {
        self.link.epoch
    }

    /// The broker of the current link, or the one that is being tried.
    fn broker(&self) -> crate::options::BrokerAddress {
        match self.search.trying().filter(|_| !self.link.is_up()) {
            Some(endpoint) => endpoint.address.clone(),
            None => self.link.broker(),
        }
    }
}
