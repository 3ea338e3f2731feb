//! Connecting.

use std::time::Duration;

use relaismq_openwire::Destination;
use tokio::runtime::Handle;

use super::Connection;
use crate::error::ConnectError;
use crate::options::{ConnectOptions, RedeliveryPolicy, TlsOptions};
use crate::trace::{TraceContext, TraceSource};
use crate::uri::{BrokerUri, UriError, UriWarning, UriWarningKind};

/// Options of a connection that is about to be made. What is set here wins over the URI.
///
/// There is a method for what most applications need; all options are in [`ConnectOptions`], see
/// [`configure`](Self::configure). Passwords never show in `Debug`.
#[derive(Clone, Debug)]
#[must_use = "nothing happens before connect()"]
pub struct ConnectionBuilder {
    options: Result<ConnectOptions, UriError>,
    warnings: Vec<UriWarning>,
    runtime: Option<Handle>,
}

impl ConnectionBuilder {
    pub(super) fn from_uri(uri: &str) -> Self {
        match BrokerUri::parse(uri) {
            Ok(uri) => {
                let warnings = uri.warnings().to_vec();
                Self { options: Ok(uri.into_options()), warnings, runtime: None }
            }
            Err(error) => Self { options: Err(error), warnings: Vec::new(), runtime: None },
        }
    }

    pub(super) const fn from_options(options: ConnectOptions) -> Self {
        Self { options: Ok(options), warnings: Vec::new(), runtime: None }
    }

    /// What the URI says that has no effect here, or is probably not what was meant. Connecting logs
    /// it, once.
    #[must_use]
    pub fn uri_warnings(&self) -> &[UriWarning] {
        &self.warnings
    }

    /// User name and password for the login. Default: none.
    pub fn credentials(self, user: impl Into<String>, password: impl Into<String>) -> Self {
        self.configure(|options| options.credentials(user, password))
    }

    /// What the connection is called in the spans of `tracing`, and in the label `connection` of metrics.
    /// Brokers do not hear of it. Default: nothing.
    pub fn name(self, name: impl Into<String>) -> Self {
        self.configure(|mut options| {
            options.identity.name = Some(name.into());
            options
        })
    }

    /// How brokers behind `ssl://` are recognised, in place of what the URI says of it. Default: by the
    /// CAs that the system trusts, and by the host of the URI.
    pub fn tls(self, tls: TlsOptions) -> Self {
        self.configure(|options| options.tls(tls))
    }

    /// Name that durable subscriptions belong to, unique on the broker. Default: one made up.
    pub fn client_id(self, client_id: impl Into<String>) -> Self {
        self.configure(|options| options.client_id(client_id))
    }

    /// How long a client id that another connection uses is waited for, such as that of this program before it was
    /// killed and started again. Default: not at all. See
    /// [`ReconnectOptions::client_id_wait`](crate::options::ReconnectOptions::client_id_wait).
    pub fn wait_for_client_id(self, limit: Duration) -> Self {
        self.configure(|mut options| {
            options.reconnect.client_id_wait = limit;
            options
        })
    }

    /// How long [`connect`](Self::connect) may take in all. Default 30 s; the `timeout` of a
    /// `failover:` URI counts too, if it is shorter.
    pub fn connect_timeout(self, limit: Duration) -> Self {
        self.configure(|mut options| {
            options.timeouts.connect = Some(limit);
            options
        })
    }

    /// How long a confirmed send may take, from the call to the confirmation, waiting for a broker
    /// included. Default: no limit, or `jms.sendTimeout`.
    pub fn send_timeout(self, limit: Duration) -> Self {
        self.configure(|mut options| {
            options.timeouts.send = Some(limit);
            options
        })
    }

    /// How long any other request may take, waiting for a broker included. Default: no limit, or
    /// `jms.requestTimeout`.
    pub fn request_timeout(self, limit: Duration) -> Self {
        self.configure(|mut options| {
            options.timeouts.request = Some(limit);
            options
        })
    }

    /// How long [`Connection::close`] waits for the broker. Default 15 s.
    pub fn close_timeout(self, limit: Duration) -> Self {
        self.configure(|mut options| {
            options.timeouts.close = Some(limit);
            options
        })
    }

    /// Messages that the broker may send ahead to each consumer, 0 to 32767. Default 1000 for queues,
    /// 32767 for topics.
    pub fn prefetch(self, messages: u16) -> Self {
        self.configure(|mut options| {
            options.prefetch = options.prefetch.all(messages);
            options
        })
    }

    /// Compresses the bodies of messages. Default no.
    pub fn compression(self, compress: bool) -> Self {
        self.configure(|mut options| {
            options.producers.use_compression = compress;
            options
        })
    }

