//! What the broker tells of itself.

use relaismq_openwire::{Command, ConnectionInfo, Destination, DestinationInfo, MessageAck, Value};

use super::{Answer, Consumer, Delivery, Peer, Rig, queue, topic};

const TEMPORARIES: &str = "ActiveMQ.Advisory.TempQueue,ActiveMQ.Advisory.TempTopic";

fn watch(rig: &mut Rig, peer: &Peer, name: &str) -> Consumer {
    rig.consumer_with(peer, topic(name), |info| info.no_local = true)
}

fn data(delivery: &Delivery) -> Command {
    let message = delivery.message.as_ref().expect("an advisory");
    assert_eq!(message.jms_type.as_deref(), Some("Advisory"));
    assert!(!message.persistent);
    (**message.data_structure.as_ref().expect("what it is about")).clone()
}

fn destinations(rig: &mut Rig, consumer: &Consumer) -> Vec<(Destination, i8)> {
    let given = rig.deliveries(consumer);
    let infos = given.iter().map(|it| match data(it) {
        Command::DestinationInfo(info) => (info.destination.unwrap(), info.operation_type),
        other => panic!("{other:?}"),
    });
    infos.collect()
}

fn count(delivery: &Delivery, name: &str) -> Option<Value> {
    delivery.message.as_ref().unwrap().property(name).unwrap()
}

fn make(rig: &mut Rig, peer: &Peer, destination: &Destination, operation_type: i8) {
    let info = DestinationInfo {
        connection_id: Some(peer.connection.clone()),
        destination: Some(destination.clone()),
        operation_type,
        ..DestinationInfo::default()
    };
    assert_eq!(rig.request(peer, info), Answer::Done);
}

#[test]
fn temporary_destinations_are_told_to_everybody_old_ones_too() {
    let mut rig = Rig::new();
    let (a, b) = (rig.connect("a"), rig.connect("b"));
    let old = Destination::temp_topic(format!("{}:1", a.connection));
    let new = Destination::temp_queue(format!("{}:2", a.connection));
    make(&mut rig, &a, &old, DestinationInfo::ADD);
    let watcher = watch(&mut rig, &b, TEMPORARIES);
    assert_eq!(destinations(&mut rig, &watcher), [(old.clone(), DestinationInfo::ADD)]);
    make(&mut rig, &a, &new, DestinationInfo::ADD);
    assert_eq!(destinations(&mut rig, &watcher), [(new.clone(), DestinationInfo::ADD)]);
    make(&mut rig, &a, &new, DestinationInfo::REMOVE);
    assert_eq!(destinations(&mut rig, &watcher), [(new, DestinationInfo::REMOVE)]);
    rig.cut(&a);
    assert_eq!(destinations(&mut rig, &watcher), [(old, DestinationInfo::REMOVE)]);
}

#[test]
fn a_request_reaches_the_responder_after_the_advisory_of_its_reply_queue() {
    let mut rig = Rig::new();
    let (asks, replies) = (rig.connect("a"), rig.connect("b"));
    let watcher = watch(&mut rig, &replies, TEMPORARIES);
    let responder = rig.consumer(&replies, queue("Q"));
    let reply_to = Destination::temp_queue(format!("{}:1", asks.connection));
    make(&mut rig, &asks, &reply_to, DestinationInfo::ADD);
    let mut producer = rig.producer(&asks, queue("Q"));
    rig.fire(&mut producer, "ping");
    let order: Vec<_> =
        rig.dispatches(replies.link).into_iter().map(|it| it.consumer_id.unwrap()).collect();
    assert_eq!(order, [watcher.id, responder.id]);
}

#[test]
fn a_replay_goes_to_the_new_subscriber_only() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    rig.consumer(&peer, queue("Q"));
    let first = watch(&mut rig, &peer, "ActiveMQ.Advisory.Queue");
    assert_eq!(destinations(&mut rig, &first), [(queue("Q"), DestinationInfo::ADD)]);
    let second = watch(&mut rig, &peer, "ActiveMQ.Advisory.Queue");
    let given = rig.deliveries(&second);
    assert_eq!(given.len(), 1);
    let target = given[0].message.as_ref().unwrap().target_consumer_id.clone();
    assert_eq!(target, Some(second.id));
    assert!(rig.deliveries(&first).is_empty());
}

#[test]
fn a_pattern_gets_no_replay_but_later_events() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    rig.consumer(&peer, queue("Q"));
    let watcher = watch(&mut rig, &peer, "ActiveMQ.Advisory.>");
    assert!(rig.deliveries(&watcher).is_empty());
    rig.consumer(&peer, topic("T"));
    let names: Vec<String> = rig
        .deliveries(&watcher)
        .iter()
        .map(|it| it.destination.as_ref().unwrap().name.to_string())
        .collect();
    assert_eq!(names, ["ActiveMQ.Advisory.Topic", "ActiveMQ.Advisory.Consumer.Topic.T"]);
}

