//! A connection to another broker.

use std::{io, time::Duration};

use tokio::{io::BufStream, time::timeout};

use super::{
    carrier::{Carrier, Stream},
    frame,
    hello::Own,
    message::{Answer, Request},
};

/// One question at a time. A link on which an answer is missing must not be used again.
#[derive(Debug)]
pub(crate) struct Link {
    stream: BufStream<Box<dyn Stream>>,
    /// The number of the broker at the other end.
    pub(crate) id: u64,
}

impl Link {
    /// To the broker at this address, which must have this number unless that is 0.
    pub(crate) async fn connect(
        carrier: &dyn Carrier,
        own: &Own,
        address: &str,
        meant: u64,
    ) -> io::Result<Self> {
        let connecting = timeout(PATIENCE, carrier.connect(address));
        let mut stream =
            connecting.await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))?;
        let id = own.greet(&mut stream, meant).await?;
        Ok(Self { stream: BufStream::with_capacity(BUFFER, BUFFER, stream), id })
    }

    pub(crate) async fn ask(&mut self, request: &Request) -> io::Result<Answer> {
        self.send(&request.encode()).await?;
        self.answer().await
    }

    pub(super) async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        frame::write(&mut self.stream, bytes).await
    }

    pub(super) async fn answer(&mut self) -> io::Result<Answer> {
        let frame = frame::read(&mut self.stream).await?.ok_or(io::ErrorKind::UnexpectedEof)?;
        Answer::decode(&frame).ok_or_else(|| io::Error::other("its answer cannot be understood"))
    }
}

/// Whoever does not take a connection for so long is not there.
const PATIENCE: Duration = Duration::from_secs(2);
const BUFFER: usize = 64 << 10;
