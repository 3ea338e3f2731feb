//! A broker that goes away and comes back while the programs run.

use std::path::Path;

use relaismq_broker::{Broker, StoreConfig};

use crate::{
    CONSUMER, PRODUCER,
    support::{ReservedPort, Running, on, run_on, serving},
};

async fn broker(folder: &Path, port: &ReservedPort) -> Broker {
    let address = format!("tcp://127.0.0.1:{}", port.number()).parse().unwrap();
    let store = StoreConfig::File(folder.to_owned());
    serving(Broker::builder().listen(address).store(store)).await
}

async fn restart(broker: Broker, folder: &Path, port: &ReservedPort) -> Broker {
    broker.stop().await.unwrap();
    self::broker(folder, port).await
}

const EVERYTHING: [&str; 3] = ["--messageCount=0", "--timeout=1", "--json"];

/// The transaction that was open is rolled back, and its messages do not count.
#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_a_broker_took_along_is_received_again() {
    let (folder, port) = (tempfile::tempdir().unwrap(), ReservedPort::take());
    let first = broker(folder.path(), &port).await;
    run_on(&first, PRODUCER, &["--messageCount", "5", "--message", "early"]).await.expect(0);
    let arguments = ["--transacted", "--batchSize=10", "--messageCount=10", "--print", "--json"];
    let mut consumer = Running::start(CONSUMER, &on(&first, &arguments));
    for _ in 0..5 {
        consumer.printed("early").await;
    }
    let second = restart(first, folder.path(), &port).await;
    run_on(&second, PRODUCER, &["--messageCount", "5", "--message", "late"]).await.expect(0);
    let ended = consumer.end().await.expect(0);
    assert!(ended.json()["received"].as_u64().unwrap() >= 15, "{ended:?}");
    assert_eq!(ended.json()["missing"], 0);
    assert_eq!(run_on(&second, CONSUMER, &EVERYTHING).await.expect(0).json()["received"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_producer_sends_its_transaction_again_without_a_gap() {
    for batch in ["0", "10"] {
        let (folder, port) = (tempfile::tempdir().unwrap(), ReservedPort::take());
        let first = broker(folder.path(), &port).await;
        let arguments = ["--message", "-", "--transactionBatchSize", batch, "--json"];
        let mut producer = Running::start(PRODUCER, &on(&first, &arguments));
        producer.write_line(&"line\n".repeat(14)).await;
        // At least one message or transaction got through.
        run_on(&first, CONSUMER, &["--messageCount", "10"]).await.expect(0);
        let second = restart(first, folder.path(), &port).await;
        producer.reported("resumed").await;
        producer.write_line(&"line\n".repeat(13)).await;
        producer.stdin.take();
        let sent = producer.end().await.expect(0).json();
        // Each batch of lines has an empty one at its end.
        assert_eq!((&sent["confirmed"], &sent["unknown"]), (&29.into(), &0.into()), "{sent}");
        let received = run_on(&second, CONSUMER, &EVERYTHING).await.expect(0).json();
        assert_eq!((&received["received"], &received["missing"]), (&19.into(), &0.into()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_was_not_sent_in_time_is_tried_again_and_leaves_no_gap() {
    let (folder, port) = (tempfile::tempdir().unwrap(), ReservedPort::take());
    let first = broker(folder.path(), &port).await;
    let uri = format!("failover:({})?jms.sendTimeout=2000&maxReconnectDelay=100", first.url());
    let arguments = ["--brokerUrl", &uri, "--message", "-", "--json"];
    let mut producer = Running::start(PRODUCER, &arguments);
    producer.write_line("one").await;
    run_on(&first, CONSUMER, &["--messageCount", "1"]).await.expect(0);
    first.stop().await.unwrap();
    producer.reported("lost").await;
    producer.write_line("two").await;
    producer.reported("sent again").await;
    let second = broker(folder.path(), &port).await;
    producer.write_line("three").await;
    producer.stdin.take();
    let sent = producer.end().await.expect(0).json();
    assert_eq!((&sent["sent"], &sent["confirmed"]), (&3.into(), &3.into()), "{sent}");
    let received = run_on(&second, CONSUMER, &EVERYTHING).await.expect(0).json();
    assert_eq!((&received["received"], &received["missing"]), (&2.into(), &0.into()));
}
