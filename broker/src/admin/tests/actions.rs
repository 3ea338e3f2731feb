//! Something is done.

use super::*;

async fn act(address: SocketAddr, what: &str, said: Value) -> Answer {
    post(address, &format!("/api/v1/queues/{what}"), TOKEN, &said).await
}

async fn depth(address: SocketAddr, queue: &str) -> Option<u64> {
    let lists = get(address, "/api/v1/destinations").await.json();
    let queues = lists["queues"].as_array().unwrap();
    queues.iter().find(|it| it["name"] == queue).and_then(|it| it["depth"].as_u64())
}

#[tokio::test]
async fn messages_are_moved_copied_purged_and_their_queue_deleted() {
    let (broker, address) = master().await;
    for number in 0..5 {
        send(address, "a", json!({ "body": "x", "properties": { "number": number } })).await;
    }
    let list = get(address, "/api/v1/queues/a/messages").await.json();
    let id = list["messages"][0]["messageId"].clone();
    let moved = act(address, "a/move", json!({ "messageIds": [id], "to": "b" })).await;
    assert_eq!(moved.json(), json!({ "done": 1 }));
    let copied =
        act(address, "a/copy", json!({ "selector": "number > 2", "to": "queue://b" })).await;
    assert_eq!(copied.json(), json!({ "done": 2 }));
    assert_eq!((depth(address, "a").await, depth(address, "b").await), (Some(4), Some(3)));
    assert_eq!(
        act(address, "a/purge", json!({ "confirm": "a" })).await.json(),
        json!({ "done": 4 })
    );
    assert_eq!(
        act(address, "b/delete", json!({ "confirm": "b" })).await.json(),
        json!({ "done": 3 })
    );
    assert_eq!((depth(address, "a").await, depth(address, "b").await), (Some(0), None));
    broker.stop().await.unwrap();
}

#[tokio::test]
async fn a_dead_letter_is_tried_again() {
    let (broker, address) = master().await;
    // Its time is over: it dies on arrival.
    send(address, "a", json!({ "body": "x", "headers": { "expiration": 1 } })).await;
    assert_eq!(depth(address, "ActiveMQ.DLQ").await, Some(1));
    let retried = act(address, "ActiveMQ.DLQ/retry", json!({ "all": true })).await;
    assert_eq!(retried.json(), json!({ "done": 1 }));
    assert_eq!(
        (depth(address, "a").await, depth(address, "ActiveMQ.DLQ").await),
        (Some(1), Some(0))
    );
    broker.stop().await.unwrap();
}

#[tokio::test]
async fn without_the_token_nothing_is_done() {
    let (broker, address) = master().await;
    let body = json!({ "body": "x" }).to_string();
    for line in [
        "",
        "Authorization: Bearer no\r\n",
        "Authorization: Bearer \r\n",
        "Authorization: Basic YTpi\r\n",
    ] {
        let request = format!(
            "POST /api/v1/queues/a/send HTTP/1.1\r\nHost: localhost\r\n{line}Content-Type: \
             application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        let answer = exchange(address, &request).await;
        assert_eq!(answer.status, 401, "{line}");
        assert!(answer.head.contains("www-authenticate: bearer"), "{}", answer.head);
        assert!(answer.failure().contains("token"), "{answer:?}");
    }
    assert_eq!(depth(address, "a").await, None);
    broker.stop().await.unwrap();
}

#[tokio::test]
async fn what_cannot_be_meant_is_refused_with_a_hint() {
    let (broker, address) = master().await;
    send(address, "a", json!({ "body": "x" })).await;
    for (what, said, status, hint) in [
        ("a/purge", json!({ "confirm": "b" }), 400, "confirm"),
        ("a/delete", json!({}), 422, "operating.md"),
        ("a/move", json!({ "to": "b" }), 400, "selector"),
        ("a/move", json!({ "to": "b", "selector": "colour =" }), 400, "JMS"),
        ("a/move", json!({ "to": "a", "selector": "TRUE" }), 409, "where the messages are"),
        ("a/move", json!({ "to": "b.*", "selector": "TRUE" }), 409, "pattern"),
        ("a/move", json!({ "too": "b" }), 422, "too"),
        ("a/retry", json!({}), 400, "all"),
        ("no/purge", json!({ "confirm": "no" }), 404, "no queue no"),
        ("a/send", json!({ "properties": { "list": [] } }), 400, "text"),
        ("a/send", json!({ "headers": { "priority": 10 } }), 400, "0 to 9"),
    ] {
        let answer = act(address, what, said).await;
        assert_eq!(answer.status, status, "{what}: {answer:?}");
        assert!(answer.failure().contains(hint), "{what}: {answer:?}");
    }
    assert_eq!(depth(address, "a").await, Some(1));
    broker.stop().await.unwrap();
}
