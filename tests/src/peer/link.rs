//! The pipe to the Java program: calls with answers, and events.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::process::ChildStdin;
use tokio::sync::{Mutex as AsyncMutex, mpsc, oneshot};
use tokio::time::timeout;

use super::{Connect, JmsConnection, Received};
use crate::activemq::Version;
use crate::java::{Java, Tuning};
use crate::process::Process;

/// A running JMS client program. Dropping it ends the program.
#[derive(Debug)]
pub struct JmsPeer {
    link: Arc<Link>,
    events: mpsc::Receiver<Value>,
    _process: Process,
}

/// Why a call did not do what it should.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PeerError {
    /// The client threw an exception.
    #[error("{class}: {message}")]
    Thrown {
        /// Its Java class, such as `javax.jms.JMSException`.
        class: String,
        /// Its message.
        message: String,
    },
    /// No answer came in time.
    #[error("no answer to {operation} within {within:?}")]
    Late {
        /// What was asked.
        operation: String,
        /// How long the call waited.
        within: Duration,
    },
    /// The program or the pipe to it is broken.
    #[error("the peer is gone or talks nonsense: {0}")]
    Broken(String),
}

impl PeerError {
    /// The class of the exception that the client threw.
    #[must_use]
    pub fn class(&self) -> Option<&str> {
        match self {
            Self::Thrown { class, .. } => Some(class),
            Self::Late { .. } | Self::Broken(_) => None,
        }
    }
}

/// Something that happened unasked.
#[derive(Debug, Clone)]
pub struct Event {
    /// `message`, `interrupted`, `resumed`, `transport_failed`, `exception` or `failure`.
    pub kind: String,
    /// The connection or consumer that it happened on, by the name that the handle has.
    pub on: String,
    /// The message, if it is one.
    pub message: Option<Received>,
    /// The event as the program told it.
    pub details: Value,
}

impl JmsPeer {
    /// Starts the program with the client 5.17.2.
    ///
    /// # Errors
    /// When Java is missing or the program cannot be started.
    pub fn start() -> Result<Self, PeerError> {
        Self::start_version(Version::Five)
    }

    /// Starts the program with the client of this version.
    ///
    /// # Errors
    /// When Java or a jar is missing or the program cannot be started.
    pub fn start_version(version: Version) -> Result<Self, PeerError> {
        Self::start_with(version, &[])
    }

    /// The same with properties of the Java virtual machine, such as `javax.net.ssl.trustStore=FILE`.
    ///
    /// # Errors
    /// As for [`Self::start_version`].
    pub fn start_with(version: Version, properties: &[String]) -> Result<Self, PeerError> {
        let broken = |error: anyhow::Error| PeerError::Broken(format!("{error:#}"));
        let java = Java::prepare(version.into()).map_err(broken)?;
        let command = java.command_with("relaismq.peer.JmsPeer", Tuning::QuickStart, properties);
        let mut process = Process::start("JmsPeer", command).map_err(broken)?;
        let (input, lines) = process.take_pipes().map_err(broken)?;
        let link = Arc::new(Link::new(input));
        let (sender, events) = mpsc::channel(EVENTS_IN_HAND);
        tokio::spawn(Arc::clone(&link).read(lines, sender));
        Ok(Self { link, events, _process: process })
    }

    /// Opens and starts a connection without user or client identifier.
    ///
    /// # Errors
    /// When the client throws.
    pub async fn connect(&self, url: &str) -> Result<JmsConnection, PeerError> {
        self.connect_with(&Connect::to(url)).await
    }

    /// Opens and starts a connection.
    ///
    /// # Errors
    /// When the client throws.
    pub async fn connect_with(&self, connect: &Connect) -> Result<JmsConnection, PeerError> {
        JmsConnection::open(&self.link, connect).await
    }

