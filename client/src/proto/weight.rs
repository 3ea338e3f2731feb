//! How much memory messages take.

use bytes::Bytes;
use relaismq_openwire::Message;

/// What a message weighs while it waits: as ActiveMQ counts it for producer windows.
pub(super) fn weight(message: &Message) -> usize {
    let length = |bytes: &Option<Bytes>| bytes.as_ref().map_or(0, Bytes::len);
    1024 + length(&message.content) + length(&message.marshalled_properties)
}
