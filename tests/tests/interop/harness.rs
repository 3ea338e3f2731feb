//! The harness itself, with real brokers and the real client.

use std::collections::BTreeMap;
use std::time::Duration;

use relaismq_tests::activemq::{ActiveMq, Pair};
use relaismq_tests::load;
use relaismq_tests::peer::{
    AckMode, Body, Connect, ConsumerOptions, JmsMessage, JmsPeer, JmsValue, SOON,
};
use relaismq_tests::proxy::Proxy;
use tempfile::tempdir;

const QUEUE: &str = "queue://harness";

#[tokio::test]
#[ignore = "needs ActiveMQ and Java: run tests/run"]
async fn a_broker_comes_back_with_its_messages_after_a_kill() {
    let directory = tempdir().unwrap();
    let broker = ActiveMq::new().name("survivor").directory(directory.path());
    let mut server = broker.start().await.unwrap();
    let peer = JmsPeer::start().unwrap();
    let connection = peer.connect(&server.url().unwrap()).await.unwrap();
    assert_eq!(connection.broker(), "survivor");
    let session = connection.session(AckMode::Auto).await.unwrap();
    session.producer(QUEUE).await.unwrap().send(&JmsMessage::text("kept")).await.unwrap();
    server.kill().await.unwrap();

    let server = broker.start().await.unwrap();
    let connection = peer.connect(&server.url().unwrap()).await.unwrap();
    let session = connection.session(AckMode::Auto).await.unwrap();
    let consumer = session.consumer(QUEUE).await.unwrap();
    let received = consumer.receive(SOON).await.unwrap().unwrap();
    assert_eq!(received.text().as_deref(), Some("kept"));
}

#[tokio::test]
#[ignore = "needs ActiveMQ and Java: run tests/run"]
async fn the_slave_takes_over_when_the_master_is_killed() {
    let directory = tempdir().unwrap();
    let mut pair = Pair::start(directory.path()).await.unwrap();
    let mut peer = JmsPeer::start().unwrap();
    let connection = peer.connect(&pair.failover_url()).await.unwrap();
    let session = connection.session(AckMode::Auto).await.unwrap();
    let producer = session.producer(QUEUE).await.unwrap();
    producer.send(&JmsMessage::text("before")).await.unwrap();

    pair.master.kill().await.unwrap();
    pair.slave.until_ready(SOON).await.unwrap();
    assert_eq!(pair.slave.url().unwrap(), pair.slave_url);
    peer.event_of("interrupted", SOON).await.unwrap();
    peer.event_of("resumed", SOON).await.unwrap();
    producer.send(&JmsMessage::text("after")).await.unwrap();
    let consumer = session.consumer(QUEUE).await.unwrap();
    for expected in ["before", "after"] {
        let received = consumer.receive(SOON).await.unwrap().unwrap();
        assert_eq!(received.text().as_deref(), Some(expected));
    }
}

#[tokio::test]
#[ignore = "needs ActiveMQ and Java: run tests/run"]
async fn the_peer_passes_every_body_and_property() {
    let server = ActiveMq::new().start().await.unwrap();
    let peer = JmsPeer::start().unwrap();
    let connection = peer.connect(&server.url().unwrap()).await.unwrap();
    let session = connection.session(AckMode::Auto).await.unwrap();
    let producer = session.producer(QUEUE).await.unwrap();
    let consumer = session.consumer(QUEUE).await.unwrap();
    for body in bodies() {
        let message = JmsMessage::new(body.clone())
            .property("aByte", JmsValue::Byte(-1))
            .property("aFloat", JmsValue::Float(f32::MIN_POSITIVE))
            .property("aText", "é€");
        let sent = producer.send(&message).await.unwrap();
        let received = consumer.receive(SOON).await.unwrap().unwrap();
        assert_eq!(received.body, body);
        assert_eq!(received.properties, message.properties);
        assert_eq!(received.header("id"), Some(sent.id.as_str()));
    }
}

