//! Which exception an error of the client becomes.

use pyo3::prelude::*;
use pyo3::types::PyDict;
use relaismq::{
    AckError, BodyError, BrokerFailure, Cause, ConnectError, Error, OperationError, ReceiveError,
    Refusal, RefusalKind, SendError, SendFailure, TransactionError,
};

/// What went wrong, before there is an interpreter to raise it in.
#[derive(Debug)]
pub(crate) enum Trouble {
    Client(Error),
    /// No broker could be used until the deadline for connecting.
    NoneInTime(ConnectError),
    /// It was closed by this program.
    Closed,
    /// The handle comes from another process.
    Forked,
    /// An operation was waited for twice.
    Again,
    /// Of the broker inside this process.
    Broker(String),
}

impl<E: Into<Error>> From<E> for Trouble {
    fn from(error: E) -> Self {
        Self::Client(error.into())
    }
}

/// The parts of an exception.
#[derive(Default)]
struct Raised {
    class: &'static str,
    maybe_done: bool,
    brokers: Vec<(String, String)>,
    java_class: Option<String>,
}

impl Trouble {
    /// The time that the caller allowed is up.
    pub(crate) fn late() -> Self {
        Self::from(OperationError::Unknown(Cause::TimedOut))
    }

    pub(crate) fn raise(self, py: Python<'_>) -> PyErr {
        let (text, retryable, raised) = match self {
            Self::Client(error) => (error.to_string(), error.is_retryable(), raised(&error)),
            Self::NoneInTime(error) => {
                let raised = Raised { class: "ConnectTimeoutError", ..connect(&error) };
                (error.to_string(), error.is_retryable(), raised)
            }
            Self::Closed => {
                ("it has been closed; open a new one".to_owned(), false, of("ClosedError"))
            }
            Self::Forked => (FORKED.to_owned(), false, of("ForkedConnectionError")),
            Self::Again => ("an operation is waited for once".to_owned(), false, of("UsageError")),
            Self::Broker(text) => (text, false, of("TestBrokerError")),
        };
        make(py, &text, retryable, raised).unwrap_or_else(|error| error)
    }
}

const FORKED: &str = "this connection belongs to the parent process; its threads do not exist here: \
                      connect after fork(), in the child";

fn make(py: Python<'_>, text: &str, retryable: bool, raised: Raised) -> PyResult<PyErr> {
    let class = py.import("relaismq._errors")?.getattr(raised.class)?;
    let details = PyDict::new(py);
    details.set_item("retryable", retryable)?;
    details.set_item("maybe_done", raised.maybe_done)?;
    details.set_item("brokers", raised.brokers)?;
    details.set_item("java_class", raised.java_class)?;
    Ok(PyErr::from_value(class.call((text,), Some(&details))?))
}

fn raised(error: &Error) -> Raised {
    match error {
        Error::Connect(error) => connect(error),
        Error::Send(error) => send(error),
        Error::Receive(ReceiveError::ConsumerLost(refusal)) => {
            refused(refusal, "AuthorizationError")
        }
        Error::Receive(ReceiveError::Ended(cause)) => caused(cause, false),
        Error::Ack(error) => acknowledge(error),
        Error::Transaction(error) => transaction(error),
        Error::Operation(OperationError::NotDone(cause)) => caused(cause, false),
        Error::Operation(OperationError::Unknown(cause)) => caused(cause, true),
        Error::Operation(OperationError::Refused(refusal)) => {
            refused(refusal, "AuthorizationError")
        }
        Error::Body(BodyError::WrongKind { .. }) => of("WrongBodyError"),
        Error::Body(_) => of("MessageError"),
        _ => of("Error"),
    }
}

fn connect(error: &ConnectError) -> Raised {
    match error {
        ConnectError::Uri(_) => of("InvalidUriError"),
        ConnectError::TimedOut(brokers) => with_brokers("ConnectTimeoutError", brokers),
        ConnectError::NoBroker(brokers) | ConnectError::Unusable(brokers) => {
            with_brokers("ConnectError", brokers)
        }
        ConnectError::Refused(refusal) => refused(refusal, "AuthenticationError"),
        ConnectError::Closed(_) => of("ClosedError"),
        _ => of("ConnectError"),
    }
}

fn send(error: &SendError) -> Raised {
    match error.failure() {
        SendFailure::NotSent(cause) => caused(cause, false),
        SendFailure::Unknown(cause) => caused(cause, true),
        SendFailure::Refused(refusal) => refused(refusal, "AuthorizationError"),
        _ => of("Error"),
    }
}

fn acknowledge(error: &AckError) -> Raised {
    match error {
        AckError::StaleDelivery => of("StaleDeliveryError"),
        AckError::NotDone(cause) => caused(cause, false),
        AckError::Unknown(cause) => caused(cause, true),
        AckError::Refused(refusal) => refused(refusal, "AuthorizationError"),
        _ => of("Error"),
    }
}

fn transaction(error: &TransactionError) -> Raised {
    match error {
        TransactionError::RolledBack(_) => of("TransactionRolledBackError"),
        TransactionError::InDoubt(_) => {
            Raised { maybe_done: true, ..of("TransactionInDoubtError") }
        }
        TransactionError::NotDone(cause) => caused(cause, false),
        TransactionError::Refused(refusal) => refused(refusal, "AuthorizationError"),
        _ => of("Error"),
    }
}

fn caused(cause: &Cause, maybe_done: bool) -> Raised {
    let raised = match cause {
        Cause::TimedOut => of("TimeoutError"),
        Cause::Closed(_) | Cause::Gone(_) => of("ClosedError"),
        Cause::NoBroker(brokers) | Cause::Unusable(brokers) => {
            with_brokers("ConnectError", brokers)
        }
        Cause::LinkLost => of("LinkLostError"),
        Cause::RolledBack(_) => of("TransactionRolledBackError"),
        Cause::Message(_) | Cause::Unsendable(_) => of("MessageError"),
        Cause::Destination(_) => of("InvalidDestinationError"),
        Cause::Misuse(_) => of("UsageError"),
        Cause::UnexpectedAnswer => of("ProtocolError"),
        _ => of("Error"),
    };
    Raised { maybe_done, ..raised }
}

fn refused(refusal: &Refusal, security: &'static str) -> Raised {
    let class = match refusal.kind() {
        RefusalKind::Security => security,
        RefusalKind::InvalidClientId => "InvalidClientIdError",
        RefusalKind::InvalidSelector => "InvalidSelectorError",
        RefusalKind::InvalidDestination => "InvalidDestinationError",
        RefusalKind::TransactionRolledBack => "TransactionRolledBackError",
        _ => "BrokerError",
    };
    Raised { java_class: Some(refusal.class().to_owned()), ..of(class) }
}

fn of(class: &'static str) -> Raised {
    Raised { class, ..Raised::default() }
}

fn with_brokers(class: &'static str, brokers: &[BrokerFailure]) -> Raised {
    let brokers = brokers.iter().map(|it| (it.broker.to_string(), it.reason.clone())).collect();
    Raised { brokers, ..of(class) }
}
