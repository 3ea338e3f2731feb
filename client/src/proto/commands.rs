//! Commands made of what is open.

use relaismq_openwire::{Command, ConsumerInfo, ProducerInfo, RemoveInfo};

use super::{consumer::Consumer, session::Producer};

pub(super) fn remove(object: Command, last_delivered_sequence_id: i64) -> RemoveInfo {
    let object_id = Some(Box::new(object));
    RemoveInfo { object_id, last_delivered_sequence_id, ..RemoveInfo::default() }
}

pub(super) fn producer_info(producer: &Producer) -> ProducerInfo {
    ProducerInfo {
        producer_id: Some(producer.id.clone()),
        destination: producer.destination.clone(),
        dispatch_async: producer.dispatch_async,
        ..ProducerInfo::default()
    }
}

/// `client_id`: of the connection. Artemis names the queue of a durable subscription after it.
pub(super) fn consumer_info(consumer: &Consumer, client_id: &str) -> ConsumerInfo {
    let spec = &consumer.spec;
    ConsumerInfo {
        client_id: Some(client_id.into()),
        consumer_id: Some(consumer.id.clone()),
        destination: Some(spec.destination.clone()),
        prefetch_size: spec.prefetch.into(),
        maximum_pending_message_limit: spec.maximum_pending,
        dispatch_async: spec.dispatch_async,
        selector: spec.selector.as_deref().map(Into::into),
        subscription_name: spec.durable.as_deref().map(Into::into),
        browser: spec.browser,
        no_local: spec.no_local,
        exclusive: spec.exclusive,
        retroactive: spec.retroactive,
        priority: spec.priority,
        ..ConsumerInfo::default()
    }
}
