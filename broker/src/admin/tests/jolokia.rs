//! Monitors that know ActiveMQ ask as they always do.

use super::*;

const BROKER: &str = "org.apache.activemq:type=Broker,brokerName=m";

#[tokio::test]
async fn beans_are_read_by_path_by_json_and_several_at_once() {
    let (broker, address) = master().await;
    send(address, "orders.new", json!({ "body": "1" })).await;
    let slave = get(address, &format!("/api/jolokia/read/{BROKER}/Slave")).await.json();
    assert_eq!((&slave["value"], &slave["status"]), (&json!(false), &json!(200)));
    let canonical = "org.apache.activemq:brokerName=m,type=Broker";
    assert_eq!(
        slave["request"],
        json!({ "type": "read", "mbean": canonical, "attribute": "Slave" })
    );
    assert!(slave["timestamp"].as_u64() > Some(1_700_000_000));
    let queue = format!("{BROKER},destinationType=Queue,destinationName=orders.new");
    let bulk = json!([
        { "type": "read", "mbean": BROKER, "attribute": ["TotalMessageCount", "NoSuch"] },
        { "type": "read", "mbean": queue, "attribute": "QueueSize" },
        { "type": "search", "mbean": "org.apache.activemq:destinationType=Queue,*" },
        { "type": "version" },
        { "type": "exec", "mbean": queue, "operation": "purge" },
        { "type": "read", "mbean": "java.lang:type=Memory" },
        { "type": "read", "mbean": "nonsense" },
    ]);
    let answers = post(address, "/api/jolokia", TOKEN, &bulk).await.json();
    assert_eq!(answers[0]["value"], json!({ "TotalMessageCount": 1 }));
    assert_eq!(answers[1]["value"], 1);
    let canonical = "org.apache.activemq:brokerName=m,destinationName=orders.new,destinationType=Queue,type=Broker";
    assert_eq!(answers[2]["value"], json!([canonical]));
    assert!(answers[3]["value"]["agent"].is_string());
    let statuses: Vec<_> = (4..7).map(|place| answers[place]["status"].as_u64().unwrap()).collect();
    assert_eq!(statuses, [403, 404, 400]);
    assert_eq!(answers[5]["error_type"], "javax.management.InstanceNotFoundException");
    broker.stop().await.unwrap();
}

#[tokio::test]
async fn a_bulk_that_is_too_large_is_refused_rather_than_cut_off() {
    let (broker, address) = master().await;
    let bulk = |size: usize| Value::Array(vec![json!({ "type": "version" }); size]);
    let all = post(address, "/api/jolokia", TOKEN, &bulk(200)).await.json();
    assert_eq!(all.as_array().map(Vec::len), Some(200));
    let refused = post(address, "/api/jolokia", TOKEN, &bulk(201)).await.json();
    assert_eq!(refused["status"], 400, "{refused}");
    broker.stop().await.unwrap();
}

#[tokio::test]
async fn a_pattern_reads_all_that_it_covers() {
    let (broker, address) = master().await;
    for name in ["a", "b:c"] {
        send(address, name, json!({ "body": "1" })).await;
    }
    let pattern =
        "org.apache.activemq:type=Broker,brokerName=*,destinationType=Queue,destinationName=*";
    let path = format!("/api/jolokia/read/{pattern}/QueueSize?canonicalNaming=false");
    let value = get(address, &path).await.json()["value"].clone();
    let name = |queue: &str| format!("{BROKER},destinationType=Queue,destinationName={queue}");
    assert_eq!(value, json!({ name("a"): { "QueueSize": 1 }, name("b_c"): { "QueueSize": 1 } }));
    let one = get(address, &format!("/api/jolokia/read/{}/Name", name("b_c"))).await.json();
    assert_eq!(one["value"], "b:c");
    let list = get(address, "/api/jolokia/list/org.apache.activemq").await.json();
    assert_eq!(list["value"].as_object().unwrap().len(), 4, "{list}");
    broker.stop().await.unwrap();
}
