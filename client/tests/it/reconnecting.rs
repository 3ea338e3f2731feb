use relaismq::{Connection, Event, State};
use relaismq_openwire::{BrokerInfo, Command};

use crate::broker::{Broker, soon};

#[tokio::test]
async fn a_send_in_flight_survives_a_lost_link() {
    let broker = Broker::bind().await;
    let (connection, mut peer) =
        tokio::join!(Connection::builder(broker.uri()).connect(), broker.accept_login());
    let connection = connection.unwrap();
    let mut events = connection.events();
    let opening = connection.producer("q").build();
    let (producer, _) =
        tokio::join!(opening, peer.answer_until(|it| matches!(it, Command::ProducerInfo(_))));
    let producer = producer.unwrap();
    let (receipt, second) = tokio::join!(producer.send("kept"), async {
        let first = peer.read_until(|it| matches!(it, Command::Message(_))).await;
        drop(peer);
        let mut peer = broker.accept_login().await;
        let second = peer.answer_message().await;
        let Command::Message(first) = first else { panic!() };
        assert_eq!(first.message_id, second.message_id, "the broker can tell that it is the same");
        (peer, second)
    });
    assert!(receipt.unwrap().confirmed());
    drop(second);
    let mut seen = Vec::new();
    loop {
        let event = soon(events.recv()).await.unwrap();
        let resumed = matches!(event, Event::Resumed { .. });
        seen.push(event);
        if resumed {
            break;
        }
    }
    let interrupted = |it: &&Event| matches!(it, Event::Interrupted { .. });
    assert_eq!(seen.iter().filter(interrupted).count(), 1, "{seen:?}");
}

#[tokio::test]
async fn state_and_events_tell_the_same() {
    let broker = Broker::bind().await;
    let connection = Connection::builder(broker.uri()).connect_in_background().unwrap();
    let mut events = connection.events();
    assert_eq!(connection.state(), State::Connecting);
    let peer = broker.accept_login().await;
    soon(connection.wait_connected(crate::broker::PATIENCE)).await.unwrap();
    assert!(matches!(connection.state(), State::Connected { .. }));
    drop(peer);
    let is_interrupted = |event: &Event| matches!(event, Event::Interrupted { .. });
    while !is_interrupted(&soon(events.recv()).await.unwrap()) {}
    soon(connection.close()).await;
    assert_eq!(connection.state(), State::Closed { reason: None });
    while soon(events.recv()).await.is_some() {}
}

#[tokio::test]
async fn a_broker_that_is_absent_is_named_when_attempts_run_out() {
    let broker = Broker::bind().await;
    let address = broker.address;
    drop(broker);
    let uri = format!("failover:(tcp://{address})?startupMaxReconnectAttempts=1");
    let error = soon(Connection::builder(uri).connect()).await.unwrap_err();
    assert!(error.to_string().contains(&address.to_string()), "{error}");
}

#[tokio::test]
async fn news_of_other_brokers_is_no_obstacle() {
    let broker = Broker::bind().await;
    let (connection, mut peer) =
        tokio::join!(Connection::builder(broker.uri()).connect(), broker.accept_login());
    let connection = connection.unwrap();
    let mut events = connection.events();
    peer.send(BrokerInfo::default()).await;
    let control = relaismq_openwire::ConnectionControl {
        connected_brokers: Some("tcp://elsewhere:61616".into()),
        ..Default::default()
    };
    peer.send(control).await;
    let event = soon(events.recv()).await.unwrap();
    assert!(matches!(event, Event::BrokersChanged { .. }), "{event:?}");
}
