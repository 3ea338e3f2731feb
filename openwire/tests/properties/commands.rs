//! Arbitrary commands: those that carry most, with every kind of field and nesting.

use std::sync::Arc;

use proptest::{collection::vec, option, prelude::*};
use relaismq_openwire::{
    BlobReference, BrokerId, BrokerInfo, BrokerSubscriptionInfo, Command, ConnectionId,
    ConnectionInfo, ConsumerId, ConsumerInfo, DataArrayResponse, DataResponse, Destination,
    ExceptionResponse, LocalTransactionId, Message, MessageAck, MessageDispatch, MessageId,
    MessageKind, NetworkBridgeFilter, ProducerId, RemoveInfo, SessionId, StackElement,
    SubscriptionInfo, Throwable, TransactionId, TransactionInfo, XaTransactionId,
    destination::Kind,
};

use crate::values::{bytes, optional_text, text};

/// From a small set, so that caches are hit.
fn name() -> BoxedStrategy<Option<relaismq_openwire::Text>> {
    option::weighted(0.95, (0..60u8).prop_map(|number| format!("ID:host-{number}").into())).boxed()
}

fn long() -> BoxedStrategy<i64> {
    prop_oneof![
        0..4i64,
        any::<u16>().prop_map(i64::from),
        any::<u32>().prop_map(i64::from),
        any::<i64>(),
    ]
    .boxed()
}

fn connection_id() -> BoxedStrategy<ConnectionId> {
    name().prop_map(|value| ConnectionId { value }).boxed()
}

fn session_id() -> BoxedStrategy<SessionId> {
    (name(), 0..3i64).prop_map(|(connection_id, value)| SessionId { connection_id, value }).boxed()
}

fn consumer_id() -> BoxedStrategy<ConsumerId> {
    (session_id(), 0..3i64).prop_map(|(session, value)| session.consumer(value)).boxed()
}

fn producer_id() -> BoxedStrategy<ProducerId> {
    (session_id(), 0..3i64).prop_map(|(session, value)| session.producer(value)).boxed()
}

fn broker_ids() -> BoxedStrategy<Option<Vec<Option<BrokerId>>>> {
    option::of(vec(name().prop_map(|value| value.map(BrokerId::new)), 0..4)).boxed()
}

fn message_id() -> BoxedStrategy<MessageId> {
    (optional_text(), option::of(producer_id()), long(), long())
        .prop_map(|(text_view, producer_id, producer_sequence_id, broker_sequence_id)| MessageId {
            text_view,
            producer_id,
            producer_sequence_id,
            broker_sequence_id,
        })
        .boxed()
}

fn transaction_id() -> BoxedStrategy<TransactionId> {
    let local = (long(), option::of(connection_id())).prop_map(|(value, connection_id)| {
        TransactionId::Local(LocalTransactionId { value, connection_id })
    });
    let xa = (any::<i32>(), bytes(), bytes()).prop_map(|(format_id, global, branch)| {
        TransactionId::Xa(Box::new(XaTransactionId {
            format_id,
            global_transaction_id: global,
            branch_qualifier: branch,
        }))
    });
    prop_oneof![local, xa].boxed()
}

fn destination() -> BoxedStrategy<Destination> {
    let kinds = [Kind::Queue, Kind::Topic, Kind::TempQueue, Kind::TempTopic];
    let name = (0..30u8).prop_map(|number| format!("café.{number}").into());
    (prop::sample::select(kinds.to_vec()), name)
        .prop_map(|(kind, name)| Destination { kind, name })
        .boxed()
}

fn throwable() -> BoxedStrategy<Throwable> {
    let element =
        (optional_text(), optional_text(), any::<i32>()).prop_map(|(class, file, line)| {
            StackElement { class, method: Some("run".into()), file, line }
        });
    let leaf = (text(), text(), vec(element, 0..4)).prop_map(|(class, message, stack_trace)| {
        Throwable { class: Some(class), message: Some(message), stack_trace, cause: None }
    });
    leaf.prop_recursive(3, 3, 1, |inner| {
        (text(), inner).prop_map(|(message, cause)| Throwable {
            cause: Some(Box::new(cause)),
            ..Throwable::new("java.io.IOException", message)
        })
    })
    .boxed()
}

