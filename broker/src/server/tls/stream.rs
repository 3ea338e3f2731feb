//! A socket behind a handshake.

use tokio::{
    io::{BufReader, split},
    net::TcpStream,
};
use tokio_rustls::server::TlsStream;

use crate::server::stream::{Incoming, Outlet, Stream};

/// TLS asks for 4 KiB at a time, which would be a system call each.
pub(super) type Buffered = BufReader<TcpStream>;
/// Bytes read from the network at a time: some records of TLS.
const READ_BYTES: usize = 64 * 1024;

pub(super) fn buffered(socket: TcpStream) -> Buffered {
    BufReader::with_capacity(READ_BYTES, socket)
}

impl Stream for TlsStream<Buffered> {
    fn socket(&self) -> &TcpStream {
        self.get_ref().0.get_ref()
    }

    /// Both have one state of TLS: they take turns at it, and never for long.
    fn halves(self: Box<Self>) -> (Incoming, Outlet) {
        let (incoming, outlet) = split(*self);
        (Box::new(incoming), Box::new(outlet))
    }
}
