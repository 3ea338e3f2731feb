//! A client that speaks OpenWire frame by frame, so that it can misbehave.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use bytes::BytesMut;
use relaismq_openwire::{
    Command, ConnectionId, ConnectionInfo, ConsumerInfo, Decoder, Destination, Encoder,
    Preferences, ProducerId, ProducerInfo, SessionId, SessionInfo, WireFormatInfo,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// Longest wait for a broker to answer or to hang up.
const PATIENCE: Duration = Duration::from_secs(10);

/// A socket, and frames on it once it has introduced itself.
#[derive(Debug)]
pub struct Raw {
    /// The socket itself.
    pub socket: TcpStream,
    input: BytesMut,
    encoder: Encoder,
    decoder: Decoder,
}

impl Raw {
    /// Connects to `tcp://HOST:PORT` and says nothing.
    ///
    /// # Errors
    /// The system's.
    pub async fn connect(url: &str) -> Result<Self> {
        let socket = TcpStream::connect(url.trim_start_matches("tcp://")).await?;
        let (encoder, decoder) = (Encoder::default(), Decoder::default());
        Ok(Self { socket, input: BytesMut::new(), encoder, decoder })
    }

    /// Introduces itself.
    ///
    /// # Errors
    /// When the broker does not answer as it should.
    pub async fn introduced(url: &str) -> Result<Self> {
        let mut raw = Self::connect(url).await?;
        let ours = Preferences::client("localhost");
        raw.send(ours.to_info()?).await?;
        let theirs = WireFormatInfo::from_first(raw.receive().await?)?;
        let agreed = ours.negotiate(&theirs)?;
        (raw.encoder, raw.decoder) = (agreed.encoder(), agreed.decoder());
        Ok(raw)
    }

    /// Logs in under this name and opens session 1.
    ///
    /// # Errors
    /// As [`Self::introduced`].
    pub async fn logged_in(url: &str, name: &str) -> Result<(Self, SessionId)> {
        let mut raw = Self::introduced(url).await?;
        let connection = ConnectionId::new(format!("ID:raw-{name}"));
        let session = connection.session(1);
        raw.send(ConnectionInfo {
            client_id: Some(format!("raw-{name}").into()),
            connection_id: Some(connection),
            ..ConnectionInfo::default()
        })
        .await?;
        raw.send(SessionInfo { session_id: Some(session.clone()), ..SessionInfo::default() })
            .await?;
        Ok((raw, session))
    }

    /// Logs in and opens a consumer.
    ///
    /// # Errors
    /// As [`Self::introduced`].
    pub async fn consumer(url: &str, queue: &str, prefetch: i32) -> Result<Self> {
        let (mut raw, session) = Self::logged_in(url, queue).await?;
        raw.send(ConsumerInfo {
            consumer_id: Some(session.consumer(1)),
            destination: Some(Destination::queue(queue)),
            prefetch_size: prefetch,
            ..ConsumerInfo::default()
        })
        .await?;
        Ok(raw)
    }

    /// Logs in and opens a producer for any destination.
    ///
    /// # Errors
    /// As [`Self::introduced`].
    pub async fn producer(url: &str, name: &str) -> Result<(Self, ProducerId)> {
        let (mut raw, session) = Self::logged_in(url, name).await?;
        let producer = session.producer(1);
        let producer_id = Some(producer.clone());
        raw.send(ProducerInfo { producer_id, ..ProducerInfo::default() }).await?;
        Ok((raw, producer))
    }

    /// One frame of a command, in this connection's encoding.
    ///
    /// # Errors
    /// When it cannot be encoded.
    pub fn frame(&mut self, command: impl Into<Command>) -> Result<BytesMut> {
        let mut frame = BytesMut::new();
        self.encoder.encode(&command.into(), &mut frame)?;
        Ok(frame)
    }

    /// Sends one command.
    ///
    /// # Errors
    /// When the broker has hung up.
    pub async fn send(&mut self, command: impl Into<Command>) -> Result<()> {
        let frame = self.frame(command)?;
        self.write(&frame).await
    }

    /// Sends bytes as they are.
    ///
    /// # Errors
    /// When the broker has hung up.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<()> {
        Ok(self.socket.write_all(bytes).await?)
    }

    /// The next command.
    ///
    /// # Errors
    /// When none comes in time, or the broker has hung up.
    pub async fn receive(&mut self) -> Result<Command> {
        loop {
            if let Some(command) = self.decoder.decode(&mut self.input)? {
                return Ok(command);
            }
            let read = timeout(PATIENCE, self.socket.read_buf(&mut self.input)).await?;
            if read? == 0 {
                bail!("the broker hung up");
            }
        }
    }

    /// Takes what comes, and does nothing with it, until the broker hangs up.
    pub async fn swallow(&mut self) {
        let mut rest = BytesMut::with_capacity(64 * 1024);
        while matches!(self.socket.read_buf(&mut rest).await, Ok(1..)) {
            rest.clear();
        }
    }

    /// Waits until the broker has hung up.
    ///
    /// # Errors
    /// When it does not.
    pub async fn hung_up(mut self) -> Result<()> {
        let to_the_end = async {
            // A reset is an end too.
            while matches!(self.socket.read_buf(&mut self.input).await, Ok(1..)) {}
        };
        timeout(PATIENCE, to_the_end).await.context("the broker does not hang up")
    }
}
