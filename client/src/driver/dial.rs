//! Opening a socket to a broker: names resolved at each attempt, each address under its own limit, and
//! TLS on top if the scheme says so.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpSocket, TcpStream, lookup_host};
use tokio::time::timeout;

use super::fault::Fault;
use super::faulty::Faulty;
use super::link::Stream;
#[cfg(feature = "tls")]
use super::tls::Security;
use crate::options::{Endpoint, Faults, TransportOptions};

/// Longest handshake, if the options limit nothing: no operating system does it.
const HANDSHAKE_LIMIT: Duration = Duration::from_secs(30);

/// Connects to the first address of the broker that answers.
///
/// The error is that of the last address tried.
pub(super) async fn dial(endpoint: Endpoint) -> Result<Box<dyn Stream>, Fault> {
    let limit = endpoint.options.connection_timeout;
    let secure = endpoint.address.scheme().is_secure();
    let security = if secure { Some(within(limit, Security::of(&endpoint)).await?) } else { None };
    let host = (endpoint.address.host(), endpoint.address.port());
    let mut last = Fault::passing("the name has no address");
    for address in within(limit, lookup_host(host)).await? {
        match open(address, &endpoint.options, security.as_ref()).await {
            Ok(stream) => return Ok(with_faults(stream, endpoint.options.faults.as_ref())),
            Err(fault) => last = fault,
        }
    }
    Err(last)
}

fn with_faults(stream: Box<dyn Stream>, faults: Option<&Faults>) -> Box<dyn Stream> {
    match faults {
        Some(faults) => Box::new(Faulty::new(stream, faults)),
        None => stream,
    }
}

async fn open(
    address: SocketAddr,
    options: &TransportOptions,
    security: Option<&Security>,
) -> Result<Box<dyn Stream>, Fault> {
    let limit = options.connection_timeout;
    let socket = within(limit, connect(address, options)).await?;
    Ok(match security {
        Some(security) => {
            Box::new(security.secure(socket, limit.unwrap_or(HANDSHAKE_LIMIT)).await?)
        }
        None => Box::new(socket),
    })
}

async fn connect(address: SocketAddr, options: &TransportOptions) -> io::Result<TcpStream> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    if let Some(keep_alive) = options.keep_alive {
        socket.set_keepalive(keep_alive)?;
    }
    // Small frames must not wait for more, unless the user wants them to.
    let default = options.wire_format.tcp_no_delay_enabled;
    socket.set_nodelay(options.tcp_no_delay.unwrap_or(default))?;
    if let Some((host, port)) = &options.local_address {
        bind(&socket, (host, *port), address).await?;
    }
    socket.connect(address).await
}

/// Connects from an address of the same family. The port is free again as soon as a link is gone.
async fn bind(socket: &TcpSocket, local: (&str, u16), to: SocketAddr) -> io::Result<()> {
    let mut found = lookup_host(local).await?;
    let local = found.find(|address| address.is_ipv4() == to.is_ipv4());
    let missing = || io::Error::new(io::ErrorKind::AddrNotAvailable, "no such local address");
    socket.set_reuseaddr(true)?;
    socket.bind(local.ok_or_else(missing)?)
}

async fn within<T, E: Into<Fault>>(
    limit: Option<Duration>,
    operation: impl Future<Output = Result<T, E>>,
) -> Result<T, Fault> {
    let done = match limit {
        Some(limit) => timeout(limit, operation)
            .await
            .map_err(|_| Fault::passing(format!("no answer within {limit:?}")))?,
        None => operation.await,
    };
    done.map_err(Into::into)
}

/// What cannot be had without the feature `tls`.
#[cfg(not(feature = "tls"))]
enum Security {}

#[cfg(not(feature = "tls"))]
impl Security {
    #[expect(clippy::unused_async, reason = "as with TLS")]
    async fn of(_: &Endpoint) -> Result<Self, Fault> {
        Err(Fault::lasting(
            "this program was built without TLS; switch on the feature `tls` of relaismq",
        ))
    }

    #[expect(clippy::unused_async, reason = "as with TLS")]
    async fn secure(&self, _: TcpStream, _: Duration) -> Result<TcpStream, Fault> {
        match *self {}
    }
}
