//! A slave answers, too.

use super::*;
use crate::Role;

#[tokio::test]
async fn a_slave_says_that_it_is_one_and_is_asked_for_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let store = || StoreConfig::File(folder.path().join("store"));
    let first = builder("first", store()).start();
    first.serving().await.unwrap();
    let second = builder("second", store()).start();
    let mut roles = second.roles();
    roles.wait_for(|role| matches!(role, Role::Slave { .. })).await.unwrap();
    let address = second.admin_address().expect("slaves are looked after, too");
    let mut listener = Listener::begin(address).await;
    listener.next("figures", |it| it["node"]["role"] == "slave").await;
    assert_eq!(
        (get(address, "/healthz").await.status, get(address, "/admin/").await.status),
        (200, 200)
    );
    let ready = get(address, "/readyz").await;
    assert_eq!((ready.status, ready.body.starts_with("slave, waiting for")), (503, true));
    let node = get(address, "/api/v1/node").await.json();
    assert_eq!(
        (&node["role"], &node["term"], &node["figures"]),
        (&json!("slave"), &Value::Null, &Value::Null)
    );
    assert!(node["says"].as_str().unwrap().contains("ports are closed"), "{node}");
    let metrics = get(address, "/metrics").await.body;
    assert!(metrics.contains("relaismq_master 0\n") && !metrics.contains("activemq_"), "{metrics}");
    for path in ["destinations", "subscriptions", "connections", "queues/a/messages"] {
        let answer = get(address, &format!("/api/v1/{path}")).await;
        assert_eq!(answer.status, 503, "{path}");
        assert!(answer.failure().contains("not the master"), "{answer:?}");
    }
    let sent = post(address, "/api/v1/queues/a/send", TOKEN, &json!({ "body": "x" })).await;
    assert_eq!(sent.status, 503);
    first.stop().await.unwrap();
    listener.next("role", |it| it["role"] == "master").await;
    assert_eq!(get(address, "/readyz").await.status, 200);
    send(address, "a", json!({ "body": "x" })).await;
    second.stop().await.unwrap();
}
