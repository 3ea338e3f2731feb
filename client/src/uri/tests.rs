//! What is accepted, what is refused and what it stands for.

mod destinations;
mod grammar;
mod placement;
mod posted;
mod properties;
mod secrets;
#[cfg(feature = "tls")]
mod tls;
mod values;

use super::{BrokerUri, UriError, UriErrorKind};
use crate::options::ConnectOptions;

fn options(uri: &str) -> ConnectOptions {
    BrokerUri::parse(uri).unwrap_or_else(|error| panic!("{uri}: {error}")).into_options()
}

fn error(uri: &str) -> UriError {
    match BrokerUri::parse(uri) {
        Ok(parsed) => panic!("{uri} was accepted as {parsed}"),
        Err(error) => error,
    }
}

fn kind(uri: &str) -> UriErrorKind {
    error(uri).kind
}
