//! The DevTools protocol: JSON over a web socket, a command and its answer at a time.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async, tungstenite::Message};

/// A link to one page.
#[derive(Debug)]
pub(super) struct Link {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    session: Option<String>,
    last: u64,
    /// Exceptions, and what its policy has refused.
    complaints: Vec<String>,
}

const PATIENCE: Duration = Duration::from_secs(60);

impl Link {
    /// To a new page of the browser at this address.
    pub(super) async fn open(address: &str) -> Result<Self> {
        let (socket, _) = connect_async(address).await?;
        let mut link = Self { socket, session: None, last: 0, complaints: Vec::new() };
        let target = link.command("Target.createTarget", json!({ "url": "about:blank" })).await?;
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        let attached = link.command("Target.attachToTarget", attach).await?;
        link.session = attached["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Runtime", "Log"] {
            link.command(&format!("{domain}.enable"), json!({})).await?;
        }
        Ok(link)
    }

    pub(super) async fn command(&mut self, method: &str, params: Value) -> Result<Value> {
        let answered = timeout(PATIENCE, self.exchange(method, params)).await;
        answered.with_context(|| format!("no answer to {method}"))?
    }

    /// What the page complained of until now.
    pub(super) fn complaints(&self) -> &[String] {
        &self.complaints
    }

    async fn exchange(&mut self, method: &str, params: Value) -> Result<Value> {
        self.last += 1;
        let mut command = json!({ "id": self.last, "method": method, "params": params });
        if let Some(session) = &self.session {
            command["sessionId"] = json!(session);
        }
        self.socket.send(Message::text(command.to_string())).await?;
        loop {
            let mut said = self.next().await?;
            if said["id"] == self.last {
                if !said["error"].is_null() {
                    bail!("{method}: {}", said["error"]);
                }
                return Ok(said["result"].take());
            }
            self.note(&said);
        }
    }

    async fn next(&mut self) -> Result<Value> {
        loop {
            let message = self.socket.next().await.context("chromium has gone")??;
            if let Message::Text(text) = message {
                return Ok(serde_json::from_str(&text)?);
            }
        }
    }

    /// A status that says no is an answer, and no complaint.
    fn note(&mut self, event: &Value) {
        let params = &event["params"];
        match event["method"].as_str() {
            Some("Runtime.exceptionThrown") => {
                self.complaints.push(params["exceptionDetails"].to_string());
            }
            Some("Log.entryAdded") if params["entry"]["source"] != "network" => {
                self.complaints.push(params["entry"]["text"].to_string());
            }
            _ => {}
        }
    }
}
