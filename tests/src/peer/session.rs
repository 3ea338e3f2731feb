//! Sessions of the Java client.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::link::Link;
use super::{AckMode, JmsConsumer, JmsProducer, PeerError, Received, SOON};

/// A session with a Java thread of its own.
#[derive(Debug, Clone)]
pub struct JmsSession {
    link: Arc<Link>,
    name: String,
}

/// What a consumer wants.
#[derive(Debug, Clone, Default)]
pub struct ConsumerOptions {
    /// Such as `queue://A?consumer.prefetchSize=1`; without a scheme it is a queue.
    pub destination: String,
    /// Which messages.
    pub selector: Option<String>,
    /// Makes it a durable subscription of this name.
    pub subscription: Option<String>,
    /// None of the connection's own messages.
    pub no_local: bool,
    /// Messages come as events instead of being received.
    pub listen: bool,
}

impl JmsSession {
    pub(crate) async fn open(
        link: &Arc<Link>,
        connection: &str,
        mode: AckMode,
    ) -> Result<Self, PeerError> {
        let session = Self { link: Arc::clone(link), name: link.fresh_name("session") };
        let fields = json!({ "connection": connection, "name": session.name, "ack": mode.name() });
        session.call("session", fields, SOON).await?;
        Ok(session)
    }

    /// What the commands call it.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// A producer for one destination.
    ///
    /// # Errors
    /// When the client throws.
    pub async fn producer(&self, destination: &str) -> Result<JmsProducer, PeerError> {
        self.new_producer(Some(destination)).await
    }

    /// A producer that is told the destination with each message.
    ///
    /// # Errors
    /// When the client throws.
    pub async fn anonymous_producer(&self) -> Result<JmsProducer, PeerError> {
        self.new_producer(None).await
    }

    async fn new_producer(&self, destination: Option<&str>) -> Result<JmsProducer, PeerError> {
        let name = self.link.fresh_name("producer");
        let fields = json!({ "session": self.name, "name": name, "destination": destination });
        self.call("producer", fields, SOON).await?;
        Ok(JmsProducer::new(self.clone(), name))
    }

    /// A consumer of all messages of one destination.
    ///
    /// # Errors
    /// When the client throws.
    pub async fn consumer(&self, destination: &str) -> Result<JmsConsumer, PeerError> {
        let destination = destination.to_owned();
        self.consumer_with(&ConsumerOptions { destination, ..ConsumerOptions::default() }).await
    }

    /// A consumer.
    ///
    /// # Errors
    /// When the client throws.
    pub async fn consumer_with(&self, options: &ConsumerOptions) -> Result<JmsConsumer, PeerError> {
        let name = self.link.fresh_name("consumer");
        let fields = json!({
            "session": self.name,
            "name": name,
            "destination": options.destination,
            "selector": options.selector,
            "subscription": options.subscription,
            "no_local": options.no_local,
            "listen": options.listen,
        });
        self.call("consumer", fields, SOON).await?;
        Ok(JmsConsumer::new(self.clone(), name))
    }

    /// Looks at a queue's messages without taking them.
    ///
    /// # Errors
    /// When the client throws.
    pub async fn browse(
        &self,
        queue: &str,
        selector: Option<&str>,
    ) -> Result<Vec<Received>, PeerError> {
        let fields = json!({ "session": self.name, "destination": queue, "selector": selector });
        let answer = self.call("browse", fields, SOON).await?;
        let found = answer.as_array().map(|found| found.iter().map(Received::from_json).collect());
        found.flatten().ok_or_else(|| PeerError::Broken(format!("no messages: {answer}")))
    }

    /// Makes a temporary queue and returns its name for [`JmsMessage::reply_to`](super::JmsMessage::reply_to) and others.
    ///
    /// # Errors
    /// When the client throws.
    pub async fn temporary_queue(&self) -> Result<String, PeerError> {
        self.temporary("queue").await
    }

    /// Makes a temporary topic.
    ///
    /// # Errors
    /// When the client throws.
    pub async fn temporary_topic(&self) -> Result<String, PeerError> {
        self.temporary("topic").await
    }

    async fn temporary(&self, kind: &str) -> Result<String, PeerError> {
        let fields = json!({ "session": self.name, "kind": kind });
        let answer = self.call("temporary", fields, SOON).await?;
        Ok(answer.as_str().unwrap_or("").to_owned())
    }

    /// Deletes a temporary destination that this peer made.
    ///
    /// # Errors
    /// When the client throws.
    pub async fn delete_temporary(&self, destination: &str) -> Result<(), PeerError> {
        self.call("delete_temporary", json!({ "destination": destination }), SOON).await.map(drop)
    }

    /// Ends a durable subscription.
    ///
    /// # Errors
    /// When the client throws.
    pub async fn unsubscribe(&self, subscription: &str) -> Result<(), PeerError> {
        let fields = json!({ "session": self.name, "subscription": subscription });
        self.call("unsubscribe", fields, SOON).await.map(drop)
    }

    /// Has the unacknowledged messages delivered again.
    ///
    /// # Errors
    /// When the client throws.
    pub async fn recover(&self) -> Result<(), PeerError> {
        self.perform("recover").await
    }

    /// Commits the transaction.
    ///
    /// # Errors
    /// When the client throws.
    pub async fn commit(&self) -> Result<(), PeerError> {
        self.perform("commit").await
    }

    /// Rolls the transaction back.
    ///
    /// # Errors
    /// When the client throws.
    pub async fn rollback(&self) -> Result<(), PeerError> {
        self.perform("rollback").await
    }

    /// Closes it.
    ///
    /// # Errors
    /// When the client throws.
    pub async fn close(&self) -> Result<(), PeerError> {
        self.call("close", json!({ "name": self.name }), SOON).await.map(drop)
    }

    pub(crate) async fn acknowledge(&self, handle: Value) -> Result<(), PeerError> {
        self.call("acknowledge", json!({ "handle": handle }), SOON).await.map(drop)
    }

    async fn perform(&self, operation: &str) -> Result<(), PeerError> {
        self.call(operation, json!({ "session": self.name }), SOON).await.map(drop)
    }

    pub(crate) async fn call(
        &self,
        operation: &str,
        fields: Value,
        within: Duration,
    ) -> Result<Value, PeerError> {
        self.link.call(&self.name, operation, fields, within).await
    }
}