fn kind() -> BoxedStrategy<MessageKind> {
    let blob =
        (optional_text(), optional_text(), any::<bool>()).prop_map(|(url, mime, deleted)| {
            MessageKind::Blob(Box::new(BlobReference {
                remote_blob_url: url,
                mime_type: mime,
                deleted_by_broker: deleted,
            }))
        });
    let plain = [
        MessageKind::Plain,
        MessageKind::Bytes,
        MessageKind::Map,
        MessageKind::Object,
        MessageKind::Stream,
        MessageKind::Text,
    ];
    prop_oneof![prop::sample::select(plain.to_vec()), blob].boxed()
}

prop_compose! {
    fn addresses()(
        producer_id in option::of(producer_id()),
        destination in option::of(destination()),
        transaction_id in option::of(transaction_id()),
        original_destination in option::of(destination()),
        message_id in option::of(message_id()),
        original_transaction_id in option::of(transaction_id()),
        reply_to in option::of(destination()),
        target_consumer_id in option::of(consumer_id()),
    ) -> Message {
        Message {
            producer_id, destination, transaction_id, original_destination, message_id,
            original_transaction_id, reply_to, target_consumer_id, ..Message::default()
        }
    }
}

prop_compose! {
    fn contents()(
        kind in kind(),
        content in bytes(),
        marshalled_properties in bytes(),
        group_id in optional_text(),
        correlation_id in optional_text(),
        jms_type in optional_text(),
        user_id in optional_text(),
        broker_path in broker_ids(),
        cluster in broker_ids(),
    ) -> Message {
        Message {
            kind, content, marshalled_properties, group_id, correlation_id, jms_type, user_id,
            broker_path, cluster, ..Message::default()
        }
    }
}

prop_compose! {
    fn bare_message()(
        addresses in addresses().boxed(),
        contents in contents().boxed(),
        flags in any::<[bool; 5]>(),
        times in (long(), long(), long(), long()),
        numbers in (any::<i32>(), any::<i32>(), any::<i8>()),
        data_structure in option::weighted(0.2, consumer_info()),
    ) -> Message {
        Message {
            command_id: numbers.0,
            response_required: flags[0],
            persistent: flags[1],
            compressed: flags[2],
            droppable: flags[3],
            group_first_for_consumer: flags[4],
            group_sequence: numbers.1,
            priority: numbers.2,
            expiration: times.0,
            timestamp: times.1,
            broker_in_time: times.2,
            broker_out_time: times.3,
            data_structure: data_structure.map(|info| Box::new(info.into())),
            kind: contents.kind,
            content: contents.content,
            marshalled_properties: contents.marshalled_properties,
            group_id: contents.group_id,
            correlation_id: contents.correlation_id,
            jms_type: contents.jms_type,
            user_id: contents.user_id,
            broker_path: contents.broker_path,
            cluster: contents.cluster,
            ..addresses
        }
    }
}

prop_compose! {
    fn bare_consumer_info()(
        consumer_id in option::of(consumer_id()),
        destination in option::of(destination()),
        selector in optional_text(),
        client_id in optional_text(),
        subscription_name in optional_text(),
        broker_path in broker_ids(),
        prefetch_size in any::<i32>(),
        no_local in any::<bool>(),
        filter in option::of((0..9i32, name())),
    ) -> ConsumerInfo {
        let filter = filter.map(|(ttl, broker)| {
            NetworkBridgeFilter::new(broker.map(BrokerId::new), ttl, ttl)
        });
        ConsumerInfo {
            consumer_id, destination, selector, client_id, subscription_name, broker_path,
            prefetch_size, no_local, additional_predicate: filter, ..ConsumerInfo::default()
        }
    }
}

fn message_ack() -> BoxedStrategy<MessageAck> {
    (
        option::of(destination()),
        option::of(transaction_id()),
        option::of(consumer_id()),
        option::of(message_id()),
        option::of(message_id()),
        option::of(throwable()),
        0..7i8,
    )
        .prop_map(|(destination, transaction_id, consumer_id, first, last, poison_cause, kind)| {
            MessageAck {
                destination,
                transaction_id,
                consumer_id,
                first_message_id: first,
                last_message_id: last,
                poison_cause,
                ack_type: kind,
                ..MessageAck::default()
            }
        })
        .boxed()
}

