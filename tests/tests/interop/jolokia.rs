//! Monitors ask our broker as they ask ActiveMQ, and are answered alike.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use relaismq::Connection;
use relaismq_tests::{activemq::ActiveMq, ports, relais::Relais};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

const SOON: Duration = Duration::from_secs(30);
const BROKER: &str = "org.apache.activemq:type=Broker,brokerName=same";

/// One request in JSON, and the answer.
async fn ask(port: u16, path: &str, request: &Value) -> Result<Value> {
    let body = request.to_string();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    let mut socket = TcpStream::connect(("127.0.0.1", port)).await?;
    socket.write_all(format!("{head}{body}").as_bytes()).await?;
    let mut said = String::new();
    timeout(SOON, socket.read_to_string(&mut said)).await.context("no answer")??;
    // Java's answer may come in chunks: the longest line is the JSON.
    let json = said.lines().filter(|line| line.starts_with(['{', '['])).max_by_key(|it| it.len());
    serde_json::from_str(json.with_context(|| said.clone())?).with_context(|| said.clone())
}

/// What does not depend on whose answer it is.
fn essence(answer: &Value) -> Value {
    json!({
        "request": answer["request"],
        "status": answer["status"],
        "error_type": answer["error_type"],
        "value": answer["value"],
    })
}

async fn fill(url: &str) -> Result<Connection> {
    let connection = Connection::builder(url).send_timeout(SOON).connect().await?;
    let producer = connection.producer("jolokia.orders").build().await?;
    for text in ["1", "2", "3"] {
        producer.send(text).await?;
    }
    Ok(connection)
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs ActiveMQ, Jolokia and Java: run tests/run"]
async fn requests_of_monitors_are_answered_as_activemq_answers_them() -> Result<()> {
    let (theirs, ours) = (ports::free()?, ports::free()?);
    let mut activemq = ActiveMq::new().name("same").jolokia(theirs).start().await?;
    let place = format!("127.0.0.1:{ours}");
    let broker = Relais::new().name("same").argument("--admin").argument(&place);
    let mut relais = broker.start().await?;
    let connections = [fill(&activemq.url()?).await?, fill(&relais.url()?).await?];
    let queue = format!("{BROKER},destinationType=Queue,destinationName=jolokia.orders");
    let several = json!(["QueueSize", "EnqueueCount", "DequeueCount", "ConsumerCount", "Name"]);
    let mut differences = Vec::new();
    for request in [
        json!({ "type": "read", "mbean": BROKER, "attribute": "Slave" }),
        json!({ "type": "read", "mbean": BROKER, "attribute": "BrokerName" }),
        json!({ "type": "read", "mbean": BROKER, "attribute": "Persistent", "path": "" }),
        json!({ "type": "read", "mbean": queue, "attribute": "QueueSize" }),
        json!({ "type": "read", "mbean": queue, "attribute": several }),
        json!({ "type": "read", "mbean": format!("{queue}.none"), "attribute": "QueueSize" }),
        json!({ "type": "read", "mbean": queue, "attribute": "NoSuch" }),
        json!({ "type": "read", "mbean": "nonsense" }),
        json!({ "type": "search", "mbean": "org.apache.activemq:destinationType=Queue,*" }),
        json!({
            "type": "read",
            "mbean": "org.apache.activemq:destinationType=Queue,*",
            "attribute": ["QueueSize"],
        }),
        json!({ "type": "read", "mbean": queue, "attribute": ["QueueSize"] }),
        json!({ "type": "nothing" }),
    ] {
        let theirs = essence(&ask(theirs, "/jolokia/", &request).await?);
        let ours = essence(&ask(ours, "/api/jolokia", &request).await?);
        if theirs != ours {
            differences.push(format!("{request}\nActiveMQ: {theirs}\nours:     {ours}"));
        }
    }
    ensure!(differences.is_empty(), "{}", differences.join("\n"));
    for connection in connections {
        connection.close().await;
    }
    relais.stop().await?;
    activemq.stop().await?;
    Ok(())
}
