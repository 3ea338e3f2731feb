//! Connections of the Java client.

use std::sync::Arc;

use serde_json::{Value, json};

use super::link::Link;
use super::{AckMode, JmsSession, PeerError, SOON};

/// How to connect.
#[derive(Debug, Clone)]
pub struct Connect {
    fields: Value,
}

impl Connect {
    /// To this URL, failover URLs and options of the Java client included.
    #[must_use]
    pub fn to(url: &str) -> Self {
        Self { fields: json!({ "url": url }) }
    }

    /// As this user.
    #[must_use]
    pub fn login(self, user: &str, password: &str) -> Self {
        self.with("user", user).with("password", password)
    }

    /// With this client identifier.
    #[must_use]
    pub fn client_id(self, id: &str) -> Self {
        self.with("client_id", id)
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        if let Some(fields) = self.fields.as_object_mut() {
            fields.insert(name.to_owned(), value.into());
        }
        self
    }
}

/// A started connection.
#[derive(Debug, Clone)]
pub struct JmsConnection {
    link: Arc<Link>,
    name: String,
    broker: String,
    client_id: String,
}

impl JmsConnection {
    pub(crate) async fn open(link: &Arc<Link>, connect: &Connect) -> Result<Self, PeerError> {
        let name = link.fresh_name("connection");
        let fields = connect.clone().with("name", &name).fields;
        let answer = link.call(&name, "connect", fields, SOON).await?;
        let text = |field: &str| answer.get(field).and_then(Value::as_str).unwrap_or("").to_owned();
        Ok(Self {
            link: Arc::clone(link),
            broker: text("broker"),
            client_id: text("client_id"),
            name,
        })
    }

    /// What events call it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name that the broker gave itself.
    #[must_use]
    pub fn broker(&self) -> &str {
        &self.broker
    }

    /// Its client identifier, chosen by the client if not by us.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// Opens a session.
    ///
    /// # Errors
    /// When the client throws.
    pub async fn session(&self, mode: AckMode) -> Result<JmsSession, PeerError> {
        JmsSession::open(&self.link, &self.name, mode).await
    }

    /// Deletes a destination from the broker.
    ///
    /// # Errors
    /// When the client throws.
    pub async fn delete(&self, destination: &str) -> Result<(), PeerError> {
        self.call("delete", json!({ "connection": self.name, "destination": destination })).await
    }

    /// Stops deliveries.
    ///
    /// # Errors
    /// When the client throws.
    pub async fn stop(&self) -> Result<(), PeerError> {
        self.call("stop", json!({ "connection": self.name })).await
    }

    /// Starts deliveries again.
    ///
    /// # Errors
    /// When the client throws.
    pub async fn start(&self) -> Result<(), PeerError> {
        self.call("start", json!({ "connection": self.name })).await
    }

    /// Closes it.
    ///
    /// # Errors
    /// When the client throws.
    pub async fn close(&self) -> Result<(), PeerError> {
        self.call("close", json!({ "name": self.name })).await
    }

    async fn call(&self, operation: &str, fields: Value) -> Result<(), PeerError> {
        self.link.call(&self.name, operation, fields, SOON).await.map(drop)
    }
}
