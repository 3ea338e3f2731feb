//! A socket whose first bytes are remembered, as they are without TLS.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, BufReader, ReadBuf};
use tokio::net::TcpStream;

use crate::driver::greeting::Greeting;

/// Bytes read from the network at a time: some records of TLS.
const READ_BYTES: usize = 64 * 1024;

/// A socket that tells what came first.
#[derive(Debug)]
pub(super) struct Overheard {
    /// TLS asks for 4 KiB at a time, which would be a system call each.
    socket: BufReader<TcpStream>,
    heard: Heard,
}

/// What came first; there even when the socket is gone.
#[derive(Debug, Clone, Default)]
pub(super) struct Heard(Arc<Mutex<Greeting>>);

impl Overheard {
    pub(super) fn new(socket: TcpStream) -> (Self, Heard) {
        let heard = Heard::default();
        let socket = BufReader::with_capacity(READ_BYTES, socket);
        (Self { socket, heard: heard.clone() }, heard)
    }

    /// What came first.
    pub(super) fn greeting(&self) -> Greeting {
        self.heard.greeting()
    }
}

impl Heard {
    pub(super) fn greeting(&self) -> Greeting {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn hear(&self, bytes: &[u8]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).hear(bytes);
    }
}

impl AsyncRead for Overheard {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.socket).poll_read(context, buffer);
        self.heard.hear(buffer.filled().get(before..).unwrap_or_default());
        polled
    }
}

impl AsyncWrite for Overheard {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write_vectored(context, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(context)
    }
}
