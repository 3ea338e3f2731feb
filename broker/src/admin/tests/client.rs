//! A small HTTP client that can also do what none should.

use std::{net::SocketAddr, time::Duration};

use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    time::timeout,
};

/// Everything in these tests is done by then, or they fail.
pub(super) const DEADLINE: Duration = Duration::from_secs(30);

/// An answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// In small letters.
    pub(super) head: String,
    pub(super) body: String,
}

impl Answer {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// What is wrong, and what to do.
    pub(super) fn failure(&self) -> String {
        let words = self.json();
        let word = |name: &str| words[name].as_str().expect("a word").to_owned();
        assert!(!word("error").is_empty() && !word("hint").is_empty(), "{self:?}");
        format!("{}: {}", word("error"), word("hint"))
    }
}

pub(super) async fn get(address: SocketAddr, path: &str) -> Answer {
    get_with(address, path, "Host: localhost\r\n").await
}

/// With these lines in the head.
pub(super) async fn get_with(address: SocketAddr, path: &str, head: &str) -> Answer {
    exchange(address, &format!("GET {path} HTTP/1.1\r\n{head}Connection: close\r\n\r\n")).await
}

pub(super) async fn post(address: SocketAddr, path: &str, token: &str, body: &Value) -> Answer {
    let body = body.to_string();
    let head = format!(
        "Host: localhost\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n",
        body.len()
    );
    exchange(address, &format!("POST {path} HTTP/1.1\r\n{head}\r\n{body}")).await
}

/// Says this, and reads to the end.
pub(super) async fn exchange(address: SocketAddr, request: &str) -> Answer {
    let mut socket = TcpStream::connect(address).await.expect("it listens");
    socket.write_all(request.as_bytes()).await.expect("it reads");
    let mut said = String::new();
    let read =
        timeout(DEADLINE, socket.read_to_string(&mut said)).await.expect("an answer in time");
    read.expect("an answer");
    let (head, body) = said.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {said:?}"));
    let status = head.split(' ').nth(1).and_then(|it| it.parse().ok()).expect("a status");
    Answer { status, head: head.to_ascii_lowercase(), body: body.to_owned() }
}

/// Somebody who listens for events.
pub(super) struct Listener(BufReader<TcpStream>);

impl Listener {
    pub(super) async fn begin(address: SocketAddr) -> Self {
        let mut socket = TcpStream::connect(address).await.expect("it listens");
        let request = "GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n";
        socket.write_all(request.as_bytes()).await.expect("it reads");
        Self(BufReader::new(socket))
    }

    /// What comes with the next event of this name that fits.
    pub(super) async fn next(&mut self, name: &str, fits: impl Fn(&Value) -> bool) -> Value {
        let found = async {
            loop {
                if self.line().await != format!("event: {name}") {
                    continue;
                }
                let line = self.line().await;
                let data = line.strip_prefix("data: ").expect("data follows");
                let data: Value = serde_json::from_str(data).expect("JSON");
                if fits(&data) {
                    return data;
                }
            }
        };
        timeout(DEADLINE, found).await.expect("the event in time")
    }

    async fn line(&mut self) -> String {
        let mut line = String::new();
        assert!(self.0.read_line(&mut line).await.expect("a line") > 0, "the stream has ended");
        line.trim_end().to_owned()
    }
}
