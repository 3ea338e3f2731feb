//! What `consumer` receives, and what it says about it.

use relaismq::{Connection, Message};
use relaismq_broker::Broker;

use crate::{
    CONSUMER, PRODUCER,
    support::{failover, memory_broker, run, run_on},
};

const EVERYTHING: [&str; 3] = ["--messageCount=0", "--timeout=1", "--json"];

/// Sends messages with these numbers.
async fn send_numbers(broker: &Broker, numbers: &[i64]) {
    let connection = Connection::builder(failover(broker)).connect().await.unwrap();
    let producer = connection.producer("TEST").build().await.unwrap();
    for &number in numbers {
        let message = Message::text("x").property("RelaisRun", "r");
        producer.send(message.property("RelaisNumber", number)).await.unwrap();
    }
    connection.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_or_doubled_is_said_and_fails() {
    let broker = memory_broker().await;
    send_numbers(&broker, &[0, 1, 1, 3]).await;
    let ended = run_on(&broker, CONSUMER, &["--messageCount", "4", "--json"]).await.expect(3);
    let json = ended.json();
    let fields: Vec<_> = json.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(fields, ["duplicates", "elapsed_s", "missing", "received", "redelivered"]);
    let counts = ["received", "missing", "duplicates", "redelivered"].map(|it| json[it].as_u64());
    assert_eq!(counts, [Some(4), Some(1), Some(1), Some(0)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gap_alone_fails_but_not_if_a_selector_made_it() {
    let broker = memory_broker().await;
    for (arguments, status) in [(&[][..], 3), (&["--selector", "RelaisNumber <> 1"], 0)] {
        send_numbers(&broker, &[0, 2]).await;
        let arguments = [&["--messageCount", "2"], arguments].concat();
        run_on(&broker, CONSUMER, &arguments).await.expect(status);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_consumers_in_turn_miss_nothing() {
    let broker = memory_broker().await;
    run_on(&broker, PRODUCER, &["--messageCount", "20"]).await.expect(0);
    for _ in 0..2 {
        run_on(&broker, CONSUMER, &["--messageCount", "10"]).await.expect(0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_selector_leaves_the_rest_in_the_queue() {
    let broker = memory_broker().await;
    run_on(&broker, PRODUCER, &["--messageCount", "10"]).await.expect(0);
    let selected = [&EVERYTHING[..], &["--selector", "RelaisNumber >= 7"]].concat();
    assert_eq!(run_on(&broker, CONSUMER, &selected).await.expect(0).json()["received"], 3);
    assert_eq!(run_on(&broker, CONSUMER, &EVERYTHING).await.expect(0).json()["received"], 7);
}

/// ActiveMQ's command stops silently with a NullPointerException on an idle batch boundary.
#[tokio::test(flavor = "multi_thread")]
async fn the_last_batch_is_acknowledged_in_every_mode() {
    let broker = memory_broker().await;
    let modes = ["client_acknowledge", "AUTO_ACKNOWLEDGE", "dups_ok", "individual"];
    let mut ways: Vec<Vec<&str>> = modes.iter().map(|mode| vec!["--ackMode", mode]).collect();
    ways.push(vec!["--transacted", "true"]);
    for way in ways {
        for messages in ["25", "20"] {
            run_on(&broker, PRODUCER, &["--messageCount", messages]).await.expect(0);
            let arguments = [&EVERYTHING[..], &way, &["--batchSize", "10"]].concat();
            let json = run_on(&broker, CONSUMER, &arguments).await.expect(0).json();
            assert_eq!(json["received"].to_string(), messages, "{way:?}");
            let json = run_on(&broker, CONSUMER, &EVERYTHING).await.expect(0).json();
            assert_eq!(json["received"], 0, "{way:?} left messages");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_durable_subscription_keeps_what_comes_while_nobody_listens() {
    let broker = memory_broker().await;
    let topic = ["--destination", "topic://NEWS"];
    let durable = [&topic[..], &["--durable", "--clientId", "desk-7"], &EVERYTHING].concat();
    assert_eq!(run_on(&broker, CONSUMER, &durable).await.expect(0).json()["received"], 0);
    let three = [&topic[..], &["--messageCount", "3"]].concat();
    run_on(&broker, PRODUCER, &three).await.expect(0);
    assert_eq!(run_on(&broker, CONSUMER, &durable).await.expect(0).json()["received"], 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_durable_subscription_that_is_deleted_keeps_nothing() {
    let broker = memory_broker().await;
    let topic = ["--destination", "topic://NEWS"];
    let client = ["--clientId", "desk-7"];
    let durable = [&topic[..], &client, &["--durable"], &EVERYTHING].concat();
    run_on(&broker, CONSUMER, &durable).await.expect(0);
    run_on(&broker, PRODUCER, &[&topic[..], &["--messageCount", "3"]].concat()).await.expect(0);
    let ended = run_on(&broker, CONSUMER, &[&client[..], &["--unsubscribe"]].concat()).await;
    let ended = ended.expect(0);
    assert!(ended.stderr.contains("deleted the durable subscription consumer-1"), "{ended:?}");
    assert_eq!(run_on(&broker, CONSUMER, &durable).await.expect(0).json()["received"], 0);
    let unknown = ["--unsubscribe", "--clientId", "nobody"];
    let ended = run_on(&broker, CONSUMER, &unknown).await.expect(1);
    assert!(ended.stderr.contains("the durable subscription consumer-1"), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_uri_asks_for_in_vain_is_said_at_the_start() {
    let broker = memory_broker().await;
    let uri = format!("{}?trackMessages=true", failover(&broker));
    let arguments = ["--brokerUrl", &uri, "--messageCount=0", "--timeout=1"];
    let ended = run(CONSUMER, &arguments).await.expect(0);
    assert!(ended.stderr.contains("trackMessages has no effect here"), "{ended:?}");
}