    /// The next event.
    ///
    /// # Errors
    /// When none comes in time.
    pub async fn event(&mut self, within: Duration) -> Result<Event, PeerError> {
        let late = || PeerError::Late { operation: "event".to_owned(), within };
        let details = timeout(within, self.events.recv()).await.map_err(|_| late())?;
        let details = details.ok_or_else(|| PeerError::Broken("it has ended".to_owned()))?;
        let text = |name: &str| details.get(name).and_then(Value::as_str).unwrap_or("").to_owned();
        let message = details.get("message").and_then(Received::from_json);
        Ok(Event { kind: text("event"), on: text("on"), message, details })
    }

    /// The next event of one kind; others are passed over.
    ///
    /// # Errors
    /// When none comes in time.
    pub async fn event_of(&mut self, kind: &str, within: Duration) -> Result<Event, PeerError> {
        let found = async {
            loop {
                match self.event(within).await {
                    Ok(event) if event.kind != kind => {}
                    other => return other,
                }
            }
        };
        let late = |_| PeerError::Late { operation: format!("event {kind}"), within };
        timeout(within, found).await.map_err(late)?
    }
}

/// Sends commands and matches the answers.
#[derive(Debug)]
pub(crate) struct Link {
    input: AsyncMutex<ChildStdin>,
    waiting: Mutex<HashMap<u64, oneshot::Sender<Value>>>,
    next: AtomicU64,
}

impl Link {
    fn new(input: ChildStdin) -> Self {
        let waiting = Mutex::default();
        Self { input: AsyncMutex::new(input), waiting, next: AtomicU64::new(1) }
    }

    /// A name that no other handle has.
    pub(crate) fn fresh_name(&self, kind: &str) -> String {
        format!("{kind}-{}", self.next.fetch_add(1, Ordering::Relaxed))
    }

    /// Has the thread `on` perform an operation and returns what the answer carries.
    pub(crate) async fn call(
        &self,
        on: &str,
        operation: &str,
        mut fields: Value,
        within: Duration,
    ) -> Result<Value, PeerError> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        if let Some(command) = fields.as_object_mut() {
            command.extend(
                [("id", json!(id)), ("on", json!(on)), ("op", json!(operation))]
                    .map(|(name, value)| (name.to_owned(), value)),
            );
        }
        let (sender, receiver) = oneshot::channel();
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).insert(id, sender);
        let answered = async {
            self.write(&fields).await?;
            receiver.await.map_err(|_| PeerError::Broken("it has ended".to_owned()))
        };
        let operation = operation.to_owned();
        let answer = timeout(within, answered).await;
        outcome(&answer.map_err(|_| PeerError::Late { operation, within })??)
    }

    async fn write(&self, command: &Value) -> Result<(), PeerError> {
        let line = format!("{command}\n");
        let mut input = self.input.lock().await;
        let written = async {
            input.write_all(line.as_bytes()).await?;
            input.flush().await
        };
        written.await.map_err(|error| PeerError::Broken(error.to_string()))
    }

    async fn read(self: Arc<Self>, mut lines: mpsc::Receiver<String>, events: mpsc::Sender<Value>) {
        while let Some(line) = lines.recv().await {
            let Ok(said) = serde_json::from_str::<Value>(&line) else { break };
            match said.get("id").and_then(Value::as_u64) {
                Some(id) => self.answer(id, said),
                // Nobody has to look at the events: a full channel drops what is new.
                None => drop(events.try_send(said)),
            }
        }
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn answer(&self, id: u64, said: Value) {
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
        if let Some(caller) = waiting {
            // A caller that gave up does not want it any more.
            drop(caller.send(said));
        }
    }
}

fn outcome(answer: &Value) -> Result<Value, PeerError> {
    let Some(error) = answer.get("error") else {
        return Ok(answer.get("ok").cloned().unwrap_or_default());
    };
    let text = |name: &str| error.get(name).and_then(Value::as_str).unwrap_or("").to_owned();
    Err(PeerError::Thrown { class: text("class"), message: text("message") })
}

/// How long something that must happen may take.
pub const SOON: Duration = Duration::from_secs(20);

/// Events kept for a test that has not asked for them yet.
const EVENTS_IN_HAND: usize = 100_000;
