//! Everything that can be configured about a connection, as plain data.
//!
//! The structures here are filled from a broker URI (see [`crate::uri`]) or by the builder method
//! every field has, named like the field. Fields keep ActiveMQ's option names, spelt in snake case,
//! so that its documentation still helps; each says its unit, its default and where that default
//! comes from.
//!
//! ```text
//! connect                    one logical connection: everything below it
//! endpoint, transport, tls   one broker, and how it is talked to; faults: on purpose, for tests
//! reconnect                  what happens when the link is lost
//! prefetch, redelivery       what consumers get, and get again; redelivery_map: where
//! destination                what is written into a destination's name
//! ```

mod connect;
mod destination;
mod endpoint;
mod faults;
mod prefetch;
mod reconnect;
mod redelivery;
mod redelivery_map;
mod tls;
mod transport;

pub use relaismq_options::{BrokerAddress, CipherSuite, Scheme, Secret, TlsVersion, UnknownName};

pub use self::connect::{ConnectOptions, ConsumerDefaults, Identity, ProducerDefaults, Timeouts};
pub use self::destination::{ConsumerOptions, DestinationOptions, ProducerOptions};
pub use self::endpoint::Endpoint;
pub use self::faults::Faults;
pub use self::prefetch::PrefetchPolicy;
pub use self::reconnect::ReconnectOptions;
pub use self::redelivery::RedeliveryPolicy;
pub use self::redelivery_map::RedeliveryPolicyMap;
pub use self::tls::TlsOptions;
pub use self::transport::{TransportOptions, WireFormatOptions};

/// Declares a structure of options with each default next to its documentation, and a builder
/// method per field.
macro_rules! options {
    (
        $(#[$outer:meta])*
        pub struct $name:ident {
            $($(#[$doc:meta])* $field:ident: $kind:ty = $default:expr,)*
        }
    ) => {
        $(#[$outer])*
        #[derive(Debug, Clone, PartialEq)]
        #[non_exhaustive]
        pub struct $name {
            $($(#[$doc])* pub $field: $kind,)*
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $($field: $default,)* }
            }
        }

        impl $name {
            $(
                $(#[$doc])*
                #[must_use]
                pub fn $field(mut self, value: $kind) -> Self {
                    self.$field = value;
                    self
                }
            )*
        }
    };
}
use options;
