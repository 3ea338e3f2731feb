//! The broker's own bean.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::{
    bean::{Bean, object, percent},
    names::Name,
};
use crate::{admin::Admin, engine::io::Figures, node::Role};

/// `Slave` says who is the master. A slave knows nothing of messages, and has no attributes for them.
pub(super) fn broker(
    admin: &Admin,
    figures: Option<&Figures>,
    queues: &[Name],
    topics: &[Name],
) -> Bean {
    let facts = admin.desk.facts();
    let master = matches!(admin.desk.standing().role, Role::Master { .. });
    let uptime = admin.desk.uptime();
    let mut attributes = object(json!({
        "BrokerName": facts.name,
        "BrokerVersion": env!("CARGO_PKG_VERSION"),
        "Slave": !master,
        "Persistent": facts.store_kind != "memory",
        "DataDirectory": facts.store_place,
        "StatisticsEnabled": true,
        "Uptime": shown(uptime),
        "UptimeMillis": u64::try_from(uptime.as_millis()).unwrap_or(u64::MAX),
        "TransportConnectors": connectors(&admin.desk.connectors()),
    }));
    if let Some(figures) = figures {
        attributes.append(&mut of_messages(figures));
        attributes.insert("Queues".to_owned(), listed(queues));
        attributes.insert("Topics".to_owned(), listed(topics));
    }
    Bean { name: Name::of(&[("type", "Broker"), ("brokerName", &facts.name)]), attributes }
}

/// What scripts look at that ask whether all is well.
pub(super) fn health(admin: &Admin) -> Bean {
    let own = &admin.desk.facts().name;
    let name = Name::of(&[("type", "Broker"), ("brokerName", own), ("service", "Health")]);
    Bean { name, attributes: object(json!({ "CurrentStatus": "Good" })) }
}

fn of_messages(it: &Figures) -> Map<String, Value> {
    let mut attributes = object(json!({
        "CurrentConnectionsCount": it.connections,
        "TotalConsumerCount": it.consumers,
        "TotalProducerCount": it.producers,
        "TotalMessageCount": it.messages,
        "TotalEnqueueCount": it.counts.enqueued,
        "TotalDequeueCount": it.counts.dequeued,
        "TotalQueuesCount": it.queues,
        "TotalTopicsCount": it.topics,
        "MemoryLimit": it.memory_limit,
        "MemoryPercentUsage": percent(it.memory_used as u64, it.memory_limit as u64),
    }));
    if let Some(limit) = it.store_limit {
        attributes.insert("StoreLimit".to_owned(), json!(limit));
        attributes.insert("StorePercentUsage".to_owned(), json!(percent(it.stored_bytes, limit)));
    }
    attributes
}

fn listed(names: &[Name]) -> Value {
    names.iter().map(|name| json!({ "objectName": name.shown(true) })).collect()
}

/// As ActiveMQ's stock configuration calls the first one.
fn connectors(uris: &[String]) -> Value {
    let name = |place| if place == 0 { "openwire".to_owned() } else { format!("openwire-{place}") };
    let named = uris.iter().enumerate().map(|(place, uri)| (name(place), json!(uri)));
    Value::Object(named.collect())
}

/// As people say it.
fn shown(time: Duration) -> String {
    let seconds = time.as_secs();
    match (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60) {
        (0, 0, 0) => format!("{seconds} seconds"),
        (0, 0, minutes) => format!("{minutes} minutes"),
        (0, hours, minutes) => format!("{hours} hours {minutes} minutes"),
        (days, hours, _) => format!("{days} days {hours} hours"),
    }
}
