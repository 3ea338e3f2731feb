//! Opening a socket to a broker: names resolved at each attempt, each address under its own limit.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpSocket, TcpStream, lookup_host};
use tokio::time::timeout;

use super::link::Stream;
use crate::options::{Endpoint, Scheme, TransportOptions};

/// Connects to the first address of the broker that answers.
///
/// The error is that of the last address tried.
pub(super) async fn dial(endpoint: Endpoint) -> io::Result<Box<dyn Stream>> {
    if endpoint.address.scheme() == Scheme::Ssl {
        return Err(io::Error::new(io::ErrorKind::Unsupported, "TLS is not built in"));
    }
    let limit = endpoint.options.connection_timeout;
    let host = (endpoint.address.host(), endpoint.address.port());
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    for address in within(limit, lookup_host(host)).await? {
        match within(limit, connect(address, &endpoint.options)).await {
            Ok(stream) => return Ok(Box::new(stream)),
            Err(error) => last = error,
        }
    }
    Err(last)
}

async fn connect(address: SocketAddr, options: &TransportOptions) -> io::Result<TcpStream> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    if let Some(keep_alive) = options.keep_alive {
        socket.set_keepalive(keep_alive)?;
    }
    // Small frames must not wait for more, unless the user wants them to.
    let default = options.wire_format.tcp_no_delay_enabled;
    socket.set_nodelay(options.tcp_no_delay.unwrap_or(default))?;
    socket.connect(address).await
}

async fn within<T>(
    limit: Option<Duration>,
    operation: impl Future<Output = io::Result<T>>,
) -> io::Result<T> {
    match limit {
        Some(limit) => timeout(limit, operation).await.unwrap_or_else(|_| {
            let text = format!("no answer within {limit:?}");
            Err(io::Error::new(io::ErrorKind::TimedOut, text))
        }),
        None => operation.await,
    }
}
