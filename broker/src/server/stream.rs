//! What the bytes of a client travel on.

use std::{fmt, io};

use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};

/// Where bytes of a client come from.
pub(crate) type Incoming = Box<dyn AsyncRead + Send + Sync + Unpin>;
/// Where bytes for a client go. What is written may wait there until it is flushed.
pub(crate) type Outlet = Box<dyn AsyncWrite + Send + Sync + Unpin>;

/// The way to a client, whatever protects it.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Sync + Unpin + fmt::Debug {
    /// The socket below.
    fn socket(&self) -> &TcpStream;

    /// Both directions, each by itself.
    fn halves(self: Box<Self>) -> (Incoming, Outlet);
}

impl Stream for TcpStream {
    fn socket(&self) -> &TcpStream {
        self
    }

    fn halves(self: Box<Self>) -> (Incoming, Outlet) {
        let (incoming, outlet) = self.into_split();
        (Box::new(incoming), Box::new(outlet))
    }
}

/// Whether small pieces are sent at once.
pub(super) fn set_nodelay(stream: &dyn Stream, on: bool) -> io::Result<()> {
    stream.socket().set_nodelay(on)
}
