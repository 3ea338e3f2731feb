//! Producers.

use crate::destination::Destination;
use crate::ids::{BrokerId, ProducerId};
use crate::wire::macros::wire_struct;

wire_struct! {
    /// Opens a producer.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    ProducerInfo = 6 "ProducerInfo" since 1 {
        /// Number given by the sender, unique on its connection; responses quote it.
        command_id: int = "commandId";
        /// The sender waits for exactly one response.
        response_required: boolean = "responseRequired";
        /// Its id.
        producer_id: cached(ProducerId) = "producerId";
        /// Where it sends; none if each message says.
        destination: cached(Destination) = "destination";
        /// Brokers that the command has passed through.
        broker_path: array(BrokerId) = "brokerPath";
        /// Hint: dispatch on another thread.
        dispatch_async: boolean = "dispatchAsync", since 2;
        /// Bytes of unacknowledged sends before the producer waits; 0 = no limit.
        window_size: int = "windowSize", since 3;
    }
}

wire_struct! {
    /// Gives window back to a producer.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    ProducerAck = 19 "ProducerAck" since 3 {
        /// Number given by the sender, unique on its connection; responses quote it.
        command_id: int = "commandId";
        /// The sender waits for exactly one response.
        response_required: boolean = "responseRequired";
        /// The producer that may go on.
        producer_id: nested(ProducerId) = "producerId";
        /// Bytes accepted.
        size: int = "size";
    }
}
