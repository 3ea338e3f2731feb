use std::time::Duration;

use futures::future::join_all;
use relaismq::{Connection, Message, Queue, SendFailure, SendOutcome};
use relaismq_openwire::Command;

use crate::broker::{Broker, soon};

fn is_message(command: &Command) -> bool {
    matches!(command, Command::Message(_))
}

#[tokio::test]
async fn a_persistent_send_resolves_when_the_broker_confirms_it() {
    let broker = Broker::bind().await;
    let (connection, mut peer) =
        tokio::join!(Connection::builder(broker.uri()).connect(), broker.accept_login());
    let connection = connection.unwrap();
    let opening = connection.producer(Queue::new("orders")).priority(7).build();
    let (producer, _) =
        tokio::join!(opening, peer.answer_until(|it| matches!(it, Command::ProducerInfo(_))));
    let producer = producer.unwrap();

    let mut sending = Box::pin(producer.send(Message::text("hi").property("region", "EU")));
    let command = tokio::select! {
        receipt = &mut sending => panic!("{receipt:?} before the broker's answer"),
        command = peer.read_until(is_message) => command,
    };
    let Command::Message(message) = &command else { panic!("{command:?}") };
    assert!(message.persistent && message.response_required && message.timestamp > 0);
    assert_eq!(message.priority, 7);
    assert_eq!(message.destination, Some(relaismq::Destination::queue("orders")));
    peer.answer(&command).await;
    let receipt = soon(sending).await.unwrap();
    assert!(receipt.confirmed());
    assert_eq!(receipt.message_id(), message.message_id.as_ref());
}

#[tokio::test]
async fn a_non_persistent_send_does_not_wait_and_a_refused_one_says_so() {
    let broker = Broker::bind().await;
    let (connection, mut peer) =
        tokio::join!(Connection::builder(broker.uri()).connect(), broker.accept_login());
    let connection = connection.unwrap();
    let opening = connection.anonymous_producer().persistent(false).build();
    let (producer, _) =
        tokio::join!(opening, peer.answer_until(|it| matches!(it, Command::ProducerInfo(_))));
    let producer = producer.unwrap();
    let receipt = soon(producer.send_to("topic://prices", "1")).await.unwrap();
    assert!(!receipt.confirmed());
    let Command::Message(message) = peer.read_until(is_message).await else { panic!() };
    assert!(!message.response_required && !message.persistent);

    let options = relaismq::SendOptions::default().confirm(true);
    let (refused, ()) = tokio::join!(producer.send_to_with("q", "2", &options), async {
        let command = peer.read_until(is_message).await;
        peer.refuse(&command, "java.lang.SecurityException", "not for you").await;
    });
    let refused = refused.unwrap_err();
    let SendFailure::Refused(refusal) = refused.failure() else { panic!("{refused:?}") };
    assert_eq!(refusal.kind(), relaismq::RefusalKind::Security);
}

#[tokio::test]
async fn many_sends_are_under_way_at_once_within_the_window() {
    let broker = Broker::bind().await;
    let uri = broker.uri();
    tokio::spawn(broker.serve());
    let connection = soon(Connection::builder(uri).connect()).await.unwrap();
    // Room for about four messages of this size.
    let producer = soon(connection.producer("q").window(10_000).build()).await.unwrap();
    let mut receipts = Vec::new();
    for _ in 0..100 {
        receipts.push(soon(producer.enqueue(vec_message(1000))).await.unwrap());
    }
    let receipts = soon(join_all(receipts)).await;
    assert!(receipts.into_iter().all(|receipt| receipt.unwrap().confirmed()));
}

fn vec_message(bytes: usize) -> Message {
    Message::bytes(vec![0; bytes])
}

#[tokio::test]
async fn a_full_window_is_an_error_at_the_deadline() {
    let broker = Broker::bind().await;
    let builder = Connection::builder(broker.uri()).send_timeout(Duration::from_millis(200));
    let (connection, mut peer) = tokio::join!(builder.connect(), broker.accept_login());
    let connection = connection.unwrap();
    let opening = connection.producer("q").window(2000).build();
    let (producer, _) =
        tokio::join!(opening, peer.answer_until(|it| matches!(it, Command::ProducerInfo(_))));
    let producer = producer.unwrap();
    let first = soon(producer.enqueue(vec_message(900))).await.unwrap();
    let second = soon(producer.enqueue(vec_message(900))).await.unwrap_err();
    assert_eq!(second.outcome(), SendOutcome::NotSent);
    assert_eq!(soon(first).await.unwrap_err().outcome(), SendOutcome::Unknown);
}

