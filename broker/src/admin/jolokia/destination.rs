//! The beans of queues and topics.

use relaismq_openwire::destination::Kind;
use serde_json::json;

use super::{
    bean::{Bean, object, percent},
    names::Name,
};
use crate::engine::io::{DestinationReport, Figures};

pub(super) fn bean(broker: &str, kind: Kind, it: &DestinationReport, all: &Figures) -> Bean {
    let kind = if kind.is_queue() { "Queue" } else { "Topic" };
    let name = Name::of(&[
        ("type", "Broker"),
        ("brokerName", broker),
        ("destinationType", kind),
        ("destinationName", &it.name),
    ]);
    let limit = all.queue_memory_limit;
    let attributes = object(json!({
        "Name": it.name.as_str(),
        "QueueSize": it.depth,
        "InFlightCount": it.in_flight,
        "ConsumerCount": it.consumers,
        "ProducerCount": it.producers,
        "EnqueueCount": it.counts.enqueued,
        "DequeueCount": it.counts.dequeued,
        "ExpiredCount": it.counts.expired,
        "MemoryLimit": limit,
        "MemoryUsageByteCount": it.memory_bytes,
        "MemoryPercentUsage": percent(it.memory_bytes as u64, limit as u64),
    }));
    Bean { name, attributes }
}
