//! What carries bytes between brokers: TCP, and in tests a network that is simulated.

use std::{fmt, io, pin::Pin};

use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
};

/// Bytes in both directions.
pub(crate) trait Stream: AsyncRead + AsyncWrite + fmt::Debug + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + fmt::Debug + Send + Unpin> Stream for T {}

/// What a future in a trait object costs.
pub(crate) type Pending<'a, T> = Pin<Box<dyn Future<Output = io::Result<T>> + Send + 'a>>;

/// Reaches other brokers.
pub(crate) trait Carrier: fmt::Debug + Send + Sync + 'static {
    /// Connects to `HOST:PORT`. May take for ever.
    fn connect<'a>(&'a self, address: &'a str) -> Pending<'a, Box<dyn Stream>>;
}

/// Is reached by other brokers.
pub(crate) trait Incoming: Send + 'static {
    /// The next connection, and whence it comes, for messages.
    fn accept(&mut self) -> Pending<'_, (Box<dyn Stream>, String)>;
}

/// The usual one.
#[derive(Debug)]
pub(crate) struct Tcp;

impl Carrier for Tcp {
    fn connect<'a>(&'a self, address: &'a str) -> Pending<'a, Box<dyn Stream>> {
        Box::pin(async move {
            let stream = TcpStream::connect(address).await?;
            stream.set_nodelay(true)?;
            Ok(Box::new(stream) as Box<dyn Stream>)
        })
    }
}

impl Incoming for TcpListener {
    fn accept(&mut self) -> Pending<'_, (Box<dyn Stream>, String)> {
        Box::pin(async move {
            let (stream, from) = Self::accept(self).await?;
            stream.set_nodelay(true)?;
            Ok((Box::new(stream) as Box<dyn Stream>, from.to_string()))
        })
    }
}
