//! Where producers and consumers live: a session, made or yet to be made.

use std::sync::Arc;

use tokio::sync::OnceCell;

use crate::driver::{Lane, Port};
use crate::error::{OperationError, unexpected};
use crate::proto::io::{Answer, Failure, ProducerKey, Request, SessionKey, SessionMode};

/// When consumers acknowledge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AckMode {
    /// By themselves, without waiting for the broker. The acknowledgement of a message leaves with the
    /// next turn of the connection's task, together with those that have gathered until then, after
    /// - [`receive`](crate::Consumer::receive) and its likes have returned it,
    /// - the stream is asked for the next one, or
    ///   [`Consumer::close`](crate::Consumer::close) or [`Connection::close`](crate::Connection::close)
    ///   is called,
    /// - the handler of [`listen`](crate::Consumer::listen) has returned `Ok`.
    ///
    /// One that is lost with its link makes the message come again. What a stream or a handler that is
    /// dropped had last is not acknowledged and comes again flagged as redelivered.
    #[default]
    Auto,
    /// By [`Delivery::ack`](crate::Delivery::ack), which covers everything received so far in the
    /// session.
    Client,
    /// By [`Delivery::ack`](crate::Delivery::ack), which covers that message only.
    Individual,
    /// As `Auto`; JMS allows the broker to deliver some messages twice after a failure.
    DupsOk,
}

impl From<AckMode> for SessionMode {
    fn from(mode: AckMode) -> Self {
        match mode {
            AckMode::Auto => Self::Auto,
            AckMode::Client => Self::Client,
            AckMode::Individual => Self::Individual,
            AckMode::DupsOk => Self::DupsOk,
        }
    }
}

/// Where a producer or consumer shall live.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    /// In a session of its own.
    New(Arc<Port>, SessionMode),
    /// In this one.
    In(Arc<SessionCore>),
}

impl Place {
    pub(crate) fn port(&self) -> &Arc<Port> {
        match self {
            Self::New(port, _) => port,
            Self::In(session) => &session.port,
        }
    }

    pub(crate) fn mode(&self) -> SessionMode {
        match self {
            Self::New(_, mode) => *mode,
            Self::In(session) => session.mode,
        }
    }

    /// The mode of a session that does not exist yet.
    pub(crate) fn set_mode(&mut self, wanted: SessionMode) {
        match self {
            Self::New(_, mode) => *mode = wanted,
            Self::In(_) => {}
        }
    }
}

/// An open session; dropping it closes it.
#[derive(Debug)]
pub(crate) struct SessionCore {
    pub(crate) port: Arc<Port>,
    pub(crate) key: SessionKey,
    pub(crate) mode: SessionMode,
    /// For sends that name their destination.
    anonymous: OnceCell<ProducerKey>,
}

impl SessionCore {
    pub(crate) async fn open(
        port: Arc<Port>,
        mode: SessionMode,
    ) -> Result<Arc<Self>, OperationError> {
        let deadline = port.request_deadline();
        match port.call(Lane::Urgent, Request::OpenSession(mode), deadline).await? {
            Answer::Session(key) => {
                tracing::debug!(session = key.0, ?mode, "session open");
                Ok(Arc::new(Self { port, key, mode, anonymous: OnceCell::new() }))
            }
            other => Err(unexpected(&other).into()),
        }
    }

    /// The session's producer without destination, opened on first use.
    pub(crate) async fn anonymous_producer(&self) -> Result<ProducerKey, Failure> {
        let open = async || {
            let deadline = self.port.send_deadline(None);
            let (session, dispatch_async) = (self.key, false);
            let request = Request::OpenProducer { session, destination: None, dispatch_async };
            match self.port.call(Lane::Urgent, request, deadline).await? {
                Answer::Producer(key) => Ok(key),
                other => Err(unexpected(&other)),
            }
        };
        self.anonymous.get_or_try_init(open).await.copied()
    }

    pub(crate) async fn recover(
        &self,
        only: Option<(crate::proto::io::ConsumerKey, u64)>,
    ) -> Result<(), OperationError> {
        let request = Request::Recover { session: self.key, only };
        // A rollback is about what was sent before it, too.
        let lane = match self.mode {
            SessionMode::Transacted => Lane::Ordered,
            _ => Lane::Urgent,
        };
        expect_done(self.port.call(lane, request, self.port.request_deadline()).await)
    }
}

impl Drop for SessionCore {
    fn drop(&mut self) {
        self.port.hand_over_later(Request::CloseSession(self.key));
    }
}

/// For requests whose answer says nothing but "done".
pub(crate) fn expect_done<E: From<Failure>>(outcome: Result<Answer, Failure>) -> Result<(), E> {
    match outcome? {
        Answer::Done => Ok(()),
        other => Err(unexpected(&other).into()),
    }
}

/// Opening it.
impl Place {
    pub(crate) async fn session(self) -> Result<Arc<SessionCore>, OperationError> {
        match self {
            Self::In(session) => Ok(session),
            Self::New(port, mode) => SessionCore::open(port, mode).await,
        }
    }
}
