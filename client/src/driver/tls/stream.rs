//! A socket that TLS has made safe.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::client::TlsStream;

use super::overheard::Overheard;
use super::proof::Proof;
use super::words::Scene;
use crate::driver::fault::Fault;

/// A socket after its handshake.
///
/// Its errors are [`Fault`]s as long as the broker has said nothing: a client certificate may be refused
/// when the client believes the handshake to be over.
#[derive(Debug)]
pub(in crate::driver) struct Secured {
    stream: TlsStream<Overheard>,
    /// What was shown to the broker, until it has said something.
    shown: Option<Arc<Proof>>,
}

impl Secured {
    pub(super) const fn new(stream: TlsStream<Overheard>, proof: Arc<Proof>) -> Self {
        Self { stream, shown: Some(proof) }
    }

    /// The end of the connection in the words that fit, while the broker has said nothing.
    fn explained(&self, error: Option<&io::Error>) -> Option<io::Error> {
        let proof = self.shown.as_ref()?;
        let greeting = self.stream.get_ref().0.greeting();
        Scene { greeting, proof }.ended_early(error).map(Fault::into)
    }

    /// A broker that ends TLS says why before it stops reading, and that is there to be read when
    /// nothing can be written any more.
    fn last_word(&mut self, context: &mut Context<'_>, error: io::Error) -> io::Error {
        let mut byte = [0];
        let polled = Pin::new(&mut self.stream).poll_read(context, &mut ReadBuf::new(&mut byte));
        let last = if let Poll::Ready(Err(last)) = polled { last } else { error };
        self.explained(Some(&last)).unwrap_or(last)
    }
}

impl AsyncRead for Secured {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        match Pin::new(&mut self.stream).poll_read(context, buffer) {
            Poll::Ready(Ok(())) if buffer.filled().len() > before => {
                self.shown = None;
                Poll::Ready(Ok(()))
            }
            Poll::Ready(Ok(())) => Poll::Ready(self.explained(None).map_or(Ok(()), Err)),
            Poll::Ready(Err(error)) => {
                Poll::Ready(Err(self.explained(Some(&error)).unwrap_or(error)))
            }
            Poll::Pending => Poll::Pending,
        }
    }
}

impl AsyncWrite for Secured {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(context, bytes);
        polled.map_err(|error| self.last_word(context, error))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.stream).poll_flush(context);
        polled.map_err(|error| self.last_word(context, error))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