#[tokio::test]
async fn dropping_sends_at_any_point_leaves_the_connection_usable() {
    let broker = Broker::bind().await;
    let uri = broker.uri();
    tokio::spawn(broker.serve());
    let connection = soon(Connection::builder(uri).connect()).await.unwrap();
    let producer = soon(connection.producer("q").build()).await.unwrap();
    for polls in 0..200 {
        let mut sending = Box::pin(producer.send(format!("{polls}")));
        for _ in 0..polls % 4 {
            if futures::poll!(&mut sending).is_ready() {
                break;
            }
            tokio::task::yield_now().await;
        }
    }
    assert!(soon(producer.send("last")).await.unwrap().confirmed());
}

#[tokio::test]
async fn what_cannot_be_encoded_was_not_sent() {
    let broker = Broker::bind().await;
    let uri = broker.uri();
    tokio::spawn(broker.serve());
    let connection = soon(Connection::builder(uri).connect()).await.unwrap();
    let producer = soon(connection.producer("q").build()).await.unwrap();
    let long = "x".repeat(70_000);
    let error = soon(producer.send(Message::text("x").correlation_id(long))).await.unwrap_err();
    assert_eq!(error.outcome(), SendOutcome::NotSent, "{error}");
    let error = soon(producer.send(Message::text("x").property("", 1))).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "not sent: a property, or an entry of a map message, has an empty name; give it one"
    );
    assert!(soon(producer.send("fine")).await.unwrap().confirmed());
}

#[tokio::test]
async fn a_refused_message_comes_back_whichever_way_it_was_sent() {
    let broker = Broker::bind().await;
    let (connection, mut peer) =
        tokio::join!(Connection::builder(broker.uri()).connect(), broker.accept_login());
    let connection = connection.unwrap();
    let opening = connection.producer("q").build();
    let (producer, _) =
        tokio::join!(opening, peer.answer_until(|it| matches!(it, Command::ProducerInfo(_))));
    let producer = producer.unwrap();
    for number in 0..2 {
        let message = Message::text("two teas").property("number", number);
        let sending = async {
            match number {
                0 => producer.send(message).await,
                _ => producer.enqueue(message).await?.await,
            }
        };
        let (refused, ()) = tokio::join!(sending, async {
            let command = peer.read_until(is_message).await;
            peer.refuse(&command, "javax.jms.ResourceAllocationException", "full").await;
        });
        let error = refused.unwrap_err();
        assert!(error.is_retryable(), "{error}");
        let sending = producer.send(error.into_message());
        let (receipt, again) = tokio::join!(sending, peer.answer_until(is_message));
        let Command::Message(again) = again else { panic!("{again:?}") };
        assert_eq!(again.body_text().unwrap().unwrap(), "two teas");
        assert_eq!(again.property("number").unwrap(), Some(number.into()));
        // The receipt names the message by the id that it has on the wire.
        assert_eq!(receipt.unwrap().message_id(), again.message_id.as_ref());
    }
}

/// A broker that does not read used to be waited for with a thousand messages, of whatever size.
#[tokio::test]
async fn what_waits_without_confirmation_is_bounded_in_bytes() {
    let broker = Broker::bind().await;
    let builder = Connection::builder(broker.uri()).send_timeout(Duration::from_millis(200));
    let (connection, mut peer) = tokio::join!(builder.connect(), broker.accept_login());
    let connection = connection.unwrap();
    let opening = connection.producer("q").persistent(false).build();
    let (producer, _) =
        tokio::join!(opening, peer.answer_until(|it| matches!(it, Command::ProducerInfo(_))));
    let producer = producer.unwrap();
    // All of them share one body.
    let message = vec_message(1 << 20);
    let mut accepted = 0;
    let error = loop {
        match soon(producer.send(message.clone())).await {
            Ok(_) => accepted += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(error.outcome(), SendOutcome::NotSent);
    assert!(accepted < 100, "{accepted} MiB wait");
}