fn broker_info() -> BoxedStrategy<BrokerInfo> {
    let leaf = (option::of(name()), optional_text(), any::<bool>()).prop_map(
        |(id, broker_name, slave_broker)| BrokerInfo {
            broker_id: id.flatten().map(BrokerId::new),
            broker_name,
            slave_broker,
            ..BrokerInfo::default()
        },
    );
    leaf.prop_recursive(3, 6, 3, |inner| {
        vec(option::of(inner), 0..3).prop_map(|peers| BrokerInfo {
            peer_broker_infos: Some(peers),
            ..BrokerInfo::default()
        })
    })
    .boxed()
}

fn dispatch() -> BoxedStrategy<MessageDispatch> {
    (option::of(consumer_id()), option::of(destination()), option::of(message()))
        .prop_map(|(consumer_id, destination, message)| MessageDispatch {
            consumer_id,
            destination,
            message: message.map(Arc::new),
            ..MessageDispatch::default()
        })
        .boxed()
}

fn object() -> BoxedStrategy<Command> {
    prop_oneof![
        connection_id().prop_map(Command::from),
        session_id().prop_map(Command::from),
        consumer_id().prop_map(Command::from),
        producer_id().prop_map(Command::from),
        message_id().prop_map(Command::from),
        destination().prop_map(Command::from),
    ]
    .boxed()
}

fn connecting() -> BoxedStrategy<Command> {
    let connection = (option::of(connection_id()), [text(), text(), text()], broker_ids())
        .prop_map(|(connection_id, [client, user, password], broker_path)| ConnectionInfo {
            connection_id,
            client_id: Some(client),
            user_name: Some(user),
            password: Some(password),
            broker_path,
            ..ConnectionInfo::default()
        });
    let removal = option::of(object())
        .prop_map(|object| RemoveInfo { object_id: object.map(Box::new), ..RemoveInfo::default() });
    let transaction = (option::of(connection_id()), option::of(transaction_id())).prop_map(
        |(connection_id, transaction_id)| TransactionInfo {
            connection_id,
            transaction_id,
            ..TransactionInfo::default()
        },
    );
    prop_oneof![
        connection.prop_map(Command::from),
        removal.prop_map(Command::from),
        transaction.prop_map(Command::from),
        broker_info().prop_map(Command::from),
        consumer_info().prop_map(Command::from),
    ]
    .boxed()
}

fn answers() -> BoxedStrategy<Command> {
    let exception = option::of(throwable())
        .prop_map(|exception| ExceptionResponse { exception, ..ExceptionResponse::default() });
    let data = option::of(object())
        .prop_map(|data| DataResponse { data: data.map(Box::new), ..DataResponse::default() });
    let array = option::of(vec(option::of(object()), 0..5))
        .prop_map(|data| DataArrayResponse { data, ..DataArrayResponse::default() });
    let subscriptions = vec(consumer_info().prop_map(Some), 0..3).prop_map(|infos| {
        BrokerSubscriptionInfo { subscription_infos: Some(infos), ..Default::default() }
    });
    let stored = (text(), option::of(destination())).prop_map(|(client, destination)| {
        SubscriptionInfo { client_id: Some(client), destination, ..SubscriptionInfo::default() }
    });
    prop_oneof![
        exception.prop_map(Command::from),
        data.prop_map(Command::from),
        array.prop_map(Command::from),
        subscriptions.prop_map(Command::from),
        stored.prop_map(Command::from),
    ]
    .boxed()
}

fn message() -> BoxedStrategy<Message> {
    bare_message().boxed()
}

fn consumer_info() -> BoxedStrategy<ConsumerInfo> {
    bare_consumer_info().boxed()
}

/// Boxed throughout: value trees on the stack would be too large for a test thread.
pub(crate) fn any_command() -> BoxedStrategy<Command> {
    prop_oneof![
        3 => message().prop_map(Command::from),
        3 => dispatch().prop_map(Command::from),
        3 => message_ack().prop_map(Command::from),
        2 => connecting(),
        2 => answers(),
    ]
    .boxed()
}