fn bodies() -> Vec<Body> {
    let values = vec![
        JmsValue::Null,
        JmsValue::Boolean(true),
        JmsValue::Byte(-5),
        JmsValue::Short(300),
        JmsValue::Int(i32::MIN),
        JmsValue::Long(i64::MAX),
        JmsValue::Float(f32::NAN),
        JmsValue::Double(f64::INFINITY),
        JmsValue::Char(0x20ac),
        JmsValue::from("é€"),
        JmsValue::Bytes(vec![0, 255]),
    ];
    let entries: BTreeMap<_, _> =
        values.iter().enumerate().map(|(i, value)| (format!("v{i}"), value.clone())).collect();
    vec![
        Body::None,
        Body::Text(None),
        Body::Text(Some("\0é€😀".to_owned())),
        Body::Bytes(vec![1, 2, 255]),
        Body::Map(entries),
        Body::Stream(values),
        Body::Object(vec![0xac, 0xed, 0, 5, 0x70]),
    ]
}

#[tokio::test]
#[ignore = "needs ActiveMQ and Java: run tests/run"]
async fn the_peer_reports_exceptions_by_class() {
    let server = ActiveMq::new().login("user", "secret").start().await.unwrap();
    let url = server.url().unwrap();
    let peer = JmsPeer::start().unwrap();
    let wrong = peer.connect_with(&Connect::to(&url).login("user", "wrong")).await.unwrap_err();
    assert_eq!(wrong.class(), Some("javax.jms.JMSSecurityException"));
    let connect = Connect::to(&url).login("user", "secret").client_id("one");
    let connection = peer.connect_with(&connect).await.unwrap();
    assert_eq!(connection.client_id(), "one");
    let session = connection.session(AckMode::Auto).await.unwrap();
    let unknown = session.unsubscribe("no such").await.unwrap_err();
    assert_eq!(unknown.class(), Some("javax.jms.InvalidDestinationException"));
}

#[tokio::test]
#[ignore = "needs ActiveMQ and Java: run tests/run"]
async fn the_peer_acknowledges_browses_and_listens() {
    let server = ActiveMq::new().start().await.unwrap();
    let mut peer = JmsPeer::start().unwrap();
    let connection = peer.connect(&server.url().unwrap()).await.unwrap();
    let session = connection.session(AckMode::Client).await.unwrap();
    let producer = session.producer(QUEUE).await.unwrap();
    for text in ["a", "b", "c"] {
        producer.send(&JmsMessage::text(text)).await.unwrap();
    }
    assert_eq!(session.browse(QUEUE, None).await.unwrap().len(), 3);
    let consumer = session.consumer(QUEUE).await.unwrap();
    let first = consumer.receive(SOON).await.unwrap().unwrap();
    first.acknowledge(&session).await.unwrap();
    consumer.close().await.unwrap();

    let listening = connection.session(AckMode::Auto).await.unwrap();
    let options = ConsumerOptions {
        destination: QUEUE.to_owned(),
        listen: true,
        ..ConsumerOptions::default()
    };
    let listener = listening.consumer_with(&options).await.unwrap();
    for expected in ["b", "c"] {
        let event = peer.event_of("message", SOON).await.unwrap();
        assert_eq!(event.on, listener.name());
        assert_eq!(event.message.unwrap().text().as_deref(), Some(expected));
    }
}

#[tokio::test]
#[ignore = "needs ActiveMQ and Java: run tests/run"]
async fn the_client_comes_back_through_the_proxy_after_a_cut() {
    let server = ActiveMq::new().start().await.unwrap();
    let proxy = Proxy::start(&server.url().unwrap()).await.unwrap();
    let mut peer = JmsPeer::start().unwrap();
    let connection = peer.connect(&format!("failover:({})", proxy.url())).await.unwrap();
    let session = connection.session(AckMode::Auto).await.unwrap();
    let consumer = session.consumer(QUEUE).await.unwrap();
    proxy.cut();
    peer.event_of("interrupted", SOON).await.unwrap();
    peer.event_of("resumed", SOON).await.unwrap();
    proxy.until_accepted(2, SOON).await.unwrap();
    session.producer(QUEUE).await.unwrap().send(&JmsMessage::text("again")).await.unwrap();
    let received = consumer.receive(SOON).await.unwrap().unwrap();
    assert_eq!(received.text().as_deref(), Some("again"));
}

#[tokio::test]
#[ignore = "needs ActiveMQ and Java: run tests/run"]
async fn the_load_generator_receives_what_it_sends() {
    let server = ActiveMq::new().start().await.unwrap();
    let arguments = ["--messages", "500", "--producers", "3", "--persistent", "false"];
    let url = server.url().unwrap();
    let found = load::run(&url, &arguments, Duration::from_secs(60)).await.unwrap();
    assert_eq!((found.sent, found.received), (500, 500));
    assert!(found.total >= found.produce);
}
