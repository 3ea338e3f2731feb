//! Transactions, as far as their requests go different ways.

use futures::FutureExt;
use relaismq::Connection;
use relaismq_openwire::{Command, TransactionInfo};

use crate::broker::{Broker, Peer, soon};
use crate::consuming::message;

/// The end of a transaction, and how many messages came before it.
async fn next_end(peer: &mut Peer) -> (i8, usize) {
    let mut messages = 0;
    loop {
        let command = soon(peer.next()).await.expect("more commands");
        peer.answer(&command).await;
        match command {
            Command::Message(_) => messages += 1,
            Command::TransactionInfo(info) if info.transaction_type != TransactionInfo::BEGIN => {
                return (info.transaction_type, messages);
            }
            _ => {}
        }
    }
}

/// The rollback overtook what had been sent before it, which then belonged to the next transaction.
#[tokio::test]
async fn giving_a_message_back_rolls_back_what_was_sent_before() {
    let broker = Broker::bind().await;
    let (connection, mut peer) =
        tokio::join!(Connection::builder(broker.uri()).connect(), broker.accept_login());
    let session = connection.unwrap().transacted_session().await.unwrap();
    let (consumer, info) = tokio::join!(session.consumer("orders").build(), peer.answer_consumer());
    let mut consumer = consumer.unwrap();
    peer.dispatch(&info, message(1)).await;
    let delivery = soon(consumer.receive()).await.unwrap();
    let producer = session.producer("answers").build();
    let opened = |command: &Command| matches!(command, Command::ProducerInfo(_));
    let (producer, _) = tokio::join!(producer, peer.answer_until(opened));
    let producer = producer.unwrap();
    assert!(producer.send("x").now_or_never().is_some(), "it is handed over at once");
    let (given_back, end) = tokio::join!(consumer.give_back(&delivery), next_end(&mut peer));
    given_back.unwrap();
    assert_eq!(end, (TransactionInfo::ROLLBACK, 1));
}
