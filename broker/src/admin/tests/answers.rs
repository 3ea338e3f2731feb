//! What a master tells.

use super::*;

#[tokio::test]
async fn a_master_says_what_it_is_and_has() {
    let (broker, address) = master().await;
    send(address, "orders", json!({ "body": "1" })).await;
    let node = get(address, "/api/v1/node").await.json();
    assert_eq!(
        (&node["name"], &node["role"], &node["term"]),
        (&json!("m"), &json!("master"), &json!(1))
    );
    assert_eq!(node["connectors"], json!([broker.url()]));
    assert_eq!(node["store"]["kind"], "memory");
    assert_eq!((&node["peers"], &node["quorum"]), (&json!([]), &Value::Null));
    assert_eq!(node["actionsNeed"], "token");
    let figures = json!({
        "queues": 1, "topics": 0, "messages": 1, "enqueued": 1, "dequeued": 0, "expired": 0,
    });
    assert_eq!(node["figures"], figures);
    assert!(
        node["memory"]["used"].as_u64() > Some(0) && node["memory"]["limit"].as_u64() > Some(0)
    );
    broker.stop().await.unwrap();
}

#[tokio::test]
async fn queues_are_listed_with_their_figures() {
    let (broker, address) = master().await;
    for name in ["b", "a"] {
        send(address, name, json!({ "body": name })).await;
    }
    let lists = get(address, "/api/v1/destinations").await.json();
    let names: Vec<_> = lists["queues"].as_array().unwrap().iter().map(|it| &it["name"]).collect();
    assert_eq!((json!(names), &lists["more"]), (json!(["a", "b"]), &json!(false)));
    assert_eq!(
        (&lists["queues"][0]["depth"], &lists["queues"][0]["enqueued"]),
        (&json!(1), &json!(1))
    );
    let part = get(address, "/api/v1/destinations?limit=1").await.json();
    assert_eq!((part["queues"].as_array().unwrap().len(), &part["more"]), (1, &json!(true)));
    let rest = get(address, "/api/v1/destinations?after=a").await.json();
    assert_eq!(rest["queues"][0]["name"], "b");
    for empty in ["subscriptions", "connections"] {
        let list = get(address, &format!("/api/v1/{empty}")).await.json();
        assert_eq!((&list[empty], &list["more"]), (&json!([]), &json!(false)));
    }
    broker.stop().await.unwrap();
}

#[tokio::test]
async fn messages_are_shown_with_headers_properties_and_body() {
    let (broker, address) = master().await;
    let headers = json!({
        "correlationId": "c", "replyTo": "topic://answers", "type": "t", "priority": 7, "groupId": "g",
    });
    let properties = json!({ "text": "x", "whole": 3, "half": 0.5, "yes": true });
    let said = json!({ "body": "{\"a\": 1}", "properties": properties, "headers": headers });
    send(address, "a%2Fb", said).await;
    send(address, "a%2Fb", json!({ "body": "é".repeat(40_000) })).await;
    let list = get(address, "/api/v1/queues/a%2Fb/messages").await.json();
    let first = &list["messages"][0];
    for (name, value) in headers.as_object().unwrap() {
        assert_eq!(&first[name], value, "{name}");
    }
    assert_eq!((&first["properties"], &first["kind"]), (&properties, &json!("text")));
    let body = json!({ "text": "{\"a\": 1}", "json": { "a": 1 }, "hex": null });
    assert_eq!((&first["body"], &first["cut"]), (&body, &json!(false)));
    let long = &list["messages"][1];
    assert_eq!(
        (&long["cut"], long["body"]["text"].as_str().unwrap().len()),
        (&json!(true), 65_536)
    );
    let page = get(address, "/api/v1/queues/a%2Fb/messages?limit=1").await.json();
    let next = page["next"].as_str().unwrap();
    let rest = get(address, &format!("/api/v1/queues/a%2Fb/messages?after={next}")).await.json();
    assert_eq!((rest["messages"].as_array().unwrap().len(), &rest["next"]), (1, &Value::Null));
    let chosen = "/api/v1/queues/a%2Fb/messages?selector=whole%20%3D%203";
    assert_eq!(get(address, chosen).await.json()["messages"].as_array().unwrap().len(), 1);
    broker.stop().await.unwrap();
}

#[tokio::test]
async fn metrics_have_the_names_of_activemqs_dashboards() {
    let (broker, address) = master().await;
    send(address, "q\"uoted", json!({ "body": "1" })).await;
    let answer = get(address, "/metrics").await;
    assert!(answer.head.contains("content-type: text/plain; version=0.0.4"), "{}", answer.head);
    for line in [
        "relaismq_master 1",
        "activemq_message_total 1",
        "activemq_enqueue_total 1",
        "activemq_connections 0",
        "activemq_queue_queue_size{destination=\"q\\\"uoted\"} 1",
        "activemq_queue_consumer_count{destination=\"q\\\"uoted\"} 0",
    ] {
        assert!(answer.body.lines().any(|it| it == line), "{line}: {}", answer.body);
    }
    for line in answer.body.lines().filter(|line| !line.starts_with('#')) {
        let (_, value) = line.rsplit_once(' ').expect("a value");
        assert!(value.parse::<f64>().is_ok(), "{line}");
    }
    broker.stop().await.unwrap();
}

#[tokio::test]
async fn whoever_listens_is_told_each_second_and_when_the_role_changes() {
    let (broker, address) = master().await;
    let mut listener = Listener::begin(address).await;
    let first = listener.next("figures", |_| true).await;
    assert_eq!((&first["node"]["role"], &first["queues"]), (&json!("master"), &json!([])));
    send(address, "orders", json!({ "body": "1" })).await;
    let later = listener.next("figures", |it| it["queues"] != json!([])).await;
    assert_eq!(later["queues"][0]["name"], "orders");
    broker.stop().await.unwrap();
}

#[tokio::test]
async fn the_page_is_served_with_a_strict_policy() {
    let (broker, address) = master().await;
    let root = get(address, "/").await;
    assert_eq!((root.status, root.head.contains("location: /admin/")), (307, true));
    for (path, kind) in
        [("/admin/", "html"), ("/admin/page.css", "css"), ("/admin/main.js", "javascript")]
    {
        let file = get(address, path).await;
        assert_eq!(file.status, 200, "{path}");
        assert!(
            file.head.contains(&format!("content-type: text/{kind}; charset=utf-8")),
            "{}",
            file.head
        );
        assert!(
            file.head.contains("content-security-policy: default-src 'none';"),
            "{}",
            file.head
        );
        assert!(!file.body.contains("unsafe-inline") && !file.body.contains(" style="), "{path}");
    }
    assert_eq!(
        (get(address, "/healthz").await.status, get(address, "/readyz").await.status),
        (200, 200)
    );
    broker.stop().await.unwrap();
}