#[test]
fn consumers_are_counted_after_the_event() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let old = rig.consumer_with(&peer, queue("Q"), |info| info.selector = Some("a = 1".into()));
    let watcher = watch(&mut rig, &peer, "ActiveMQ.Advisory.Consumer.Queue.Q");
    let given = rig.deliveries(&watcher);
    let Command::ConsumerInfo(info) = data(&given[0]) else { panic!("{given:?}") };
    assert_eq!(info.consumer_id, Some(old.id.clone()));
    assert_eq!(info.selector.as_deref(), Some("a = 1"));
    assert_eq!(count(&given[0], "consumerCount"), Some(Value::Int(1)));
    rig.consumer(&peer, queue("Q"));
    let given = rig.deliveries(&watcher);
    assert_eq!(count(&given[0], "consumerCount"), Some(Value::Int(2)));
    rig.close(&old, -1);
    let given = rig.deliveries(&watcher);
    assert!(matches!(data(&given[0]), Command::RemoveInfo(_)));
    assert_eq!(count(&given[0], "consumerCount"), Some(Value::Int(1)));
}

#[test]
fn producers_are_counted_too() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let producer = rig.producer(&peer, topic("T"));
    let watcher = watch(&mut rig, &peer, "ActiveMQ.Advisory.Producer.Topic.T");
    let given = rig.deliveries(&watcher);
    assert!(matches!(data(&given[0]), Command::ProducerInfo(_)));
    assert_eq!(count(&given[0], "producerCount"), Some(Value::Int(1)));
    rig.remove(peer.link, producer.id, -2);
    let given = rig.deliveries(&watcher);
    assert!(matches!(data(&given[0]), Command::RemoveInfo(_)));
    assert_eq!(count(&given[0], "producerCount"), Some(Value::Int(0)));
}

#[test]
fn connections_are_told_once_and_without_passwords() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let watcher = watch(&mut rig, &peer, "ActiveMQ.Advisory.Connection");
    rig.deliveries(&watcher);
    let other = rig.open("b");
    let info = ConnectionInfo { password: Some("secret".into()), ..other.info() };
    assert_eq!(rig.request(&other, info), Answer::Done);
    let given = rig.deliveries(&watcher);
    let Command::ConnectionInfo(info) = data(&given[0]) else { panic!("{given:?}") };
    assert_eq!((info.connection_id, info.password), (Some(other.connection.clone()), None));
    assert_eq!(info.client_ip.as_deref(), Some("tcp://b"), "as the broker sees it");
    rig.remove(other.link, other.connection.clone(), -1);
    rig.cut(&other);
    let given = rig.deliveries(&watcher);
    assert_eq!(given.len(), 1, "one end");
    assert!(matches!(data(&given[0]), Command::RemoveInfo(_)));
}

#[test]
fn advisories_say_where_they_come_from() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    rig.consumer(&peer, queue("Q"));
    let watcher = watch(&mut rig, &peer, "ActiveMQ.Advisory.Queue");
    let given = rig.deliveries(&watcher);
    let name = count(&given[0], "originBrokerName");
    assert_eq!(name, Some(Value::Text("test".into())));
    assert!(count(&given[0], "originBrokerId").is_some());
    assert!(count(&given[0], "originBrokerURL").is_some());
}

// Monitors of Java applications that listen for dead letters heard nothing.
#[test]
fn dead_letters_are_told_without_their_bodies() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let watcher = watch(&mut rig, &peer, "ActiveMQ.Advisory.MessageDLQd.Queue.Q");
    let mut producer = rig.producer(&peer, queue("Q"));
    let id = rig.send(&mut producer, "1");
    let consumer = rig.consumer(&peer, queue("Q"));
    let given = rig.deliveries(&consumer);
    rig.ack(&consumer, MessageAck::POISON, &given);
    let given = rig.deliveries(&watcher);
    let Command::Message(message) = data(&given[0]) else { panic!("{given:?}") };
    assert_eq!((message.message_id.as_ref(), &message.content), (Some(&id), &None));
    assert_eq!(message.destination, Some(queue("Q")));
}

#[test]
fn expired_messages_are_told_with_their_ids_dead_letters_or_not() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let watcher = watch(&mut rig, &peer, "ActiveMQ.Advisory.Expired.Topic.T");
    rig.consumer(&peer, topic("T"));
    let mut producer = rig.producer(&peer, topic("T"));
    let (_, id) = rig.send_with(&mut producer, "1", |message| {
        (message.expiration, message.persistent) = (1, false);
    });
    let given = rig.deliveries(&watcher);
    assert_eq!(count(&given[0], "orignalMessageId"), Some(Value::Text(id.to_string().into())));
}