    /// Every message carries the trace that it is sent in, as `current` says, which is called within each send, in
    /// the task or thread that sends, and must not block. It takes the place of what the message carried before;
    /// where `current` gives nothing, that stays. Default: messages carry what the application gives them
    /// ([`Message::trace_context`](crate::Message::trace_context)).
    ///
    /// ```no_run
    /// # use relaismq::{Connection, TraceContext};
    /// # fn current_traceparent() -> String { String::new() }
    /// let builder = Connection::builder("tcp://a:61616")
    ///     .trace_context(|| TraceContext::new(current_traceparent()).ok());
    /// ```
    pub fn trace_context(
        self,
        current: impl Fn() -> Option<TraceContext> + Send + Sync + 'static,
    ) -> Self {
        self.configure(|mut options| {
            options.producers.trace_context = Some(TraceSource::new(current));
            options
        })
    }

    /// The same for consumers of one destination, or of a pattern of ActiveMQ's, such as
    /// `Destination::queue("orders.>")`; of several patterns that fit the most specific one counts.
    pub fn redelivery_for(self, pattern: Destination, policy: RedeliveryPolicy) -> Self {
        self.configure(|mut options| {
            options.redelivery_by_destination =
                options.redelivery_by_destination.policy(pattern, policy);
            options
        })
    }

    /// What happens to messages after a rollback or a failed handler. Default: 6 redeliveries, one
    /// second apart, then the dead letter queue.
    pub fn redelivery(self, policy: RedeliveryPolicy) -> Self {
        self.configure(|mut options| {
            options.redelivery = policy;
            options
        })
    }

    /// Changes any option.
    ///
    /// ```no_run
    /// # use relaismq::Connection;
    /// let builder = Connection::builder("failover:(tcp://a:61616,tcp://b:61616)")
    ///     .configure(|mut options| {
    ///         options.reconnect.randomize = false;
    ///         options
    ///     });
    /// ```
    pub fn configure(self, change: impl FnOnce(ConnectOptions) -> ConnectOptions) -> Self {
        Self { options: self.options.map(change), ..self }
    }

    /// The Tokio runtime on which the connection's task runs. Default: the one that the connection is
    /// made in.
    ///
    /// Futures of the connection may then be polled anywhere the clock of a Tokio runtime can be had,
    /// see [`blocking`](crate::blocking) for threads that belong to none.
    pub fn runtime(self, runtime: Handle) -> Self {
        Self { runtime: Some(runtime), ..self }
    }

    /// Connects, and returns when a broker has accepted the login.
    ///
    /// Must be called within a Tokio runtime. Dropping the future ends the attempt.
    ///
    /// # Errors
    /// [`ConnectError`], at the latest after the [`connect_timeout`](Self::connect_timeout), with what
    /// was wrong with each broker.
    pub async fn connect(self) -> Result<Connection, ConnectError> {
        self.log_warnings();
        let options = self.options?;
        let limit = options.timeouts.connect;
        let runtime = self.runtime.unwrap_or_else(Handle::current);
        let connection = Connection::start(options, &runtime);
        connection.logged_in(limit).await?;
        Ok(connection)
    }

    /// Gives the connection at once and connects in the background for as long as it takes. Everything
    /// that needs a broker waits for one, within its own deadline.
    ///
    /// Must be called within a Tokio runtime.
    ///
    /// # Errors
    /// [`ConnectError::Uri`].
    pub fn connect_in_background(self) -> Result<Connection, ConnectError> {
        self.log_warnings();
        let runtime = self.runtime.unwrap_or_else(Handle::current);
        Ok(Connection::start(self.options?, &runtime))
    }

    fn log_warnings(&self) {
        for warning in &self.warnings {
            match warning.kind {
                UriWarningKind::NoEffect { .. } => tracing::info!("{warning}"),
                _ => tracing::warn!("{warning}"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_do_not_show() {
        let builder = Connection::builder("tcp://a:61616").credentials("app", "s3cret");
        assert!(!format!("{builder:?}").contains("s3cret"));
    }

    #[tokio::test]
    async fn a_misspelt_option_is_reported_by_connect() {
        let builder = Connection::builder("failover:(tcp://a:61616)?maxReconectDelay=5");
        let error = builder.client_id("x").connect().await.unwrap_err();
        assert!(error.to_string().contains("did you mean maxReconnectDelay"), "{error}");
        assert!(!error.is_retryable());
    }

    /// A program once ended with the wrong exit status: on a busy machine the only broker had refused
    /// the connection, and the driver was done, before the wait for the login began.
    #[tokio::test]
    async fn who_waits_for_the_login_after_the_end_hears_what_ended_it() {
        // Bound and not listening: nobody else gets the port, and connections are refused.
        let nobody = tokio::net::TcpSocket::new_v4().unwrap();
        nobody.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let builder = Connection::builder(format!("tcp://{}", nobody.local_addr().unwrap()));
        let connection = builder.connect_in_background().unwrap();
        let mut state = connection.port.state();
        state.wait_for(|state| matches!(state, crate::State::Closed { .. })).await.unwrap();
        let error = connection.logged_in(None).await.unwrap_err();
        assert!(matches!(error, ConnectError::NoBroker(_)), "{error:?}");
    }
}
