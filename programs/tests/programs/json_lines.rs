//! `--json`, and messages as lines of JSON.

use relaismq::Connection;
use serde_json::json;
use tokio::io::AsyncWriteExt;

use crate::{
    CONSUMER, PRODUCER, scenarios,
    support::{Ended, Running, failover, memory_broker, on, run_on},
};

const EVERYTHING: [&str; 4] = ["--messageCount=0", "--timeout=1", "--print", "json"];

#[tokio::test(flavor = "multi_thread")]
async fn with_json_every_program_prints_json_and_nothing_else() {
    let broker = memory_broker().await;
    let produced = run_on(&broker, PRODUCER, &["--messageCount=3", "--json"]).await.expect(0);
    assert_eq!(produced.json_lines().len(), 1);
    let arguments = ["--messageCount=3", "--json", "--print"];
    let consumed = run_on(&broker, CONSUMER, &arguments).await.expect(0);
    let lines = consumed.json_lines();
    assert_eq!(lines.len(), 4, "each message and the summary");
    assert_eq!((&lines[0]["text"], &lines[3]["received"]), (&"test message: 0".into(), &3.into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_and_typed_properties_of_the_command_line_arrive() {
    let broker = memory_broker().await;
    let arguments = [
        "--messageCount=1",
        "--message=two teas",
        "--property=region=EU",
        "--property",
        "cups:int=2",
        "--property",
        "weight:long=5",
        "--property",
        "hot:boolean=true",
        "--correlationId=order-7",
        "--replyTo",
        "topic://answers",
        "--type=order",
        "--msgGroupID=g",
        "--messagePriority=7",
        "--persistent=false",
    ];
    run_on(&broker, PRODUCER, &arguments).await.expect(0);
    let received = run_on(&broker, CONSUMER, &EVERYTHING).await.expect(0).json_lines();
    let [line] = &received[..] else { panic!("{received:?}") };
    for (name, value) in [
        ("text", json!("two teas")),
        ("correlationId", json!("order-7")),
        ("replyTo", json!("topic://answers")),
        ("type", json!("order")),
        ("groupId", json!("g")),
        ("priority", json!(7)),
        ("persistent", json!(false)),
        ("destination", json!("queue://TEST")),
        ("deliveryCount", json!(1)),
    ] {
        assert_eq!(line[name], value, "{name}: {line}");
    }
    let properties = &line["properties"];
    assert_eq!(properties["region"], "EU");
    assert_eq!(properties["cups"], 2);
    assert_eq!(properties["weight"], json!({ "long": 5 }));
    assert_eq!(properties["hot"], true);
    assert!(line["id"].as_str().unwrap().starts_with("ID:"));
}

/// Sends one message of each kind, with a property of each type.
async fn send_one_of_each_kind(uri: &str) {
    let connection = Connection::builder(uri).connect().await.unwrap();
    scenarios::send_one_of_each_kind(&connection, "TEST").await;
    connection.close().await;
}

/// What a message is, apart from what the broker and the numbering give it.
fn lasting(lines: &Ended) -> Vec<serde_json::Value> {
    let mut lines = lines.json_lines();
    for line in &mut lines {
        let line = line.as_object_mut().unwrap();
        for name in ["id", "destination", "timestamp"] {
            assert!(line.remove(name).is_some(), "{name}: {line:?}");
        }
        let properties = line["properties"].as_object_mut().unwrap();
        properties.retain(|name, _| !name.starts_with("Relais"));
    }
    lines
}

#[tokio::test(flavor = "multi_thread")]
async fn what_consumer_prints_producer_sends_again_with_all_its_types() {
    let broker = memory_broker().await;
    send_one_of_each_kind(&failover(&broker)).await;
    let first = run_on(&broker, CONSUMER, &EVERYTHING).await.expect(0);
    assert_eq!(first.stdout.lines().count(), 6);
    let arguments = ["--input", "json", "--destination", "COPY", "--json"];
    let mut producer = Running::start(PRODUCER, &on(&broker, &arguments));
    producer.stdin.take().unwrap().write_all(first.stdout.as_bytes()).await.unwrap();
    assert_eq!(producer.end().await.expect(0).json()["confirmed"], 6);
    let copy = [&EVERYTHING[..], &["--destination", "COPY"]].concat();
    let second = run_on(&broker, CONSUMER, &copy).await.expect(0);
    assert_eq!(lasting(&first), lasting(&second));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_is_no_message_is_named_and_those_before_it_are_sent() {
    let broker = memory_broker().await;
    let mut producer = Running::start(PRODUCER, &on(&broker, &["--input", "json", "--json"]));
    producer.write_line(r#"{"text":"one"}"#).await;
    producer.write_line(r#"{"txt":"two"}"#).await;
    let ended = producer.end().await.expect(1);
    assert!(ended.stderr.contains("line 2 of standard input: unknown field `txt`"), "{ended:?}");
    assert_eq!(ended.json()["confirmed"], 1);
}
