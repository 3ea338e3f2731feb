//! A consumer, and the broker that it is played by.

use relaismq::{AckMode, Connection, Consumer};
use relaismq_openwire::{Command, ConsumerInfo, Message, MessageAck, MessageId};

use crate::broker::{Broker, Peer};

pub(crate) fn message(number: i64) -> Message {
    Message {
        message_id: Some(MessageId {
            producer_sequence_id: number,
            broker_sequence_id: number,
            ..MessageId::default()
        }),
        ..Message::new_text(&format!("m{number}")).unwrap()
    }
}

pub(crate) async fn consumer(
    broker: &Broker,
    mode: AckMode,
) -> (Connection, Consumer, Peer, Box<ConsumerInfo>) {
    let (connection, mut peer) =
        tokio::join!(Connection::builder(broker.uri()).connect(), broker.accept_login());
    let connection = connection.unwrap();
    let opening = connection.consumer("orders").ack(mode).selector("a = 1").prefetch(10).build();
    let (consumer, info) = tokio::join!(opening, peer.answer_consumer());
    assert_eq!(info.selector.as_deref(), Some("a = 1"));
    assert_eq!(info.prefetch_size, 10);
    (connection, consumer.unwrap(), peer, info)
}

pub(crate) async fn next_ack(peer: &mut Peer) -> MessageAck {
    match peer.read_until(|command| matches!(command, Command::MessageAck(_))).await {
        Command::MessageAck(ack) => *ack,
        other => panic!("{other:?}"),
    }
}
