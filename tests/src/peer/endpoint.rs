//! Producers and consumers of the Java client.

use std::time::Duration;

use serde_json::json;

use super::{JmsMessage, JmsSession, PeerError, Received, SOON, SendOptions, Sent};

/// A producer.
#[derive(Debug, Clone)]
pub struct JmsProducer {
    session: JmsSession,
    name: String,
}

impl JmsProducer {
    pub(crate) fn new(session: JmsSession, name: String) -> Self {
        Self { session, name }
    }

    /// Sends a persistent message.
    ///
    /// # Errors
    /// When the client throws.
    pub async fn send(&self, message: &JmsMessage) -> Result<Sent, PeerError> {
        self.send_with(message, &SendOptions::default()).await
    }

    /// Sends a message.
    ///
    /// # Errors
    /// When the client throws.
    pub async fn send_with(
        &self,
        message: &JmsMessage,
        options: &SendOptions,
    ) -> Result<Sent, PeerError> {
        let mut fields = options.to_json();
        if let Some(command) = fields.as_object_mut() {
            command.insert("session".to_owned(), json!(self.session.name()));
            command.insert("producer".to_owned(), json!(self.name));
            command.insert("message".to_owned(), message.to_json());
        }
        let answer = self.session.call("send", fields, SOON).await?;
        Sent::from_json(&answer).ok_or_else(|| PeerError::Broken(format!("not sent: {answer}")))
    }

    /// Closes it.
    ///
    /// # Errors
    /// When the client throws.
    pub async fn close(&self) -> Result<(), PeerError> {
        self.session.call("close", json!({ "name": self.name }), SOON).await.map(drop)
    }
}

/// A consumer.
#[derive(Debug, Clone)]
pub struct JmsConsumer {
    session: JmsSession,
    name: String,
}

impl JmsConsumer {
    pub(crate) fn new(session: JmsSession, name: String) -> Self {
        Self { session, name }
    }

    /// What events call it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The next message, or none within the time; zero does not wait.
    ///
    /// # Errors
    /// When the client throws.
    pub async fn receive(&self, within: Duration) -> Result<Option<Received>, PeerError> {
        let milliseconds = u64::try_from(within.as_millis()).unwrap_or(u64::MAX);
        let fields = json!({ "consumer": self.name, "timeout_ms": milliseconds });
        let answer = self.session.call("receive", fields, within + SOON).await?;
        if answer.is_null() {
            return Ok(None);
        }
        let nonsense = || PeerError::Broken(format!("no message: {answer}"));
        Received::from_json(&answer).map(Some).ok_or_else(nonsense)
    }

    /// Closes it.
    ///
    /// # Errors
    /// When the client throws.
    pub async fn close(&self) -> Result<(), PeerError> {
        self.session.call("close", json!({ "name": self.name }), SOON).await.map(drop)
    }
}
