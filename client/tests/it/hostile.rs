//! Whatever listens on the port, the client says what is wrong and goes on.

use std::time::Duration;

use relaismq::{Connection, Event};

use crate::broker::{Broker, soon};

async fn first_failure(broker: &Broker, greeting: &[u8]) -> String {
    let connection = Connection::builder(broker.uri()).connect_in_background().unwrap();
    let mut events = connection.events();
    let mut peer = broker.accept_raw().await;
    tokio::io::AsyncWriteExt::write_all(&mut peer, greeting).await.unwrap();
    loop {
        match soon(events.recv()).await.expect("more events") {
            // Another protocol ends the search for a broker: it would be there the next time, too.
            Event::Failed { reason, .. } | Event::Closed { reason: Some(reason) } => return reason,
            Event::Connected { .. } => panic!("connected to nonsense"),
            _ => {}
        }
    }
}

#[tokio::test]
async fn other_protocols_are_recognised() {
    let broker = Broker::bind().await;
    for (greeting, protocol) in [
        (&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], "HTTP"),
        (b"ERROR\nmessage:unknown\n\n\0", "STOMP"),
        (b"\x15\x03\x01\x00\x02\x02\x28", "TLS"),
        (b"AMQP\x00\x01\x00\x00", "AMQP"),
    ] {
        let reason = first_failure(&broker, greeting).await;
        assert!(reason.contains(protocol), "{reason}");
    }
}

#[tokio::test]
async fn garbage_costs_one_link() {
    let broker = Broker::bind().await;
    let (connection, mut peer) =
        tokio::join!(Connection::builder(broker.uri()).connect(), broker.accept_login());
    let connection = connection.unwrap();
    let mut events = connection.events();
    peer.send_bytes(&[0xff; 64]).await;
    let mut peer = broker.accept_login().await;
    loop {
        if matches!(soon(events.recv()).await.unwrap(), Event::Resumed { .. }) {
            break;
        }
    }
    let (producer, ()) = tokio::join!(connection.producer("q").build(), async {
        let wanted = |it: &_| matches!(it, relaismq_openwire::Command::ProducerInfo(_));
        peer.answer_until(wanted).await;
    });
    producer.unwrap();
}

#[tokio::test]
async fn a_server_that_only_accepts_counts_as_failed() {
    let silent = Broker::bind().await;
    let good = Broker::bind().await;
    let uri = format!(
        "failover:(tcp://{},tcp://{})?randomize=false&jms.connectResponseTimeout=100",
        silent.address, good.address
    );
    tokio::spawn(good.serve());
    let builder = Connection::builder(uri).connect_timeout(Duration::from_secs(5));
    let connection = soon(builder.connect()).await.unwrap();
    let broker = match connection.state() {
        relaismq::State::Connected { broker } => broker,
        other => panic!("{other:?}"),
    };
    assert_ne!(broker.port(), silent.address.port());
}

#[tokio::test]
async fn a_broker_that_stops_reading_is_still_heard() {
    let broker = Broker::bind().await;
    let limit = Duration::from_millis(300);
    let builder = Connection::builder(broker.uri()).close_timeout(limit);
    let (connection, mut peer) = tokio::join!(builder.connect(), broker.accept_login());
    let connection = connection.unwrap();
    let opening = async {
        let consumer = connection.consumer("q").ack(relaismq::AckMode::Client).build().await;
        (consumer.unwrap(), connection.producer("q").persistent(false).build().await.unwrap())
    };
    let (opened, info) = tokio::join!(opening, async {
        let info = peer.answer_consumer().await;
        let is_producer = |it: &_| matches!(it, relaismq_openwire::Command::ProducerInfo(_));
        peer.answer_until(is_producer).await;
        info
    });
    let (mut consumer, producer) = opened;
    let stuck = async {
        loop {
            let body = relaismq::Message::bytes(vec![0; 10_000]);
            let sending = producer.send(body);
            if tokio::time::timeout(Duration::from_millis(200), sending).await.is_err() {
                return;
            }
        }
    };
    soon(stuck).await;
    peer.dispatch(&info, relaismq_openwire::Message::new_text("heard").unwrap()).await;
    let delivery = soon(consumer.receive()).await.unwrap();
    assert_eq!(delivery.text().unwrap(), "heard");
    // Behind all that, which the broker may still read, it closes at the limit.
    let begun = tokio::time::Instant::now();
    connection.close().await;
    let took = begun.elapsed();
    assert!(took >= limit && took < limit + Duration::from_millis(200), "{took:?}");
}
